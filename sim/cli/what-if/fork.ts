import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Decision } from "../../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import type { Policy } from "../../../allocator/core/policy.ts";
import { JournalReader } from "../../../allocator/journal/reader.ts";
import { JournalWriter } from "../../../allocator/journal/writer.ts";
import type { StepObserver } from "../../../allocator/ports.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { parseRunRecord } from "../../../reports/parse-run-record.ts";
import { type ClusterSpec, clusterReference } from "../../cluster-spec.ts";
import type { RunRecord } from "../../run-record.ts";
import type { WorldChange } from "../../world-change.ts";
import type { Prepared } from "../forecasts/prepare.ts";
import { digestOf } from "../inputs.ts";
import { instantForms, instantOf } from "../instant.ts";
import { journalPath, journalSlices } from "../journal-file.ts";

import { faultsOfRecord } from "./read-faults.ts";
import { readWhatIfs } from "./read-what-if.ts";
import { setCluster } from "./set-cluster.ts";
import { readSettings } from "./settings.ts";
import { withFaults, worldOf } from "./world-of.ts";

/** A run that is gone along with until an instant, to go on otherwise. */
export interface Fork {
  /** Id of the run. */
  readonly run: string;
  readonly atMs: number;
  /** What the run was decided by. */
  readonly policy: Policy;
  readonly policyText: string;
  /** The world of the run: that of the fork differs from it only from `atMs` on. */
  readonly trace: Trace;
  /** Nothing from here on was seen by its forecasters. */
  readonly fittedBeforeMs: number;
  /** Of what the run's journal says happened and was decided before `atMs`: the fork has to come to the same. */
  readonly before: Recorded;
  readonly codeRevision: string;
  /** The forecasts of fitted models that the run's policy asks for. */
  readonly prepared?: Prepared;
}

/** A stretch of a journal. */
export interface Recorded {
  readonly digest: string;
  readonly events: number;
  readonly decisions: number;
}

/** A run to be forked, read from its folder. */
export interface ForkedRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly journal: string;
}

/**
 * The run in a folder that `prae simulate` wrote.
 * @throws InputError when there is none, or it is a fork itself.
 */
export async function readForkedRun(folder: string): Promise<ForkedRun> {
  const path = join(folder, "run.json");
  if (!existsSync(path)) {
    const expected = "the folder of a run, with run.json and its journal in it";
    throw new InputError([{ where: "--fork", expected, found: JSON.stringify(folder), hint: "prae simulate writes one" }]);
  }
  const record = parseRunRecord(await readFile(path, "utf8"), path);
  if (record.fork !== undefined) {
    const found = `one that was forked itself, from run ${record.fork.run}`;
    throw new InputError([{ where: "--fork", path: folder, expected: "a run from the start of its trace", found }]);
  }
  return { folder, record, journal: journalPath(folder) };
}

/** The world of the run, made again of what it was made of. */
export interface ForkedWorld {
  readonly trace: Trace;
  readonly cluster: ClusterSpec;
  readonly changes: readonly WorldChange[];
  readonly notes: readonly string[];
}

/**
 * @param cluster as `--cluster` says, before what the run set of it.
 * @throws InputError when trace or cluster are not those of the run.
 */
export async function worldOfRun({ record }: ForkedRun, trace: Trace, cluster: ClusterSpec): Promise<ForkedWorld> {
  const texts = record.whatIf ?? [];
  const isSetting = (text: string) => /^(policy|cluster|prices)\./.test(text);
  const set = setCluster(cluster, await readSettings(texts.filter(isSetting)));
  const [faults, others] = faultsOfRecord(texts.filter((text) => !isSetting(text)));
  const whatIfs = readWhatIfs(others);
  const world = withFaults(worldOf(whatIfs, { trace, cluster: set, seed: record.seed }), faults, set);
  const issues: Issue[] = [];
  const expect = (where: string, what: string, expected: string, found: string) => {
    if (found !== expected) issues.push({ where, expected: `${what}, with digest ${expected}`, found });
  };
  const whatIf = whatIfs.length > 0 ? " after its what-ifs" : "";
  expect("--trace", `the trace of the run, ${record.trace.name}${whatIf}`, record.trace.digest, world.trace.manifest.digest);
  expect(
    "--cluster",
    `the cluster of the run, ${record.cluster.description}`,
    record.cluster.digest,
    clusterReference(set).digest,
  );
  if (issues.length > 0) throw new InputError(issues);
  return { ...world, cluster: set };
}

/**
 * The instant at which to fork.
 * @throws InputError when there is no such instant after the trace's start.
 */
export function forkAt(at: string | undefined, { record }: ForkedRun, trace: Trace): number {
  const atMs = at === undefined ? null : instantOf(at, trace);
  const fittedBeforeMs = record.forecasts === undefined ? trace.manifest.window.startMs : record.window.fromMs;
  if (atMs !== null && atMs > trace.manifest.window.startMs && atMs >= fittedBeforeMs) return atMs;
  const after =
    record.forecasts === undefined ? "after its start" : `not before ${fittedBeforeMs} ms, up to which its models learned`;
  const found = at === undefined ? "nothing" : JSON.stringify(at);
  throw new InputError([{ where: "--at", expected: `${instantForms(trace)}, ${after}`, found }]);
}

/** What the journal of the run says of the time before an instant. */
export async function recordedBefore({ journal }: ForkedRun, atMs: number): Promise<Recorded> {
  const writer = new StretchWriter(atMs);
  reading: for await (const slice of journalSlices(new JournalReader(journal), journal)) {
    for (const { event, decisions } of slice) {
      if (event.atMs >= atMs) break reading;
      writer.onStep(event, decisions);
    }
  }
  return writer.finish();
}

/** Writes down what happens and is decided before an instant, for its digest. */
export class StretchWriter implements StepObserver {
  readonly #untilMs: number;
  readonly #writer = new JournalWriter(null);

  constructor(untilMs: number) {
    this.#untilMs = untilMs;
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    if (event.atMs < this.#untilMs) this.#writer.onStep(event, decisions);
  }

  async finish(): Promise<Recorded> {
    const { digest, events, decisions } = await this.#writer.finish();
    return { digest, events, decisions };
  }
}

/** @throws InputError when a fork did not come to what the run did: then what it goes on from is not that run. */
export function checkBefore({ run, before, codeRevision }: Fork, found: Recorded, revision: string): void {
  if (found.digest === before.digest) return;
  const said = ({ events, decisions, digest }: Recorded) => `${events} events, ${decisions} decisions, digest ${digest}`;
  const hint =
    codeRevision === revision
      ? "run it again: its forecasts were made otherwise"
      : `it was made by code ${codeRevision}, this is ${revision}`;
  throw new InputError([{ where: "--fork", path: `run ${run}`, expected: said(before), found: said(found), hint }]);
}

/** Whether a policy is that of the run. */
export function isPolicyOf({ policy }: Pick<Fork, "policy">, other: Policy): boolean {
  return digestOf(policy) === digestOf(other);
}
