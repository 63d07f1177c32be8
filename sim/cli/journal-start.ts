import { dirname, join } from "node:path";
import { AllocatorCore } from "../../allocator/core/core.ts";
import type { KnownPart } from "../../allocator/journal/reader.ts";
import { gapIn, segmentsOf } from "../../allocator/journal/segments.ts";
import type { DirectoryContent } from "../../allocator/live/directory.ts";
import { hasPosition } from "../../allocator/live/live-journal.ts";
import { readSnapshot } from "../../allocator/live/snapshot-file.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";

/** What a journal is replayed from: `start`: its first event; `snapshot`: what the newest snapshot beside it says was so. */
export type ReplayFrom = "start" | "snapshot";

export interface JournalStart {
  readonly core: AllocatorCore;
  /** What the core knows already; `null`: nothing. */
  readonly behind: KnownPart | null;
}

/** @throws InputError where the part of the journal that is needed is not there, or the snapshot cannot be used. */
export async function journalStart(path: string, from: ReplayFrom): Promise<JournalStart> {
  if (from === "snapshot") return behindSnapshot(path);
  const gap = gapIn(segmentsOf(path), 0);
  if (gap === null) return { core: new AllocatorCore(), behind: null };
  throw new NotThere({
    ...{ where: path, expected: "a whole PRAE journal", found: `it is missing ${gap}` },
    hint: "put the files back that were moved away, or go on from the snapshot of a live run: --from-snapshot",
  });
}

/** A part of the journal, or the snapshot to go on from, is not there. */
export class NotThere extends InputError {
  constructor(issue: Issue) {
    super([issue]);
  }
}

async function behindSnapshot(path: string): Promise<JournalStart> {
  const where = join(dirname(path), "snapshot.prae");
  const snapshot = await readSnapshot(where);
  const refused = (expected: string, found: string) => new NotThere({ where, expected, found });
  if (snapshot === null) throw refused("a snapshot of a live run, beside its journal", "none, or one of another version");
  const { position, directory, core: bytes } = snapshot;
  if (!hasPosition(path, position)) throw refused(`one of the journal beside it, up to its byte ${position.byte}`, "of another");
  if (!AllocatorCore.restores(bytes)) throw refused("one in the form of this version", "in another");
  const gap = gapIn(segmentsOf(path), position.byte);
  if (gap !== null) throw new NotThere({ where: path, expected: "all that follows the snapshot", found: `it is missing ${gap}` });
  const core = new AllocatorCore();
  core.restore(bytes);
  return { core, behind: { byte: position.byte, events: position.events, names: namesIn(directory) } };
}

/** By id. Of requests, a snapshot has those that are open, and those that ended lately. */
function namesIn({ names, requests }: DirectoryContent): KnownPart["names"] {
  const { tier, pool, user, app, node } = names;
  const byId: string[] = [];
  for (const [name, { id }] of requests) byId[id] = name;
  return { tier: [...tier], pool: [...pool], user: [...user], app: [...app], node: [...node], request: byId };
}
