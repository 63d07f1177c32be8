import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { AppId, NodeId, UserId } from "./ids.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;
/** Launches of an app that may fail in a row, on one node after another, before the app itself is left alone for a while. */
const ELSEWHERE = 3;
/** Launches for one owner that may fail in a row before nothing more is started ahead for it: as often as Kubernetes tries a Job again (`backoffLimit`). */
const TRIES = 6;
/** How long after the last failure that is forgotten. */
const GIVEN_UP_MS = 1_800_000;

interface Avoided {
  forMs: number;
  untilMs: number;
}

/** For whom instances of an app are launched: a user; `null`: whoever asks, where the app is shared, or nobody yet. */
export type LaunchOwner = UserId | null;

interface Tries {
  /** In a row: since an instance of the owner was last ready. */
  count: number;
  lastMs: number;
  /** Once it is given up: when a launch is tried next. */
  nextMs: number;
}

interface Failed {
  /** In a row: since an instance of the app was last ready. */
  count: number;
  /** How long the app was left alone last; 0: not since then. */
  pauseMs: number;
  pausedUntilMs: number;
  readonly nodes: Map<NodeId, Avoided>;
  readonly owners: Map<LaunchOwner, Tries>;
}

/**
 * Launches that the world refused, by app: the next one goes to another node, and to that node only after a second, twice as long after each
 * further refusal there, at most five minutes. When three in a row were refused, or one where the platform places, the app itself is
 * to blame rather than the nodes: it is launched nowhere for a second, twice as long each time, at most five minutes. An instance
 * that becomes ready ends that.
 *
 * An owner for whom six in a row were refused is *given up*: nothing is started ahead for it, and who waits is tried every five minutes, one
 * launch at a time; until an instance of it is ready, or half an hour passes in which none failed.
 */
export class LaunchFailures {
  readonly #apps = new Map<AppId, Failed>();

  /** Whether no launch was refused, as far as that is not forgotten. */
  get isEmpty(): boolean {
    return this.#apps.size === 0;
  }

  /** @param node `null`: the platform placed it. */
  failed(app: AppId, owner: LaunchOwner, node: NodeId | null, nowMs: number): void {
    const failed = this.#apps.get(app) ?? { count: 0, pauseMs: 0, pausedUntilMs: nowMs, nodes: new Map(), owners: new Map() };
    this.#apps.set(app, failed);
    failed.count += 1;
    for (const [id, { lastMs }] of failed.owners) if (lastMs + GIVEN_UP_MS <= nowMs) failed.owners.delete(id);
    const count = (failed.owners.get(owner)?.count ?? 0) + 1;
    failed.owners.set(owner, { count, lastMs: nowMs, nextMs: count < TRIES ? nowMs : nowMs + LONGEST_MS });
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
  succeeded(app: AppId, owner: LaunchOwner, node: NodeId | null): boolean {
    const failed = this.#apps.get(app);
    if (failed === undefined) return false;
    failed.count = 0;
    failed.pauseMs = 0;
    failed.pausedUntilMs = 0;
    if (node !== null) failed.nodes.delete(node);
    failed.owners.delete(owner);
    if (failed.nodes.size === 0 && failed.owners.size === 0) this.#apps.delete(app);
    return true;
  }

  /** A launch is tried: of who is given up, no other is for as long as after a failure. */
  tried(app: AppId, owner: LaunchOwner, nowMs: number): void {
    const tries = this.#apps.get(app)?.owners.get(owner);
    if (tries !== undefined && isGivenUp(tries, nowMs)) tries.nextMs = nowMs + LONGEST_MS;
  }

  /** Whether nothing is started ahead for the owner, since its launches failed too often in a row. */
  isGivenUp(app: AppId, owner: LaunchOwner, nowMs: number): boolean {
    const tries = this.#apps.get(app)?.owners.get(owner);
    return tries !== undefined && isGivenUp(tries, nowMs);
  }

  /** How many owners, of whatever app, are given up now. */
  givenUp(nowMs: number): number {
    let count = 0;
    for (const { owners } of this.#apps.values()) {
      for (const tries of owners.values()) if (isGivenUp(tries, nowMs)) count += 1;
    }
    return count;
  }

  /** Whether no instance of the app is launched anywhere now for the owner. */
  isPaused(app: AppId, owner: LaunchOwner, nowMs: number): boolean {
    const failed = this.#apps.get(app);
    return failed !== undefined && pausedUntilMs(failed, owner) > nowMs;
  }

  /** The nodes on which none of the app is launched now; `null`: there are none. */
  avoided(app: AppId, nowMs: number): ReadonlySet<NodeId> | null {
    const nodes = this.#apps.get(app)?.nodes;
    if (nodes === undefined) return null;
    const avoided = new Set([...nodes].filter(([, { untilMs }]) => untilMs > nowMs).map(([id]) => id));
    return avoided.size === 0 ? null : avoided;
  }

  /** When next the app may be launched for the owner where it may not now; `null`: it may anywhere. */
  nextMs(app: AppId, owner: LaunchOwner, nowMs: number): number | null {
    const failed = this.#apps.get(app);
    if (failed === undefined) return null;
    const untilMs = pausedUntilMs(failed, owner);
    if (untilMs > nowMs) return untilMs;
    const later = [...failed.nodes.values()].map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs);
    return later.length === 0 ? null : Math.min(...later);
  }

  write(out: ByteWriter): void {
    out.u32(this.#apps.size);
    for (const [app, { count, pauseMs, pausedUntilMs, nodes, owners }] of this.#apps) {
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
      out.u32(owners.size);
      for (const [owner, tries] of owners) {
        out.optional(owner);
        out.u32(tries.count);
        out.u64(tries.lastMs);
        out.u64(tries.nextMs);
      }
    }
  }

  static read(from: ByteReader): LaunchFailures {
    const failures = new LaunchFailures();
    for (let apps = from.u32(); apps > 0; apps -= 1) {
      const app = from.u32() as AppId;
      const [count, pauseMs, pausedUntilMs] = [from.u32(), from.u32(), from.u64()];
      const failed: Failed = { count, pauseMs, pausedUntilMs, nodes: new Map(), owners: new Map() };
      for (let left = from.u32(); left > 0; left -= 1) {
        failed.nodes.set(from.u32() as NodeId, { forMs: from.u32(), untilMs: from.u64() });
      }
      for (let left = from.u32(); left > 0; left -= 1) {
        failed.owners.set(from.optional<UserId>(), { count: from.u32(), lastMs: from.u64(), nextMs: from.u64() });
      }
      failures.#apps.set(app, failed);
    }
    return failures;
  }
}

function isGivenUp({ count, lastMs }: Tries, nowMs: number): boolean {
  return count >= TRIES && nowMs < lastMs + GIVEN_UP_MS;
}

/** Until when the app is left alone, and the owner. */
function pausedUntilMs({ pausedUntilMs: appMs, owners }: Failed, owner: LaunchOwner): number {
  return Math.max(appMs, owners.get(owner)?.nextMs ?? 0);
}
