import { JournalReader } from "../../allocator/journal/reader.ts";
import { journalSlices } from "./journal-file.ts";

/** A request that waited for its first instance; `null` until it had one: it never got any. */
export interface Wait {
  readonly user: number;
  readonly app: number;
  readonly atMs: number;
  readonly waitMs: number;
  readonly isOver: boolean;
}

/**
 * The longest waits for an instance that a journal tells of, longest first and one a user, by what was decided: nothing is replayed.
 * @throws InputError when the journal is damaged or cut.
 */
export async function longestWaits(path: string, most: number): Promise<readonly Wait[]> {
  const waiting = new Map<number, { readonly user: number; readonly app: number; readonly atMs: number }>();
  const longest = new Map<number, Wait>();
  const enter = (wait: Wait) => {
    if (wait.waitMs > (longest.get(wait.user)?.waitMs ?? 0)) longest.set(wait.user, wait);
  };
  let lastMs = 0;
  for await (const slice of journalSlices(new JournalReader(path), path)) {
    for (const { event, decisions } of slice) {
      lastMs = event.atMs;
      if (event.kind === "request_arrived") waiting.set(event.request, { user: event.user, app: event.app, atMs: event.atMs });
      if (event.kind === "request_cancelled" || event.kind === "request_ended") waiting.delete(event.request);
      for (const decision of decisions) {
        if (!("request" in decision) || decision.request === null || decision.kind === "queue") continue;
        const wait = waiting.get(decision.request);
        if (wait === undefined || !waiting.delete(decision.request) || decision.kind === "reject") continue;
        enter({ ...wait, waitMs: event.atMs - wait.atMs, isOver: true });
      }
    }
  }
  for (const wait of waiting.values()) enter({ ...wait, waitMs: lastMs - wait.atMs, isOver: false });
  return [...longest.values()].sort((a, b) => b.waitMs - a.waitMs || a.atMs - b.atMs || a.user - b.user).slice(0, most);
}
