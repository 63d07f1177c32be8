import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { type ChangedTrace, changeTrace } from "../../../datasets/what-if/change-trace.ts";
import { reasonAgainst } from "../../../datasets/what-if/reason-against.ts";
import type { StartUpChange, TraceChange } from "../../../datasets/what-if/trace-change.ts";
import type { ClusterSpec } from "../../cluster-spec.ts";
import { chosenNodes, type NodeChoice, type WorldChange } from "../../world-change.ts";
import { instantForms, instantOf } from "../instant.ts";
import { faultyWorld, type ReadFaults } from "./read-faults.ts";
import type { WhatIf } from "./read-what-if.ts";

/** What a run is made in, after what-ifs. */
export interface World {
  readonly trace: Trace;
  /** What happens beyond what the trace shows, in order of time. */
  readonly changes: readonly WorldChange[];
  /** What `changes` do, in words. */
  readonly notes: readonly string[];
}

/** What what-ifs are about. */
export interface WorldBefore {
  readonly trace: Trace;
  readonly cluster: ClusterSpec;
  readonly seed: number;
}

/**
 * The world that what-ifs make of another. Those that do not say from when on hold from `fromMs` on, the start unless told.
 * @param series sets draws apart from those that made the other world, where it is made by what-ifs itself.
 * @throws InputError with every one that this trace or cluster cannot show, and why.
 */
export function worldOf(
  whatIfs: readonly WhatIf[],
  before: WorldBefore,
  fromMs: number = before.trace.manifest.window.startMs,
  series = "",
): World {
  if (whatIfs.length === 0) return { trace: before.trace, changes: [], notes: [] };
  const issues: Issue[] = [];
  const draft: Draft = { before, ofTrace: [], changes: [], notes: [] };
  for (const whatIf of whatIfs) {
    const reason = enter(whatIf, draft, fromMs);
    if (reason !== null) issues.push({ where: "--what-if", path: whatIf.text, ...reason });
  }
  const changed = changedBy(draft, series, issues);
  if (changed === null || issues.length > 0) throw new InputError(issues);
  const joins = changed.joins.map((join): WorldChange => ({ kind: "users_join", ...join }));
  const changes = [...draft.changes, ...joins].sort((a, b) => a.atMs - b.atMs);
  return { trace: changed.trace, changes, notes: draft.notes };
}

/**
 * Such a world in which things go wrong by chance, too, from `fromMs` on, the start unless told.
 * @throws InputError where the cluster cannot show one of the faults.
 */
export function withFaults(world: World, faults: ReadFaults | null, cluster: ClusterSpec, fromMs?: number): World {
  if (faults === null) return world;
  const { startMs, endMs } = world.trace.manifest.window;
  const { changes, notes } = faultyWorld(faults, cluster, fromMs ?? startMs, endMs);
  const all = [...world.changes, ...changes].sort((a, b) => a.atMs - b.atMs);
  return { ...world, changes: all, notes: [...world.notes, ...notes] };
}

function changedBy({ before, ofTrace }: Draft, series: string, issues: Issue[]): ChangedTrace | null {
  try {
    return changeTrace(before.trace, ofTrace, before.seed, series);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    issues.push(...error.issues);
    return null;
  }
}

/** Whether what comes of it depends on the seed. */
export function isDrawn(whatIf: WhatIf): boolean {
  return whatIf.kind === "fail" ? whatIf.target.endsWith("%") : whatIf.kind !== "start-up";
}

interface Draft {
  readonly before: WorldBefore;
  readonly ofTrace: TraceChange[];
  readonly changes: WorldChange[];
  readonly notes: string[];
}

type Reason = Pick<Issue, "expected" | "found" | "hint">;

/** Enters what a what-if changes. @returns why it cannot be. */
function enter(whatIf: WhatIf, draft: Draft, fromMs: number): Reason | null {
  const { trace } = draft.before;
  const { text } = whatIf;
  const { startMs, endMs } = trace.manifest.window;
  const atMs = whatIf.at === null ? fromMs : instantOf(whatIf.at, trace);
  if (atMs === null || atMs < fromMs) {
    const since = fromMs > startMs ? `; not before the fork at ${fromMs} ms` : "";
    return { expected: `${instantForms(trace)}${since}`, found: JSON.stringify(whatIf.at) };
  }
  switch (whatIf.kind) {
    case "demand":
      draft.ofTrace.push({ kind: "demand", text, factorPpm: whatIf.factorPpm, fromMs: atMs, toMs: endMs, app: null });
      return null;
    case "users":
      draft.ofTrace.push({ kind: "users", text, factorPpm: whatIf.factorPpm, fromMs: atMs });
      return null;
    case "burst":
      return enterBurst(whatIf, draft, atMs);
    case "start-up":
      return enterStartUp({ kind: "start-up", text, factorPpm: whatIf.factorPpm }, draft, atMs);
    case "fail":
      return enterFailure(whatIf, draft, atMs);
  }
}

function enterBurst(
  { text, factorPpm, durationMs, app }: WhatIf & { kind: "burst" },
  draft: Draft,
  fromMs: number,
): Reason | null {
  const { apps, manifest } = draft.before.trace;
  const found = apps.findIndex(({ name }) => name === app);
  if (found < 0 && app !== "*") return { expected: `an app of the trace, or *: ${someOf(apps)}`, found: JSON.stringify(app) };
  const toMs = Math.min(manifest.window.endMs, fromMs + durationMs);
  draft.ofTrace.push({ kind: "demand", text, factorPpm, fromMs, toMs, app: found < 0 ? null : found });
  return null;
}

/** The apps of a trace are known from its start: what slows down later, the world does. */
function enterStartUp(change: StartUpChange, { before, ofTrace, changes, notes }: Draft, atMs: number): Reason | null {
  if (atMs === before.trace.manifest.window.startMs) {
    ofTrace.push(change);
    return null;
  }
  const { text, factorPpm } = change;
  changes.push({ kind: "start_up", atMs, factorPpm });
  notes.push(
    `what if ${text}: start-ups take ${factorPpm / 1_000_000} × as long as in the trace, and nobody tells the allocator`,
  );
  return reasonAgainst(before.trace, change);
}

function enterFailure({ text, target, durationMs }: WhatIf & { kind: "fail" }, draft: Draft, atMs: number): Reason | null {
  const { cluster, seed } = draft.before;
  const { pools } = cluster;
  const nodes = pools.flatMap(({ nodes }, pool) => (nodes ?? []).map(({ name }) => ({ name, pool })));
  const growing = pools.flatMap(({ elastic }, pool) => (elastic === undefined ? [] : [pool]));
  if (nodes.length === 0 && growing.length === 0) {
    return {
      expected: "a cluster with nodes",
      found: "capacity without limit, which cannot fail",
      hint: "--cluster cluster.yaml",
    };
  }
  const choice = choiceOf(target, cluster, seed);
  const lost = chosenNodes(nodes, choice).length;
  const grows = choice.kind === "pool" ? growing.includes(choice.pool) : growing.length > 0;
  if (lost === 0 && !grows) {
    const expected = `a pool (${someOf(pools)}), a node (${someOf(nodes)}), or a share that is at least one node`;
    return { expected, found: JSON.stringify(target) };
  }
  draft.changes.push({ kind: "node_failure", atMs, durationMs, choice });
  const back = durationMs === null ? "for good" : "and come back empty";
  const which = grows ? "the nodes there then that it names" : `${lost} of ${nodes.length} nodes`;
  draft.notes.push(`what if ${text}: ${which} are lost with all that runs on them, ${back}`);
  return null;
}

function choiceOf(target: string, { pools }: ClusterSpec, seed: number): NodeChoice {
  const share = /^(.*)%$/.exec(target)?.[1];
  if (share !== undefined) return { kind: "share", sharePpm: Math.round(Number(share) * 10_000), seed };
  const pool = pools.findIndex(({ name }) => name === target);
  return pool >= 0 ? { kind: "pool", pool } : { kind: "name", pattern: target };
}

function someOf(named: readonly { readonly name: string }[]): string {
  const names = named.slice(0, 5).map(({ name }) => name);
  return named.length > 5 ? `${names.join(", ")}, …` : names.join(", ");
}
