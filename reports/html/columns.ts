import type { Interval } from "../../models/backtest/resampling.ts";
import { type ComparedRun, metric } from "../compared-run.ts";
import type { Intervals } from "../statistics/intervals.ts";

/** A column of the scoreboard. */
export interface Column {
  readonly group: string;
  readonly title: string;
  /** What the numbers count, as printed under the title; "" where the title says it. */
  readonly unit: string;
  /** Which end is good; `null` where neither is. */
  readonly better: "lower" | "higher" | null;
  /** In the column's unit; `null` where it does not apply. */
  readonly value: (run: ComparedRun, tier: string | null) => number | null;
  /** Its 95 % interval, in the column's unit; `null` where it has none. */
  readonly interval: (run: ComparedRun, tier: string | null) => Interval | null;
}

/** Latencies of a minute and more read better in seconds. */
const LONG_MS = 60_000;

/** Every column that the scoreboard may have, in order; one that applies to no run is left out where the table is made. */
export function scoreboardColumns(runs: readonly ComparedRun[], intervals: Intervals | null = null): Column[] {
  const { currency } = runs[0]?.prices ?? { currency: "" };
  const isLong = runs.some((run) => (metric(run, "start_latency_ms_max") ?? 0) >= LONG_MS);
  const time = isLong ? { unit: "s", per: 1000 } : { unit: "ms", per: 1 };

  const column = (group: string, title: string, unit: string, better: Column["better"], name: string, per = 1): Column => ({
    group,
    title,
    unit,
    better,
    value: (run, tier) => {
      const value = metric(run, name, tier);
      return value === null ? null : value / per;
    },
    interval: (run, tier) => {
      const own = intervals?.runs[runs.indexOf(run)];
      const ends = (tier === null ? own?.overall : own?.byTier[tier])?.[name];
      return ends === undefined ? null : [ends[0] / per, ends[1] / per];
    },
  });
  const latency = (title: string, name: string) =>
    column("Start latency", title, time.unit, "lower", `start_latency_ms_${name}`, time.per);
  const starts = (title: string, name: string) => column("Starts by path", title, "", null, `${name}_starts`);
  const wasted = (title: string, unit: string, name: string) =>
    column("Wasted capacity", title, unit, "lower", `wasted_${name}_hours`);
  const instances = (title: string, name: string) => column("Instance hours", title, "h", null, `${name}_instance_hours`);
  return [
    column("Cost", "total", currency, "lower", "cost"),
    column("Cost", "waste", currency, "lower", "waste_cost"),
    column("Cost", "violations", currency, "lower", "violation_cost"),
    column("Cost", "gap closed", "%", "higher", "gap_closed", 0.01),
    column("SLA violations", "count", "", "lower", "sla_violations"),
    column("SLA violations", "of requests", "%", "lower", "sla_violation_fraction", 0.01),
    latency("mean", "mean"),
    latency("p50", "p50"),
    latency("p95", "p95"),
    latency("p99", "p99"),
    latency("max", "max"),
    column("Queue wait", "mean", time.unit, "lower", "queue_wait_ms_mean", time.per),
    column("Queue wait", "p99", time.unit, "lower", "queue_wait_ms_p99", time.per),
    column("Requests", "arrived", "", null, "requests"),
    column("Requests", "unfinished", "", "lower", "unfinished"),
    column("Requests", "rejected", "", "lower", "rejected"),
    column("Requests", "preempted", "", "lower", "preemptions"),
    column("Starts by path", "cold", "%", "lower", "cold_fraction", 0.01),
    starts("cold", "cold"),
    starts("warm", "warm"),
    starts("shadow", "shadow"),
    starts("late", "late"),
    starts("resumed", "resumed"),
    wasted("CPU", "core h", "cpu_core"),
    wasted("memory", "GiB h", "memory_gib"),
    wasted("GPU", "GPU h", "gpu"),
    wasted("network", "Mbit/s h", "network_mbps"),
    instances("busy", "busy"),
    instances("idle", "idle"),
    instances("starting", "startup"),
    column("Nodes", "node time", "h", "lower", "node_hours"),
    column("Decisions", "a user-day, mean", "", "lower", "decisions_per_user_day_mean"),
    column("Decisions", "a user-day, p99", "", "lower", "decisions_per_user_day_p99"),
    ...["reserve", "release", "resize", "launch", "stop"].map((kind) => column("Decisions", kind, "", null, `${kind}_decisions`)),
  ];
}
