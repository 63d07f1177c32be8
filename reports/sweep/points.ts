import type { Interval } from "../../models/backtest/resampling.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import { metric } from "../compared-run.ts";
import { isReference } from "../comparison.ts";
import type { RunCells } from "../statistics/cells.ts";
import { type IntervalMethod, intervalsOfRun, type MetricIntervals } from "../statistics/intervals.ts";
import { meanInterval } from "../statistics/student.ts";

/** A policy of a sweep with the runs of all its seeds. */
export interface SweepPoint {
  readonly policyText: string;
  /** Its name without parameters. */
  readonly family: string;
  /** Knows the trace's future: shown, never on the frontier, dominating nothing. */
  readonly reference: boolean;
  readonly runs: readonly { readonly seed: number; readonly id: string; readonly journalDigest: string }[];
  /** Means over the seeds; `null` where a seed has none. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Mean ± t · s ÷ √n over the seeds; `null` with one seed, or where the seeds changed nothing. */
  readonly seedIntervals: Readonly<Record<string, Interval>> | null;
  /** Bootstrap over users and time within the run of the first seed; `null` where its cells are not known. */
  readonly intervals: MetricIntervals | null;
  /** Another point that wastes no more, violates no more and does one of the two better; `null`: none, or a reference. */
  readonly dominatedBy: string | null;
}

export interface Sweep {
  /** By waste cost, ascending; points without one last. */
  readonly points: readonly SweepPoint[];
  /** Whether any policy's runs differ between seeds. */
  readonly seedsMatter: boolean;
  /** `null` where no point has intervals. */
  readonly method: IntervalMethod | null;
}

export interface SweepRun {
  readonly record: RunRecord;
  /** What its intervals are made from; asked for one run at a time, because it may be large. */
  readonly readCells: () => Promise<RunCells | null>;
}

/** Gathers the runs by policy, over their seeds, and finds which points no other one dominates. */
export async function sweepOf(runs: readonly SweepRun[]): Promise<Sweep> {
  const texts = [...new Set(runs.map(({ record }) => record.policyText))];
  const points: SweepPoint[] = [];
  let method: IntervalMethod | null = null;
  for (const text of texts) {
    const own = runs.filter(({ record }) => record.policyText === text);
    const { record, readCells } = own[0]!;
    const cells = await readCells();
    const bootstrap = cells === null ? null : intervalsOfRun(record, cells);
    method ??= bootstrap?.method ?? null;
    const records = own.map((run) => run.record);
    points.push({
      policyText: record.policyText,
      family: record.policyText.split(":")[0]!,
      reference: isReference(record),
      runs: records.map(({ seed, id, journal }) => ({ seed, id, journalDigest: journal.digest })),
      metrics: meansOf(records),
      seedIntervals: isSame(records) ? null : seedIntervalsOf(records),
      intervals: bootstrap?.overall ?? null,
      dominatedBy: null,
    });
  }
  const ordered = points
    .map((point) => ({ ...point, dominatedBy: dominatorOf(point, points) }))
    .sort((a, b) => orderOf(a) - orderOf(b) || (a.policyText < b.policyText ? -1 : 1));
  return { points: ordered, seedsMatter: points.some(({ seedIntervals }) => seedIntervals !== null), method };
}

/** One seed, or seeds that all made the same journal from the same trace. */
function isSame(records: readonly RunRecord[]): boolean {
  return new Set(records.map(({ journal, trace }) => `${journal.digest} ${trace.digest}`)).size === 1;
}

function valuesOf(records: readonly RunRecord[], name: string): number[] | null {
  const values = records.map((record) => metric(record, name));
  return values.every((value) => value !== null) ? values : null;
}

function meansOf(records: readonly RunRecord[]): Record<string, number | null> {
  const names = Object.keys(records[0]!.metrics.overall);
  return Object.fromEntries(
    names.map((name) => {
      const values = valuesOf(records, name);
      return [name, values === null ? null : isSame(records) ? values[0]! : meanInterval(values).mean];
    }),
  );
}

function seedIntervalsOf(records: readonly RunRecord[]): Record<string, Interval> {
  const names = Object.keys(records[0]!.metrics.overall);
  return Object.fromEntries(
    names.flatMap((name): [string, Interval][] => {
      const values = valuesOf(records, name);
      const interval = values === null ? null : meanInterval(values).interval;
      return interval === null ? [] : [[name, interval]];
    }),
  );
}

function orderOf({ metrics }: SweepPoint): number {
  return metrics["waste_cost"] ?? Number.MAX_VALUE;
}

function dominatorOf(point: SweepPoint, points: readonly SweepPoint[]): string | null {
  const [waste, violations] = [point.metrics["waste_cost"] ?? null, point.metrics["violation_cost"] ?? null];
  if (point.reference || waste === null || violations === null) return null;
  const better = points.find(({ reference, metrics }) => {
    const [otherWaste, otherViolations] = [metrics["waste_cost"] ?? null, metrics["violation_cost"] ?? null];
    if (reference || otherWaste === null || otherViolations === null) return false;
    return otherWaste <= waste && otherViolations <= violations && (otherWaste < waste || otherViolations < violations);
  });
  return better?.policyText ?? null;
}

/** Whether it has a place on the plane and nothing dominates it. */
export function isOnFrontier({ reference, metrics, dominatedBy }: SweepPoint): boolean {
  return (
    !reference && dominatedBy === null && (metrics["waste_cost"] ?? null) !== null && (metrics["violation_cost"] ?? null) !== null
  );
}
