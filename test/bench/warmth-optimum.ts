import type { Trace } from "../../datasets/trace.ts";

/**
 * What somebody who knows the future has to hold for at most so many cold starts: a request takes the instance of its group that was
 * used last, and to have that ready costs the time since, or a start-up if that is shorter; the dearest are given up. A request that
 * starts cold still ends when it would have otherwise, so it is a reference for those that do wait, and exact where none does.
 * @param fromMs only requests that arrive from then on count.
 */
export function clairvoyantHeldMs({ requests, apps, manifest }: Trace, fromMs: number): (coldStarts: number) => number {
  const { count, submitMs, runMs, user, app } = requests;
  const idle = new Map<string, number[]>();
  const running = new Map<string, number[]>();
  const costsMs: number[] = [];
  for (let request = 0; request < count; request++) {
    const nowMs = submitMs[request]!;
    if (nowMs >= manifest.window.endMs) break;
    const { shared, coldStartMs } = apps[app[request]!]!;
    const group = shared ? `${app[request]}` : `${app[request]} ${user[request]}`;
    const ends = running.get(group) ?? [];
    const over = ends.filter((endMs) => endMs <= nowMs).sort((a, b) => a - b);
    const ready = idle.get(group) ?? [];
    ready.push(...over);
    const lastMs = ready.pop();
    if (nowMs >= fromMs) costsMs.push(Math.min(coldStartMs, lastMs === undefined ? coldStartMs : nowMs - lastMs));
    running.set(group, [...ends.filter((endMs) => endMs > nowMs), nowMs + runMs[request]!]);
    idle.set(group, ready);
  }
  costsMs.sort((a, b) => a - b);
  return (coldStarts) => costsMs.slice(0, Math.max(0, costsMs.length - coldStarts)).reduce((sum, costMs) => sum + costMs, 0);
}
