import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Holder, isGone, thisProcess } from "./holder.ts";
import { LiveError } from "./live-error.ts";
import type { Fence } from "./ports.ts";

/** How often who leads shows that it lives, and after how long without that it is taken for gone. */
const BEAT_MS = 2_000;
const GONE_MS = 8_000;
/** How often whoever waits looks. */
const LOOK_MS = 250;

/** Thrown where another process leads by now: what was not acknowledged before must not be. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

export interface LeadershipOptions {
  /** Folder that all replicas share. */
  readonly folder: string;
  /** Whether to wait while another process leads, or to refuse. */
  readonly standby: boolean;
  /** Told once, where it has to wait. */
  readonly onWait: (leader: Holder) => void;
}

/**
 * One process at a time leads: the one that made the file with the highest number, its *epoch*, in the folder. The file system lets one
 * process alone make it. Who leads touches its file; whoever sees it untouched for long enough, by its own clock, makes the next one. So
 * clocks need not agree, and a leader that slept finds out before it acknowledges anything: it looks for a higher number after each sync
 * and before it tells anybody, so what it has acknowledged was on the disk before the next leader began to read.
 */
export class Leadership implements Fence {
  readonly epoch: number;
  readonly isClean: boolean;
  readonly #folder: string;
  readonly #beat: NodeJS.Timeout;

  private constructor(folder: string, epoch: number, isClean: boolean) {
    this.#folder = folder;
    this.epoch = epoch;
    this.isClean = isClean;
    this.#beat = setInterval(() => this.#touch(), BEAT_MS);
    for (const old of epochsIn(folder)) if (old < epoch - 1) rmSync(pathOf(folder, old), { force: true });
  }

  /** @throws LiveError where another process leads, and is not to be waited for. */
  static async acquire({ folder, standby, onWait }: LeadershipOptions): Promise<Leadership> {
    mkdirSync(folder, { recursive: true });
    let hasWaited = false;
    for (let watch: Watch | null = null; ; ) {
      const last = epochsIn(folder).at(-1) ?? 0;
      const isFirst = last === 0;
      if (watch?.epoch !== last) watch = new Watch(folder, last);
      const state = isFirst ? "gone" : watch.look();
      if (state !== "alive" || watch.isSilent()) {
        if (make(folder, last + 1)) return new Leadership(folder, last + 1, state === "gone");
        continue;
      }
      const { holder } = watch;
      if (!standby && (watch.hasBeaten || holder.host === thisProcess().host)) {
        const found = `process ${holder.pid} on ${holder.host}`;
        const hint = "stop it first, wait for its place with --standby, or choose another --state";
        throw new LiveError([{ path: folder, expected: "no other process on this run", found, hint }]);
      }
      if (!hasWaited && standby) onWait(holder);
      hasWaited = true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** @throws Superseded */
  check(): void {
    const last = epochsIn(this.#folder).at(-1) ?? 0;
    if (last > this.epoch) throw new Superseded(`another process leads: its epoch is ${last}, that of this one ${this.epoch}`);
  }

  /** Whoever waits need not any longer. */
  release(): void {
    clearInterval(this.#beat);
    if ((epochsIn(this.#folder).at(-1) ?? 0) > this.epoch) return;
    write(pathOf(this.#folder, this.epoch), "w", RELEASED);
  }

  /** Ends the beats, as a crash would. */
  abandon(): void {
    clearInterval(this.#beat);
  }

  #touch(): void {
    const now = new Date();
    try {
      utimesSync(pathOf(this.#folder, this.epoch), now, now);
    } catch {
      // Gone, because two others have led since: `check` says so where it matters.
    }
  }
}

const RELEASED = "released\n";

/** Whoever led last, as others see it. */
class Watch {
  readonly epoch: number;
  readonly holder: Holder;
  readonly #path: string;
  readonly #isReleased: boolean;
  #touchedMs: number;
  #seenMs = performance.now();
  /** Whether it showed that it lives since this began to look. */
  hasBeaten = false;

  constructor(folder: string, epoch: number) {
    this.epoch = epoch;
    this.#path = pathOf(folder, epoch);
    const text = epoch === 0 ? RELEASED : readFileSync(this.#path, "utf8");
    this.#isReleased = text === RELEASED;
    this.holder = this.#isReleased ? thisProcess() : holderIn(text);
    this.#touchedMs = epoch === 0 ? 0 : statSync(this.#path).mtimeMs;
  }

  look(): "alive" | "gone" {
    const mtimeMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === undefined) return "alive"; // two others have led since: there is another to look at
    if (mtimeMs !== this.#touchedMs) {
      this.#touchedMs = mtimeMs;
      this.#seenMs = performance.now();
      this.hasBeaten = true;
      if (readFileSync(this.#path, "utf8") === RELEASED) return "gone";
    }
    return this.#isReleased || isGone(this.holder) ? "gone" : "alive";
  }

  isSilent(): boolean {
    return performance.now() - this.#seenMs > GONE_MS;
  }
}

/** One that is not whole was left by a crash in the middle of making it. */
function holderIn(text: string): Holder {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { host: "", pid: 0, start: null };
  }
}

function epochsIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => (/^\d{10}$/.test(name) ? [Number(name)] : []))
    .sort((a, b) => a - b);
}

function pathOf(folder: string, epoch: number): string {
  return join(folder, String(epoch).padStart(10, "0"));
}

/** @returns whether it was this process that made it. */
function make(folder: string, epoch: number): boolean {
  try {
    write(pathOf(folder, epoch), "wx", JSON.stringify(thisProcess()));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function write(path: string, flags: "w" | "wx", text: string): void {
  const file = openSync(path, flags, 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
}
