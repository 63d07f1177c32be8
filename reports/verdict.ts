import type { Interval } from "../models/backtest/resampling.ts";
import { type ComparedRun, metric, sharedWhatIfs, tiersOf } from "./compared-run.ts";
import { count, counted, duration, money, share, significant } from "./format.ts";
import type { Intervals } from "./statistics/intervals.ts";

/** A comparison in plain sentences. Policies stand in “quotation marks”. */
export interface Verdict {
  readonly headline: string;
  readonly findings: readonly string[];
  /** What the numbers cannot show. */
  readonly caveats: readonly string[];
}

/** Two costs closer than this share of the lower are not told apart by one replay. */
const CLOSE = 0.01;

/** Ranks by metric `cost` every policy that is not a reference and whose cost applies. */
export function writeVerdict(runs: readonly ComparedRun[], intervals: Intervals | null = null): Verdict {
  const ranked = runs.filter((run) => !run.reference && metric(run, "cost") !== null).sort((a, b) => costOf(a) - costOf(b));
  const caveats = writeCaveats(runs, intervals);
  const leader = ranked[0];
  if (leader === undefined) return { headline: unrankedHeadline(runs), findings: [], caveats };

  const tied = ranked.filter((run) => costOf(run) === costOf(leader));
  const runnerUp = ranked[tied.length];
  const reactive = ranked.find((run) => run.policy.name === "reactive");
  const rivals = [...new Set([...tied, runnerUp, reactive])].filter(
    (run): run is ComparedRun => run !== undefined && run !== leader,
  );
  const evidence = (run: ComparedRun): Evidence | null => evidenceOf(run, leader, runs, intervals);
  const findings = [
    ...tied.map(partsSentence),
    runnerUp === undefined ? null : runnerUpSentence(runnerUp, leader, evidence(runnerUp)),
    noDifferenceSentence(
      leader,
      ranked.slice(tied.length + 1).filter((run) => evidence(run)?.isDifference === false),
    ),
    startSentence(leader, rivals),
    tied.length > 1 ? null : gapSentence(leader, runs),
    tied.length > 1 ? null : priceSentence(leader, ranked),
    tierSentence(leader, ranked),
  ];
  const rivalOf = reactive === undefined || reactive === leader ? null : evidence(reactive);
  const first = headline(tied, ranked.length, reactive, rivalOf, runnerUp === undefined ? null : evidence(runnerUp));
  return { headline: first, findings: findings.filter((text) => text !== null), caveats };
}

function unrankedHeadline(runs: readonly ComparedRun[]): string {
  return runs.every((run) => run.reference)
    ? "Only reference policies were run, which know the future: there is nothing to rank."
    : "No policy can be ranked: cost does not apply to this trace.";
}

/** What the paired interval of a run's cost less the leader's says. */
interface Evidence {
  /** In currency: the run's cost less the leader's. */
  readonly interval: Interval;
  /** Whether the interval lies on one side of zero. */
  readonly isDifference: boolean;
}

function evidenceOf(
  run: ComparedRun,
  leader: ComparedRun,
  runs: readonly ComparedRun[],
  intervals: Intervals | null,
): Evidence | null {
  if (run === leader) return null;
  const interval = intervals?.runs[runs.indexOf(run)]?.lessBest?.["cost"];
  return interval === undefined ? null : { interval, isDifference: interval[0] > 0 || interval[1] < 0 };
}

function headline(
  tied: readonly ComparedRun[],
  ranked: number,
  reactive: ComparedRun | undefined,
  againstReactive: Evidence | null,
  againstNext: Evidence | null,
): string {
  const leader = tied[0] as ComparedRun;
  const cost = `${costText(leader)} over ${duration(leader.window.toMs - leader.window.fromMs)}`;
  if (tied.length > 1) return `${listed(tied)} tie for the lowest cost, ${cost}.`;
  if (ranked === 1) return `${quoted(leader)} costs ${cost}; no other policy was ranked against it.`;
  const saving = reactive === undefined || reactive === leader ? null : (costOf(reactive) - costOf(leader)) / costOf(reactive);
  const shown = againstReactive?.isDifference === false ? " (no difference shown)" : "";
  const against = saving === null ? "" : `, ${share(saving)} less than ${quoted(reactive as ComparedRun)}${shown}`;
  const doubt = againstNext?.isDifference === false ? " No difference from the runner-up is shown." : "";
  return `${quoted(leader)} has the lowest cost of ${count(ranked)} policies: ${cost}${against}.${doubt}`;
}

/** What the cost consists of. */
function partsSentence(run: ComparedRun): string | null {
  const parts = partsText(run);
  const violations = metric(run, "sla_violations");
  const fraction = metric(run, "sla_violation_fraction");
  if (parts === null || violations === null) return null;
  const rate = fraction === null ? "" : `, ${share(fraction)} of requests`;
  return `${quoted(run)} costs ${parts} (${counted(violations, "SLA violation", "SLA violations")}${rate}).`;
}

/** Others whose cost the interval does not tell from the leader's. */
function noDifferenceSentence(leader: ComparedRun, runs: readonly ComparedRun[]): string | null {
  if (runs.length === 0) return null;
  return `No difference in cost from ${quoted(leader)} is shown for ${listed(runs)} either: the interval of the difference includes 0.`;
}

function evidenceText({ interval, isDifference }: Evidence, currency: string): string {
  const [low, high] = interval;
  const range = `${money(low, currency)} to ${money(high, currency)}`;
  return isDifference
    ? ` The difference is ${range} (95 % interval).`
    : ` No difference is shown: the 95 % interval of the difference, ${range}, includes 0.`;
}

function runnerUpSentence(run: ComparedRun, leader: ComparedRun, evidence: Evidence | null): string {
  const parts = partsText(run);
  const ofThat = parts === null ? "" : `: ${parts}`;
  if (costOf(leader) === 0) {
    const shown = evidence === null ? "" : evidenceText(evidence, run.prices.currency);
    return `The runner-up, ${quoted(run)}, costs ${costText(run)}${ofThat}.${shown}`;
  }
  const more = (costOf(run) - costOf(leader)) / costOf(leader);
  const small = more < CLOSE ? " A difference this small should not decide between the two." : "";
  const close = evidence === null ? small : evidenceText(evidence, run.prices.currency);
  return `The runner-up, ${quoted(run)}, costs ${more < 2 ? `${share(more)} more` : `${significant(more + 1)} times as much`}${ofThat}.${close}`;
}

function partsText(run: ComparedRun): string | null {
  const waste = metric(run, "waste_cost");
  const violation = metric(run, "violation_cost");
  if (waste === null || violation === null) return null;
  const { currency } = run.prices;
  return `${money(waste, currency)} in wasted capacity and ${money(violation, currency)} in violations`;
}

function startSentence(leader: ComparedRun, rivals: readonly ComparedRun[]): string | null {
  const startsOf = (run: ComparedRun): readonly [string, string] | null => {
    const cold = metric(run, "cold_fraction");
    const p99 = metric(run, "start_latency_ms_p99");
    return cold === null || p99 === null ? null : [share(cold), duration(p99)];
  };
  const own = startsOf(leader);
  if (own === null) return null;
  const others = rivals.flatMap((run) => {
    const theirs = startsOf(run);
    return theirs === null ? [] : [`${theirs[0]} and ${theirs[1]} for ${quoted(run)}`];
  });
  const against = others.length === 0 ? "" : `, against ${others.join(", ")}`;
  return `Cold starts are ${own[0]} of requests under ${quoted(leader)} and its p99 start latency is ${own[1]}${against}.`;
}

function gapSentence(leader: ComparedRun, runs: readonly ComparedRun[]): string | null {
  const reactive = runs.find((run) => run.policy.name === "reactive");
  const clairvoyant = runs.find((run) => run.policy.name === "clairvoyant");
  if (reactive === undefined || clairvoyant === undefined || leader === reactive) return null;
  const gap = metric(leader, "gap_closed");
  if (gap === null) return `Gap closed is not defined here: ${quoted(clairvoyant)} does not cost less than ${quoted(reactive)}.`;
  if (gap > 1) {
    return `${quoted(leader)} even costs less than ${quoted(clairvoyant)} (${costText(clairvoyant)}), which knows the demand but does not minimise this cost: gap closed is ${share(gap)}.`;
  }
  return `${quoted(leader)} closes ${share(gap)} of the gap between ${quoted(reactive)} (${costText(reactive)}) and ${quoted(clairvoyant)} (${costText(clairvoyant)}).`;
}

/**
 * How far the price of violations would have to move before another policy costs least: W + kV is a line in k for each policy,
 * and the answer is where the leader's line meets the next one, above and below k = 1.
 */
function priceSentence(leader: ComparedRun, ranked: readonly ComparedRun[]): string | null {
  const [waste, violation] = [metric(leader, "waste_cost"), metric(leader, "violation_cost")];
  if (waste === null || violation === null || ranked.length === 1) return null;
  const crossings = ranked.flatMap((run) => {
    const [otherWaste, otherViolation] = [metric(run, "waste_cost"), metric(run, "violation_cost")];
    if (otherWaste === null || otherViolation === null || otherViolation === violation) return [];
    return [{ run, factor: (otherWaste - waste) / (violation - otherViolation) }];
  });
  const above = crossings.filter(({ factor }) => factor > 1).sort((a, b) => a.factor - b.factor)[0];
  const below = crossings.filter(({ factor }) => factor > 0 && factor < 1).sort((a, b) => b.factor - a.factor)[0];
  const more = above === undefined ? null : `more than ${significant(above.factor)} times as much`;
  const less = below === undefined ? null : `less than ${significant(below.factor)} times as much`;
  if (above !== undefined && below !== undefined) {
    return `${quoted(above.run)} would cost least if every violation cost ${more}, ${quoted(below.run)} if ${less}.`;
  }
  const only = above ?? below;
  if (only === undefined) return "No other price of violations alone would put another policy first.";
  return `${quoted(only.run)} would cost least if every violation cost ${more ?? less}.`;
}

/** Where the overall order hides a tier that fares better under another policy. */
function tierSentence(leader: ComparedRun, ranked: readonly ComparedRun[]): string | null {
  const exceptions = tiersOf(ranked).flatMap((tier) => {
    const costs = ranked.flatMap((run) => {
      const cost = metric(run, "cost", tier);
      return cost === null ? [] : [{ run, cost }];
    });
    const own = metric(leader, "cost", tier);
    const best = costs.sort((a, b) => a.cost - b.cost)[0];
    return own === null || best === undefined || best.cost >= own ? [] : [`${quoted(best.run)} costs less in tier “${tier}”`];
  });
  return exceptions.length === 0 ? null : `The order is not the same everywhere: ${exceptions.join(", ")}.`;
}

function writeCaveats(runs: readonly ComparedRun[], intervals: Intervals | null): string[] {
  const first = runs[0] as ComparedRun;
  const whatIfs = sharedWhatIfs(runs);
  const references = runs.filter((run) => run.reference);
  const rejected = Math.max(...runs.map((run) => metric(run, "rejected") ?? 0));
  const distinct = (property: (run: ComparedRun) => unknown) => new Set(runs.map(property)).size;
  const caveats = [
    intervals === null
      ? "This is one deterministic replay of one trace: no interval is shown, and another period or other users may give another order."
      : "This is one deterministic replay of one trace: the intervals say how far other users and other days like these could move the numbers, not what another kind of period would.",
    whatIfs.length > 0 && `This is a what-if, not what was observed: ${whatIfs.join(", ")}.`,
    first.trace.synthetic && "The workload is synthetic: it shows how the policies behave, not what a real platform would save.",
    first.trace.composite && "The trace is a composite of several sources: no single platform produced it.",
    references.length > 0 &&
      `${listed(references)} ${references.length === 1 ? "knows" : "know"} the demand in advance: a reference, not a bound, and not ranked.`,
    first.cluster.nodes === null && "Capacity is unlimited: no request waits for a node, and free capacity has no cost.",
    rejected > 0 &&
      `${counted(rejected, "request is", "requests are")} rejected: no node could ever hold the app, or the user may not run it. That costs violations, and no capacity.`,
    distinct((run) => run.seed) > 1 && "The runs have different seeds: part of the difference between them is chance.",
    distinct((run) => run.codeRevision) > 1 && "The runs come from different revisions of the code.",
  ];
  return caveats.filter((text) => text !== false);
}

function costOf(run: ComparedRun): number {
  return metric(run, "cost") as number;
}

function costText(run: ComparedRun): string {
  return money(costOf(run), run.prices.currency);
}

function quoted(run: ComparedRun): string {
  return `“${run.label}”`;
}

function listed(runs: readonly ComparedRun[]): string {
  const names = runs.map(quoted);
  return names.length === 1 ? (names[0] as string) : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
