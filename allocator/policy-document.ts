import type { AdmitSpec, Feed, PlaceSpec, Policy, ReserveSpec, WarmSpec } from "./core/policy.ts";
import { PolicyError, type PolicyIssue } from "./policy-issue.ts";

/**
 * Reads a policy document: data as YAML or JSON gives it, with durations ("10m", "0s") and factors ("1.2") as people write them.
 * It collects every issue before it refuses.
 *
 *     name: evening
 *     controlEvery: 1m
 *     reserve: { strategy: last-value, margin: 1.2 }
 *     warm: { strategy: ttl, ttl: 10m }
 *
 * @throws PolicyError with path-prefixed issues.
 */
export function policyFromDocument(document: unknown): Policy {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", ["name", "controlEvery", "feed", "reserve", "warm", "place", "admit"], issues);
  const policy: Policy = {
    name: root.text("name", "custom"),
    controlEveryMs: root.optionalDuration("controlEvery", 1),
    feed: readFeed(root.value("feed"), issues),
    reserve: readReserve(root.value("reserve"), issues),
    warm: readWarm(root.value("warm"), issues),
    place: readOnly<PlaceSpec["strategy"]>(root.value("place"), "place", "first-fit", issues),
    admit: readOnly<AdmitSpec["strategy"]>(root.value("admit"), "admit", "priority", issues),
  };
  if (policy.reserve.strategy !== "none" && policy.controlEveryMs === null) {
    issues.push({ path: "controlEvery", expected: "a duration, because the reserve slot acts on ticks", found: "nothing" });
  }
  for (const [slot, target] of [["reserve", "demand"] as const, ["warm", "concurrency"] as const]) {
    if (policy[slot].strategy !== "forecast" || policy.feed?.targets.includes(target) === true) continue;
    issues.push({
      path: "feed.targets",
      expected: `a feed with target "${target}", which the ${slot} slot needs`,
      found: "none",
    });
  }
  if (issues.length > 0) throw new PolicyError(issues);
  return policy;
}

function readFeed(value: unknown, issues: PolicyIssue[]): Feed | null {
  if (value === undefined || value === null) return null;
  const feed = new Section(value, "feed", ["model", "every", "step", "horizon", "targets"], issues);
  const targets = feed.value("targets") ?? ["concurrency"];
  const known = Array.isArray(targets) && targets.every((target) => target === "demand" || target === "concurrency");
  if (!known) issues.push({ path: "feed.targets", expected: 'a list of "demand" and "concurrency"', found: show(targets) });
  return {
    model: feed.choice("model", ["clairvoyant"], "clairvoyant"),
    everyMs: feed.duration("every", 600_000, 1_000),
    stepMs: feed.duration("step", 1_000, 1),
    horizonMs: feed.optionalDuration("horizon", 1),
    targets: known ? (targets as Feed["targets"]) : [],
  };
}

const RESERVE_KEYS = { none: [], "last-value": ["margin"], forecast: ["margin", "level", "lead"] } as const;

function readReserve(value: unknown, issues: PolicyIssue[]): ReserveSpec {
  if (value === undefined) return { strategy: "none" };
  const slot = new Section(value, "reserve", ["strategy", "margin", "level", "lead"], issues);
  const strategy = slot.choice("strategy", ["none", "last-value", "forecast"], "none");
  slot.only(RESERVE_KEYS[strategy], strategy);
  if (strategy === "none") return { strategy };
  const factorPpm = slot.ppm("margin", strategy === "forecast" ? 1 : 1.2, 0, 1_000);
  if (strategy === "last-value") return { strategy, factorPpm };
  return { strategy, factorPpm, levelPpm: slot.ppm("level", 0.95, 0, 1), leadMs: slot.duration("lead", 60_000, 1) };
}

const WARM_KEYS = { none: [], ttl: ["ttl"], forecast: ["level"] } as const;

function readWarm(value: unknown, issues: PolicyIssue[]): WarmSpec {
  if (value === undefined) return { strategy: "none" };
  const slot = new Section(value, "warm", ["strategy", "ttl", "level"], issues);
  const strategy = slot.choice("strategy", ["none", "ttl", "forecast"], "none");
  slot.only(WARM_KEYS[strategy], strategy);
  if (strategy === "none") return { strategy };
  if (strategy === "ttl") return { strategy, ttlMs: slot.duration("ttl", 600_000, 0) };
  return { strategy, levelPpm: slot.ppm("level", 0.95, 0, 1) };
}

function readOnly<S extends string>(value: unknown, path: string, only: S, issues: PolicyIssue[]): { strategy: S } {
  if (value === undefined) return { strategy: only };
  return { strategy: new Section(value, path, ["strategy"], issues).choice("strategy", [only], only) };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "10m" → 600,000; `null` when it is no duration. Units: ms, s, m, h, d. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d+)(?:\.(\d{1,9}))?(ms|s|m|h|d)$/.exec(text);
  if (match === null) return null;
  const [, whole = "", decimals = "", unit = ""] = match;
  // In integers: 2.01 × 1000 is not 2010 in floating point.
  const scale = 10n ** BigInt(decimals.length);
  const scaledMs = BigInt(whole + decimals) * BigInt(UNIT_MS[unit] as number);
  const ms = Number(scaledMs / scale);
  return scaledMs % scale === 0n && Number.isSafeInteger(ms) ? ms : null;
}

/** A mapping in the document: knows its keys, and notes whatever is wrong with a value. */
class Section {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #keys: readonly string[];
  readonly #issues: PolicyIssue[];

  constructor(value: unknown, path: string, keys: readonly string[], issues: PolicyIssue[]) {
    this.#path = path;
    this.#keys = keys;
    this.#issues = issues;
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    this.#values = isMapping ? (value as Record<string, unknown>) : {};
    if (!isMapping) this.#note("", `a mapping with ${keys.join(", ")}`, value);
    for (const key of Object.keys(this.#values)) {
      if (!keys.includes(key)) issues.push({ path: this.#at(key), expected: `one of ${keys.join(", ")}`, found: `"${key}"` });
    }
  }

  value(key: string): unknown {
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }

  /** Notes what is given but means nothing to the chosen strategy: it would be passed over in silence. */
  only(keys: readonly string[], strategy: string): void {
    for (const key of Object.keys(this.#values)) {
      if (key === "strategy" || keys.includes(key) || !this.#keys.includes(key)) continue;
      const known = keys.length === 0 ? "nothing else" : keys.join(", ");
      this.#issues.push({ path: this.#at(key), expected: `${known} with strategy "${strategy}"`, found: `"${key}"` });
    }
  }

  text(key: string, fallback: string): string {
    const value = this.value(key) ?? fallback;
    if (typeof value === "string" && value !== "") return value;
    this.#note(key, "a name", value);
    return fallback;
  }

  choice<C extends string>(key: string, choices: readonly C[], fallback: C): C {
    const value = this.value(key) ?? fallback;
    if (choices.includes(value as C)) return value as C;
    this.#note(key, `one of ${choices.join(", ")}`, value);
    return fallback;
  }

  duration(key: string, fallbackMs: number, leastMs: number): number {
    const value = this.value(key);
    if (value === undefined) return fallbackMs;
    const ms = typeof value === "string" ? parseDurationMs(value) : null;
    if (ms !== null && ms >= leastMs) return ms;
    this.#note(key, `a duration of at least ${leastMs} ms, such as 90s, 10m or 1h`, value);
    return fallbackMs;
  }

  optionalDuration(key: string, leastMs: number): number | null {
    return this.value(key) === undefined || this.value(key) === null ? null : this.duration(key, leastMs, leastMs);
  }

  /** A factor or level, in parts per million. */
  ppm(key: string, fallback: number, least: number, most: number): number {
    const value = this.value(key) ?? fallback;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && number >= least && number <= most) return Math.round(number * 1_000_000);
    this.#note(key, `a number from ${least} to ${most}`, value);
    return Math.round(fallback * 1_000_000);
  }

  #note(key: string, expected: string, found: unknown): void {
    this.#issues.push({ path: this.#at(key), expected, found: show(found) });
  }

  #at(key: string): string {
    return [this.#path, key].filter((part) => part !== "").join(".") || "(document)";
  }
}

function show(value: unknown): string {
  if (typeof value === "number") return `${value}`;
  return value === undefined ? "nothing" : JSON.stringify(value);
}
