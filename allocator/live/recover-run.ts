import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AllocatorCore } from "../core/core.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { State } from "../core/state.ts";
import type { JournalStep } from "../journal/reader.ts";
import { Directory } from "./directory.ts";
import type { Leadership } from "./leadership.ts";
import { LiveError } from "./live-error.ts";
import { hasPosition, LiveJournal } from "./live-journal.ts";
import { Outstanding } from "./outstanding.ts";
import { readSnapshot, type Snapshot, syncDirectory } from "./snapshot-file.ts";
import type { StageWatch } from "./watch/stage-watch.ts";

/** What a run goes on from. */
export interface RecoveredRun {
  readonly core: AllocatorCore;
  readonly journal: LiveJournal;
  readonly directory: Directory;
  readonly outstanding: Outstanding;
  readonly watch: StageWatch | null;
  readonly events: number;
  readonly atMs: number;
  readonly replayedEvents: number;
  readonly tornBytes: number;
}

/** Whoever counts what is observed of a candidate, given the core's state and what the snapshot of it kept. */
export type BeginWatch = (state: () => State, from: { readonly atMs: number; readonly kept: Uint8Array | null }) => StageWatch;

/**
 * The state that the journal led to: from the snapshot on, or, where there is none that this version reads, from its start.
 * @param whole a journal refers to a forecast by its digest: this gives the event its numbers again.
 * @throws LiveError where the journal cannot be gone on with.
 */
export async function recover(
  state: string,
  whole: (event: AllocatorEvent) => Promise<AllocatorEvent>,
  leadership: Leadership,
  segmentBytes: number,
  beginWatch: BeginWatch | null,
): Promise<RecoveredRun> {
  const path = join(state, "journal.prae.gz");
  const found = await snapshotOf(state, path, leadership);
  const snapshot = found !== null && AllocatorCore.restores(found.core) ? found : null;
  const core = new AllocatorCore();
  if (snapshot !== null) core.restore(snapshot.core);
  const directory = new Directory(snapshot?.directory);
  const watch = beginWatch?.(() => core.state, { atMs: core.nowMs, kept: snapshot?.watch ?? null }) ?? null;
  const outstanding = new Outstanding(snapshot?.outstanding);
  const { epoch } = leadership;
  const options = { segmentBytes, epoch, check: () => leadership.check() };
  let replayedEvents = 0;
  const onStep = async ({ event: recorded, decisions }: JournalStep) => {
    const event = await whole(recorded);
    follow(core, { event, decisions }, path);
    directory.onStep(event, decisions);
    outstanding.onStep(event, decisions);
    watch?.onStep(event, decisions);
    replayedEvents += 1;
  };
  const { journal, tornBytes } = await LiveJournal.open(path, snapshot?.position, directory.names, options, onStep);
  await syncDirectory(dirname(path));
  directory.names.request.length = 0; // the directory has those of requests by name, for as long as they matter
  const events = (snapshot?.position.events ?? 0) + replayedEvents;
  return { core, journal, directory, outstanding, watch, events, atMs: core.nowMs, replayedEvents, tornBytes };
}

/**
 * The snapshot, where it is of this journal. One that a leader wrote after another had taken its place is not; but of who led last, the
 * journal has to be there.
 */
async function snapshotOf(state: string, path: string, { epoch }: Leadership): Promise<Snapshot | null> {
  const found = await readSnapshot(join(state, "snapshot.prae"));
  if (found === null || hasPosition(path, found.position)) return found;
  if (found.epoch < epoch - 1) return null;
  const expected = `the journal of the snapshot beside it, of at least ${found.position.byte} bytes`;
  throw new LiveError([{ path, expected, found: "another, or a part of it", hint: "restore it from a backup" }]);
}

/** @throws LiveError where the core decides otherwise than it did: it is other code. */
function follow(core: AllocatorCore, { event, decisions }: JournalStep, path: string): void {
  if (isDeepStrictEqual(core.step(event), decisions)) return;
  throw new LiveError([
    {
      path: `${path} event ${event.seq}`,
      expected: "the decisions that this PRAE makes",
      found: "others, made by another version",
      hint: "start the version that wrote it and stop it, which leaves a snapshot, and where this one cannot read that either, begin another run with another --state",
    },
  ]);
}
