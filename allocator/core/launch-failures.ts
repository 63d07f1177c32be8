import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { AppId, NodeId } from "./ids.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** Launches of an app that may fail in a row, on one node after another, before the app itself is left alone for a while. */
const ELSEWHERE = 3;

interface Avoided {
  forMs: number;
  untilMs: number;
}

interface Failed {
  /** In a row: since an instance of the app was last ready. */
  count: number;
  /** How long the app was left alone last; 0: not since then. */
  pauseMs: number;
  pausedUntilMs: number;
  readonly nodes: Map<NodeId, Avoided>;
}

/**
 * Launches that the world refused, by app: the next one goes to another node, and to that node only after a second, twice as long after each
 * further refusal there, at most five minutes. When three in a row were refused, or one where the platform places, the app itself is
 * to blame rather than the nodes: it is launched nowhere for a second, twice as long each time, at most five minutes. An instance
 * that becomes ready ends that.
 */
export class LaunchFailures {
  readonly #apps = new Map<AppId, Failed>();

  /** @param node `null`: the platform placed it. */
  failed(app: AppId, node: NodeId | null, nowMs: number): void {
    const failed = this.#apps.get(app) ?? { count: 0, pauseMs: 0, pausedUntilMs: nowMs, nodes: new Map() };
    this.#apps.set(app, failed);
    failed.count += 1;
    for (const [id, { untilMs }] of failed.nodes) if (untilMs + LONGEST_MS < nowMs) failed.nodes.delete(id); // long over
    if (node !== null) {
      const forMs = Math.min(LONGEST_MS, 2 * (failed.nodes.get(node)?.forMs ?? FIRST_MS / 2));
      failed.nodes.set(node, { forMs, untilMs: nowMs + forMs });
    }
    if (failed.count < (node === null ? 1 : ELSEWHERE)) return;
    failed.pauseMs = Math.min(LONGEST_MS, failed.pauseMs === 0 ? FIRST_MS : 2 * failed.pauseMs);
    failed.pausedUntilMs = nowMs + failed.pauseMs;
  }

  /** An instance of the app is ready there. @returns whether it may now be launched where it was not. */
  succeeded(app: AppId, node: NodeId | null): boolean {
    const failed = this.#apps.get(app);
    if (failed === undefined) return false;
    failed.count = 0;
    failed.pauseMs = 0;
    failed.pausedUntilMs = 0;
    if (node !== null) failed.nodes.delete(node);
    if (failed.nodes.size === 0) this.#apps.delete(app);
    return true;
  }

  /** Whether no instance of the app is launched anywhere now. */
  isPaused(app: AppId, nowMs: number): boolean {
    return (this.#apps.get(app)?.pausedUntilMs ?? 0) > nowMs;
  }

  /** The nodes on which none of the app is launched now; `null`: there are none. */
  avoided(app: AppId, nowMs: number): ReadonlySet<NodeId> | null {
    const nodes = this.#apps.get(app)?.nodes;
    if (nodes === undefined) return null;
    const avoided = new Set([...nodes].filter(([, { untilMs }]) => untilMs > nowMs).map(([id]) => id));
    return avoided.size === 0 ? null : avoided;
  }

  /** When next the app may be launched where it may not now; `null`: it may anywhere. */
  nextMs(app: AppId, nowMs: number): number | null {
    const failed = this.#apps.get(app);
    if (failed === undefined) return null;
    if (failed.pausedUntilMs > nowMs) return failed.pausedUntilMs;
    const later = [...failed.nodes.values()].map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs);
    return later.length === 0 ? null : Math.min(...later);
  }

  write(out: ByteWriter): void {
    out.u32(this.#apps.size);
    for (const [app, { count, pauseMs, pausedUntilMs, nodes }] of this.#apps) {
      out.u32(app);
      out.u32(count);
      out.u32(pauseMs);
      out.u64(pausedUntilMs);
      out.u32(nodes.size);
      for (const [node, { forMs, untilMs }] of nodes) {
        out.u32(node);
        out.u32(forMs);
        out.u64(untilMs);
      }
    }
  }

  static read(from: ByteReader): LaunchFailures {
    const failures = new LaunchFailures();
    for (let apps = from.u32(); apps > 0; apps -= 1) {
      const app = from.u32() as AppId;
      const failed: Failed = { count: from.u32(), pauseMs: from.u32(), pausedUntilMs: from.u64(), nodes: new Map() };
      for (let left = from.u32(); left > 0; left -= 1) {
        failed.nodes.set(from.u32() as NodeId, { forMs: from.u32(), untilMs: from.u64() });
      }
      failures.#apps.set(app, failed);
    }
    return failures;
  }
}
