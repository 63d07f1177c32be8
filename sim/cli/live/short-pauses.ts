import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's young generation at the size that it begins with, in this process and from now on. What a live run allocates is mostly kept for a
 * while (requests, decisions), so that a young generation that has grown to its usual 16 MiB is copied in pauses of 20 ms and more, during
 * which nobody is answered; in parts of 1 MiB it is copied more often, and each time within a millisecond or so.
 */
export function keepPausesShort(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
