import { join } from "node:path";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { JournalReader } from "../../allocator/journal/reader.ts";

/** All that a live run was told, from the journal in its state folder. */
export async function journalEvents(state: string): Promise<AllocatorEvent[]> {
  const events: AllocatorEvent[] = [];
  for await (const slice of new JournalReader(join(state, "journal.prae.gz")).slices()) {
    for (const { event } of slice) events.push(structuredClone(event));
  }
  return events;
}
