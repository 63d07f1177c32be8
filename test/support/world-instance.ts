import type { Decision } from "../../allocator/core/decisions.ts";
import type { InstanceId, NodeId, RequestId } from "../../allocator/core/ids.ts";

/** An instance in a random world's own books. */
export interface WorldInstance {
  readonly id: InstanceId;
  readonly node: NodeId | null;
  /** The decision by which it is being launched, suspended or resumed. */
  asked: Token;
  phase: "starting" | "resuming" | "ready" | "stopping" | "suspended" | "suspending";
  readonly requests: Set<RequestId>;
  /** Whether it ever was: one told to stop before may yet turn out to be refused. */
  wasReady: boolean;
}

export type Token = Pick<Decision, "seq" | "index">;
