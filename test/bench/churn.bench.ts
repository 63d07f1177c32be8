import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { loadBitbrains } from "../../datasets/bitbrains/bitbrains.ts";
import type { Trace } from "../../datasets/trace.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { realTraces } from "../support/skip.ts";
import { record } from "./record.ts";
import { ReservationChanges, type SteadyDay, steadyDays } from "./steady-days.ts";

/** Bitbrains, 150 VMs in August 2013; counted on the last 16 days. */
const ARCHIVE = "bitbrains-rnd/rnd-2013-8-vms-1-150.tar.xz";
const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
const FROM_MS = 14 * DAY_MS;

const REACTIVE = { strategy: "last-value", margin: 1.2 };
const LARGEST = { strategy: "moving-quantile", window: "24h", level: 1, margin: 1.1 };
/** The policy whose figures are recorded comes first; the others are printed beside it. */
const POLICIES: readonly { readonly name: string; readonly reserve: object; readonly guard: object }[] = [
  { name: "largest of 24h × 1.1, hold 24h, grid 0.5", reserve: LARGEST, guard: { hold: "24h", grid: 0.5 } },
  { name: "last value × 1.2", reserve: REACTIVE, guard: {} },
  { name: "last value × 1.2, hold 24h, hysteresis 0.2", reserve: REACTIVE, guard: { hold: "24h", hysteresis: 0.2 } },
  { name: "last value × 1.2, hold 24h, grid 0.5", reserve: REACTIVE, guard: { hold: "24h", grid: 0.5 } },
  { name: "last value × 1.2, hold 12h, grid 1", reserve: REACTIVE, guard: { hold: "12h", grid: 1 } },
  { name: "last value × 1.2, hold 24h, grid 1", reserve: REACTIVE, guard: { hold: "24h", grid: 1 } },
  { name: "last value × 1.2, hold 3d, grid 0.5", reserve: REACTIVE, guard: { hold: "3d", grid: 0.5 } },
];

const traces = realTraces();
const archive = traces === null ? null : join(traces, ARCHIVE);
if (archive === null || !existsSync(archive)) {
  process.stdout.write(`SKIP churn.bench: ${ARCHIVE} is not here; set PRAE_TEST_TRACES\n`);
} else {
  await measure(archive);
}

async function measure(from: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
  try {
    execFileSync("tar", ["xf", from, "-C", folder, "--one-top-level=rnd"]);
    const trace = await loadBitbrains(join(folder, "rnd/2013-8"));
    const fromMs = trace.manifest.window.startMs + FROM_MS;
    const panel = panelFromTrace(trace, { target: "demand", stepMs: STEP_MS });
    const days = Math.floor((trace.manifest.window.endMs - fromMs) / DAY_MS);
    const steady = {
      users: steadyDays(panel, fromMs, STEP_MS, "user"),
      resources: steadyDays(panel, fromMs, STEP_MS, "resource"),
      byDay: steadyDays(panel, fromMs, DAY_MS, "resource"),
    };
    print(
      `steady: ${steady.users.length} user-days, ${steady.resources.length} days of a resource; by daily maxima ${steady.byDay.length}`,
    );
    print(
      "| | unchanged: user-days | days of a resource | by daily maxima | changes mean | p50 | p99 | shortage % | wasted core hours | cost |",
    );
    let first: Figures | null = null;
    for (const { name, reserve, guard } of POLICIES) {
      const figures = await figuresOf(trace, { controlEvery: "5m", reserve, guard }, fromMs, days, steady);
      first ??= figures;
      print(`| ${name} | ${figures.words} |`);
    }
    const { unchanged, atMostSeven } = first!;
    const name = `Bitbrains, ${POLICIES[0]!.name}`;
    await record([
      {
        name: `${name}: days of a resource, after a week of steady daily maxima, without a change`,
        unit: "share",
        floor: 0.7,
        once: true,
        run: () => unchanged,
      },
      { name: `${name}: user-days with at most 7 changes`, unit: "share", floor: 0.99, once: true, run: () => atMostSeven },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Figures {
  readonly unchanged: number;
  readonly atMostSeven: number;
  readonly words: string;
}

async function figuresOf(
  trace: Trace,
  document: object,
  fromMs: number,
  days: number,
  steady: Readonly<Record<"users" | "resources" | "byDay", readonly SteadyDay[]>>,
): Promise<Figures> {
  const changes = new ReservationChanges(fromMs);
  const metrics = new RunMetricsObserver({ fromMs, toMs: trace.manifest.window.endMs, prices: DEFAULT_PRICES });
  await simulate({ trace, cluster: UNLIMITED, policy: policyFromDocument(document), observers: [changes, metrics] });
  const { overall } = metrics.finish();
  const counts = trace.users
    .flatMap((_, user) => Array.from({ length: days }, (__, day) => changes.on(user, day)))
    .sort((a, b) => a - b);
  const rank = (share: number) => counts[Math.max(0, Math.ceil(share * counts.length) - 1)]!;
  const unchanged = (of: readonly SteadyDay[]) =>
    of.filter(({ user, day, resource }) => changes.on(user, day, resource) === 0).length / of.length;
  const atMostSeven = counts.filter((count) => count <= 7).length / counts.length;
  const shares = [steady.users, steady.resources, steady.byDay].map((of) => unchanged(of).toFixed(3));
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const shortage = (100 * overall.shortage_time_fraction!).toFixed(2);
  const rest = [
    mean.toFixed(2),
    rank(0.5),
    rank(0.99),
    shortage,
    Math.round(overall.wasted_cpu_core_hours!),
    Math.round(overall.cost!),
  ];
  return { unchanged: unchanged(steady.byDay), atMostSeven, words: [...shares, ...rest].join(" | ") };
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
