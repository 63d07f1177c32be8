/** A time in which nothing is to be changed ahead of requests, `[fromMs, toMs)` in Unix time. */
export interface FreezeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When a window begins or ends. */
export interface Edge {
  readonly atMs: number;
  readonly frozen: boolean;
}

/** Where windows touch or overlap, nothing ends between them. In order of time. */
export function edgesOf(windows: readonly FreezeWindow[]): readonly Edge[] {
  const edges: Edge[] = [];
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { fromMs, toMs } of [...windows].sort((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs <= untilMs) edges.pop();
    else edges.push({ atMs: fromMs, frozen: true });
    untilMs = Math.max(untilMs, toMs);
    edges.push({ atMs: untilMs, frozen: false });
  }
  return edges;
}

/** The last edge in `(sinceMs, untilMs]`: what to catch up on. */
export function lastEdge(edges: readonly Edge[], sinceMs: number, untilMs: number): Edge | undefined {
  return edges.findLast(({ atMs }) => atMs > sinceMs && atMs <= untilMs);
}
