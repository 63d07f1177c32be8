import type { PolicyIssue } from "./policy-issue.ts";

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

/** A mapping in a policy document: knows its keys, and notes whatever is wrong with a value. */
export class Section {
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

  /** A whole number. */
  whole(key: string, fallback: number, least: number, most: number): number {
    const value = this.value(key) ?? fallback;
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
    this.note(key, `a whole number from ${least} to ${most}`);
    return fallback;
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

  note(key: string, expected: string): void {
    this.#note(key, expected, this.value(key));
  }

  #note(key: string, expected: string, found: unknown): void {
    this.#issues.push({ path: this.#at(key), expected, found: show(found) });
  }

  #at(key: string): string {
    return [this.#path, key].filter((part) => part !== "").join(".") || "(document)";
  }
}

export function show(value: unknown): string {
  if (typeof value === "number") return `${value}`;
  return value === undefined ? "nothing" : JSON.stringify(value);
}
