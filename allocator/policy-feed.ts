import type { Feed, FittedFeed } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section, show } from "./policy-section.ts";

const CLAIRVOYANT = "clairvoyant";
const KEYS = ["model", "every", "step", "horizon", "targets"];
const FITTED_KEYS = ["latency", "levels", "seed", "adapt", "adaptMost"];
const FITTED_STEP_MS = 300_000;

/**
 * Which forecasts a policy asks for. `model` is `clairvoyant`, a kind of model (`prae backtest --help` lists them), which is then fitted to
 * what came before the evaluation, or the id of a trained one.
 *
 *     feed: { model: clairvoyant, every: 10m, step: 1s, horizon: 1h, targets: [concurrency] }
 *     feed: { model: transformer, every: 5m, step: 5m, targets: [demand], latency: 1s, levels: [0.5, 0.95], seed: 1 }
 *     feed: { model: idle-hazard, every: 1m, step: 1m, targets: [arrival] }
 */
export function readFeed(value: unknown, issues: PolicyIssue[]): Feed | null {
  if (value === undefined || value === null) return null;
  const feed = new Section(value, "feed", [...KEYS, ...FITTED_KEYS], issues);
  const model = feed.text("model", CLAIRVOYANT);
  const targets = feed.value("targets") ?? ["concurrency"];
  const isFitted = model !== CLAIRVOYANT;
  const among = ["demand", "concurrency", ...(isFitted ? ["arrival"] : [])];
  const known = Array.isArray(targets) && targets.every((target) => among.includes(target as string));
  if (!known) {
    const names = among.map((target) => `"${target}"`).join(" and ");
    issues.push({ path: "feed.targets", expected: `a list of ${names}`, found: show(targets) });
  }
  const stepMs = feed.duration("step", isFitted ? FITTED_STEP_MS : 1_000, 1);
  const common = {
    model,
    everyMs: feed.duration("every", isFitted ? stepMs : 600_000, 1_000),
    stepMs,
    horizonMs: feed.optionalDuration("horizon", 1),
    targets: known ? (targets as Feed["targets"]) : [],
  };
  if (!isFitted) {
    for (const key of FITTED_KEYS) {
      if (feed.value(key) !== undefined) feed.note(key, `nothing of the kind with model "${CLAIRVOYANT}"`);
    }
    return common;
  }
  if (!/^[a-z0-9][a-z0-9-]*$/.test(model)) feed.note("model", "a kind of model, or the id of a trained one");
  if (common.everyMs % stepMs !== 0) feed.note("every", `a multiple of step (${stepMs} ms)`);
  return { ...common, fitted: readFitted(feed) };
}

function readFitted(feed: Section): FittedFeed {
  const seed = Number(feed.value("seed") ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) feed.note("seed", "a whole number of at least 0");
  const adapt = Number(feed.value("adapt") ?? 0);
  if (!(adapt >= 0 && adapt <= 1)) feed.note("adapt", "a number from 0 (not at all) to 1");
  const common = { latencyMs: feed.duration("latency", 1_000, 0), levelsPpm: readLevels(feed), seed };
  const most = feed.value("adaptMost");
  if (most !== undefined && !(adapt > 0)) feed.note("adaptMost", "nothing without adapt");
  else if (most !== undefined && !(typeof most === "number" && most > 0 && most <= 100))
    feed.note("adaptMost", "a number above 0, up to 100");
  if (adapt === 0) return common;
  const adapted = { ...common, adaptPpm: Math.round(adapt * 1_000_000) };
  return most === undefined ? adapted : { ...adapted, adaptMostPpm: Math.round(Number(most) * 1_000_000) };
}

/** `null`: as the slots ask. */
function readLevels(feed: Section): number[] | null {
  const levels = feed.value("levels");
  if (levels === undefined || levels === null) return null;
  const isList = Array.isArray(levels) && levels.length > 0;
  if (isList && levels.every((level) => typeof level === "number" && level > 0 && level < 1)) {
    return [...new Set(levels.map((level: number) => Math.round(level * 1_000_000)))].sort((a, b) => a - b);
  }
  feed.note("levels", "a list of numbers between 0 and 1");
  return null;
}
