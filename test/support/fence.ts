import type { Fence } from "../../allocator/live/ports.ts";

/** Of a process beside which there is no other. */
export const ALONE: Fence = { epoch: 1, isClean: true, check: () => {} };

/** Of one that took the place of another that may be asleep. */
export function after(epoch: number, check: () => void = () => {}): Fence {
  return { epoch: epoch + 1, isClean: false, check };
}
