import type { AutopilotSpec, CraneDspSpec, CraneSpec, HybridHistogramSpec, ReserveSpec, SizeSpec } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_EVERY_MS = 300_000;

type Classical = "moving-quantile" | "seasonal-naive" | "static-peak" | "autopilot" | "vpa" | "crane" | "crane-dsp";
export const CLASSICAL_RESERVES: readonly Classical[] = [
  "moving-quantile",
  "seasonal-naive",
  "static-peak",
  "autopilot",
  "vpa",
  "crane",
  "crane-dsp",
];

const KEYS: Readonly<Record<Classical, readonly string[]>> = {
  "moving-quantile": ["window", "level", "margin"],
  "seasonal-naive": ["season", "margin"],
  "static-peak": ["margin", "until"],
  autopilot: ["cpu", "memory", "margin", "cpuHalfLife", "memoryHalfLife", "peak", "hold"],
  vpa: [],
  crane: ["level", "margin", "utilization", "history", "decay"],
  "crane-dsp": ["step", "history", "refit", "seed"],
};

/**
 * The published and customary rules of the slot `reserve`. `null`: it is none of these.
 *
 *     reserve: { strategy: moving-quantile, window: 24h, level: 0.95, margin: 1 }
 *     reserve: { strategy: seasonal-naive, season: 168h, margin: 1.2 }
 *     reserve: { strategy: static-peak, margin: 1 }      # until: evaluation, or a trace time in ms
 *     reserve: { strategy: autopilot, cpu: p95, memory: p98, margin: 0.15 }
 *     reserve: { strategy: vpa }
 *     reserve: { strategy: crane, level: 0.99, margin: 0.15, utilization: 1, history: 168h, decay: configured }    # or none
 *     reserve: { strategy: crane-dsp, step: 5m, history: 15d, refit: 12h, seed: 1 }
 */
export function readClassicalReserve(value: unknown, controlEveryMs: number | null, issues: PolicyIssue[]): ReserveSpec | null {
  const named = typeof value === "object" && value !== null ? (value as { strategy?: unknown }).strategy : undefined;
  const strategy = CLASSICAL_RESERVES.find((one) => one === named);
  if (strategy === undefined) return null;
  const slot = new Section(value, "reserve", ["strategy", ...KEYS[strategy]], issues);
  const everyMs = controlEveryMs ?? DEFAULT_EVERY_MS;
  switch (strategy) {
    case "moving-quantile":
      return {
        strategy,
        everyMs,
        intervals: wholeIntervals(slot, "window", DAY_MS, everyMs),
        levelPpm: slot.ppm("level", 0.95, 0, 1),
        factorPpm: slot.ppm("margin", 1, 0, 1_000),
      };
    case "seasonal-naive":
      return {
        strategy,
        everyMs,
        intervals: wholeIntervals(slot, "season", DAY_MS, everyMs),
        factorPpm: slot.ppm("margin", 1.2, 0, 1_000),
      };
    case "static-peak":
      return { strategy, untilMs: readUntil(slot), factorPpm: slot.ppm("margin", 1, 0, 1_000) };
    case "autopilot":
      return readAutopilot(slot, everyMs);
    case "vpa":
      return { strategy };
    case "crane":
      return readCrane(slot);
    case "crane-dsp":
      return readCraneDsp(slot);
  }
}

function readCraneDsp(slot: Section): CraneDspSpec {
  const stepMs = slot.duration("step", 300_000, 60_000);
  if (HOUR_MS % stepMs !== 0) slot.note("step", "a duration of which an hour is a multiple");
  return {
    strategy: "crane-dsp",
    stepMs,
    historyMs: slot.duration("history", 15 * DAY_MS, 2 * DAY_MS),
    refitMs: slot.duration("refit", 12 * HOUR_MS, 1),
    seed: slot.whole("seed", 1, 0, Number.MAX_SAFE_INTEGER),
  };
}

function readCrane(slot: Section): CraneSpec {
  return {
    strategy: "crane",
    levelPpm: slot.ppm("level", 0.99, 0, 1),
    marginPpm: slot.ppm("margin", 0.15, 0, 1_000),
    utilizationPpm: slot.ppm("utilization", 1, 0.01, 1),
    historyMs: slot.duration("history", 7 * DAY_MS, HOUR_MS),
    decays: slot.choice("decay", ["configured", "none"], "configured") === "configured",
  };
}

function readAutopilot(slot: Section, everyMs: number): AutopilotSpec {
  return {
    strategy: "autopilot",
    cpu: slot.choice("cpu", ["mean", "p90", "p95"], "p95"),
    memory: slot.choice("memory", ["p98", "max", "half-max"], "p98"),
    marginPpm: slot.ppm("margin", 0.15, 0, 1_000),
    cpuHalfLifeMs: slot.duration("cpuHalfLife", 12 * HOUR_MS, 60_000),
    memoryHalfLifeMs: slot.duration("memoryHalfLife", 48 * HOUR_MS, 60_000),
    peakHours: Math.ceil(slot.duration("peak", 7 * DAY_MS, HOUR_MS) / HOUR_MS),
    holdIntervals: Math.max(1, Math.ceil(slot.duration("hold", HOUR_MS, 1) / everyMs)),
  };
}

/**
 * The slot `size`. `null`: it is not filled.
 *
 *     size: { strategy: vpa }
 *     size: { strategy: autopilot, cpu: p95, memory: p98, margin: 0.15 }
 *     size: { strategy: crane, level: 0.99, margin: 0.15, utilization: 1, history: 168h, decay: configured }
 */
export function readSize(value: unknown, controlEveryMs: number | null, issues: PolicyIssue[]): SizeSpec | null {
  if (value === undefined) return null;
  const slot = new Section(value, "size", ["strategy", ...new Set([...KEYS.autopilot, ...KEYS.crane])], issues);
  const strategy = slot.choice("strategy", ["none", "vpa", "autopilot", "crane"], "none");
  if (strategy !== "none" && controlEveryMs === null) {
    issues.push({ path: "controlEvery", expected: "a duration, because the size slot acts on ticks", found: "nothing" });
  }
  slot.only(strategy === "none" ? [] : KEYS[strategy], strategy);
  if (strategy === "autopilot") return readAutopilot(slot, controlEveryMs ?? DEFAULT_EVERY_MS);
  if (strategy === "crane") return readCrane(slot);
  return strategy === "none" ? null : { strategy };
}

/** A ring of more intervals than this would be a mistake, and much memory. */
const MOST_INTERVALS = 100_000;

export function wholeIntervals(slot: Section, key: string, fallbackMs: number, everyMs: number): number {
  const ms = slot.duration(key, fallbackMs, 1);
  const intervals = ms / everyMs;
  if (Number.isInteger(intervals) && intervals >= 1 && intervals <= MOST_INTERVALS) return intervals;
  slot.note(key, `a multiple of controlEvery (${everyMs} ms), at most ${MOST_INTERVALS} times as long`);
  return 1;
}

/** `evaluation`, the default, is known to whoever runs the policy. */
function readUntil(slot: Section): number | null {
  const until = slot.value("until") ?? "evaluation";
  if (until === "evaluation") return null;
  if (typeof until === "number" && Number.isSafeInteger(until) && until >= 0) return until;
  slot.note("until", "evaluation, or a trace time in ms");
  return null;
}

const HISTOGRAM_KEYS = ["bin", "range", "head", "tail", "margin", "variation", "minimum", "outOfBounds"];

/**
 * The slot `warm` by a histogram of idle times. `null`: it is something else.
 *
 *     warm: { strategy: hybrid-histogram, bin: 1m, range: 240m, head: 0.05, tail: 0.99, margin: 0.1, variation: 2,
 *             minimum: 10, outOfBounds: 0.5 }
 */
export function readHybridHistogram(value: unknown, issues: PolicyIssue[]): HybridHistogramSpec | null {
  const named = typeof value === "object" && value !== null ? (value as { strategy?: unknown }).strategy : undefined;
  if (named !== "hybrid-histogram") return null;
  const slot = new Section(value, "warm", ["strategy", ...HISTOGRAM_KEYS], issues);
  const binMs = slot.duration("bin", 60_000, 1);
  const rangeMs = slot.duration("range", 240 * 60_000, 1);
  const bins = rangeMs / binMs;
  const isWhole = Number.isInteger(bins) && bins <= MOST_INTERVALS;
  if (!isWhole) slot.note("range", `a multiple of bin (${binMs} ms), at most ${MOST_INTERVALS} times as long`);
  return {
    strategy: "hybrid-histogram",
    binMs,
    bins: isWhole ? bins : 1,
    headPpm: slot.ppm("head", 0.05, 0, 1),
    tailPpm: slot.ppm("tail", 0.99, 0, 1),
    marginPpm: slot.ppm("margin", 0.1, 0, 1),
    variationPpm: slot.ppm("variation", 2, 0, 1_000),
    minimumCount: slot.ppm("minimum", 10, 1, 1_000_000) / 1_000_000,
    outOfBoundsPpm: slot.ppm("outOfBounds", 0.5, 0, 1),
  };
}
