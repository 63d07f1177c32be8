import type { Policy } from "../allocator/core/policy.ts";
import { RandomStream } from "../allocator/core/random.ts";
import type { ForecastFeed } from "../allocator/ports.ts";
import type { FaultSpec } from "./faults.ts";

/** What a world does of its own accord at an instant, beyond what its trace shows. Data, so that it can be sent to other threads. */
export type WorldChange = UsersJoin | StartUpChange | NodeFailure | ClockJump | FaultsBegin;

/** Users of the trace with ids in `[firstUser, endUser)` are known from here on. */
interface UsersJoin {
  readonly kind: "users_join";
  readonly atMs: number;
  readonly firstUser: number;
  readonly endUser: number;
}

/** Launches and resumptions that begin from here on take as many times as long. Nobody tells the allocator. */
interface StartUpChange {
  readonly kind: "start_up";
  readonly atMs: number;
  readonly factorPpm: number;
}

/** Nodes are lost with all that is on them. */
export interface NodeFailure {
  readonly kind: "node_failure";
  readonly atMs: number;
  /** They drain at first, and are lost so much later, or once nothing is on them; absent: lost at once. */
  readonly noticeMs?: number;
  /** Until they are back, empty; `null`: they are not. */
  readonly durationMs: number | null;
  readonly choice: NodeChoice;
}

/** What happens from here on is told when the jump is over, all at once. */
interface ClockJump {
  readonly kind: "clock_jump";
  readonly atMs: number;
  readonly durationMs: number;
}

/** From here on the world fails by chance: see faults.ts. */
interface FaultsBegin {
  readonly kind: "faults";
  readonly atMs: number;
  readonly spec: FaultSpec;
}

/** Which of the nodes that are there: of a pool, by name with `*` for anything, a share of them drawn by a seed, or the one of this
 * place among those of these pools, if there are so many. */
export type NodeChoice =
  | { readonly kind: "pool"; readonly pool: number }
  | { readonly kind: "name"; readonly pattern: string }
  | { readonly kind: "share"; readonly sharePpm: number; readonly seed: number }
  | { readonly kind: "nth"; readonly index: number; readonly pools: readonly number[] };

/** Where a run goes on otherwise than it began: what is decided by, and the forecasts of the world that it goes on in. */
export interface Turn {
  readonly atMs: number;
  /** `null`: as before. */
  readonly policy: Policy | null;
  /** Instead of those before; of what was available earlier nothing is told again. */
  readonly forecasts: readonly ForecastFeed[];
}

/** The chosen ones of these nodes, in their order; a share is rounded. */
export function chosenNodes<N extends { readonly pool: number; readonly name: string }>(
  nodes: readonly N[],
  choice: NodeChoice,
): N[] {
  switch (choice.kind) {
    case "pool":
      return nodes.filter(({ pool }) => pool === choice.pool);
    case "name": {
      const parts = choice.pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
      const pattern = new RegExp(`^${parts.join(".*")}$`);
      return nodes.filter(({ name }) => pattern.test(name));
    }
    case "nth":
      return nodes.filter(({ pool }) => choice.pools.includes(pool)).slice(choice.index, choice.index + 1);
    case "share": {
      const random = new RandomStream(choice.seed, "node failure");
      let wanted = Math.round((nodes.length * choice.sharePpm) / 1_000_000);
      // Each in turn with the chance that makes every sample of that size as likely (Knuth, TAOCP 2, 3.4.2, algorithm S).
      return nodes.filter((_, index) => {
        if (wanted === 0 || random.below(nodes.length - index) >= wanted) return false;
        wanted -= 1;
        return true;
      });
    }
  }
}
