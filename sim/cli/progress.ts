/**
 * Progress on stderr: silent for the first two seconds; then a line rewritten in place on a terminal, or one line every ten
 * seconds elsewhere.
 */
export class Progress {
  readonly #startedMs = performance.now();
  readonly #what: string;
  #shownMs = 0;
  #shown = false;

  constructor(what: string) {
    this.#what = what;
  }

  /** `done` of `total` in any unit; `total` 0: unknown. Cheap to call often. */
  update(done: number, total: number): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#startedMs;
    const everyMs = process.stderr.isTTY ? 200 : 10_000;
    if (elapsedMs < 2_000 || (this.#shown && nowMs - this.#shownMs < everyMs)) return;
    this.#shownMs = nowMs;
    this.#shown = true;
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const left = share > 0.01 ? `, ${seconds((elapsedMs * (1 - share)) / share)} left` : "";
    const amount = total > 0 ? `${Math.floor(share * 100)} %` : `${done}`;
    const line = `${this.#what}: ${amount}, ${seconds(elapsedMs)}${left}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  /** Clears the line; call before printing anything else. */
  end(): void {
    if (this.#shown && process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
  }
}

function seconds(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
