import { parseDurationMs } from "../../../allocator/policy-document.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { ClusterSpec } from "../../cluster-spec.ts";
import { expectedChanges, type FaultSpec, faultChanges } from "../../faults.ts";
import type { WorldChange } from "../../world-change.ts";
import { FAULT_FORMS } from "./forms.ts";

/** How a run's record says that its world had faults, before what was written. */
const PREFIX = "faults ";
const MOST_CHANGES = 1_000_000;
const MOST_AN_HOUR = 1_000;
const DEFAULTS_MS = {
  "node-loss": 600_000,
  "spot-reclaim": 120_000,
  late: 5_000,
  duplicate: 5_000,
  "clock-jump": 60_000,
} as const;

/** `--faults` as written, and what it means; `null`: none. */
export interface ReadFaults {
  readonly text: string;
  readonly spec: FaultSpec;
}

/** The faults among the texts of a run's record, and the other texts. */
export function faultsOfRecord(texts: readonly string[]): readonly [faults: ReadFaults | null, others: readonly string[]] {
  const found = texts.find((text) => text.startsWith(PREFIX));
  return [found === undefined ? null : readFaults(found.slice(PREFIX.length)), texts.filter((text) => text !== found)];
}

/**
 * `seed=7,launch-failure=2%,node-loss=0.1/h+10m`: chances in percent, rates an hour (of each node; a jump's of the world), and after `+` how
 * long at most, or until a node is back; after `~` the notice.
 * @throws InputError with all that is wrong in it.
 */
export function readFaults(text: string | undefined): ReadFaults | null {
  if (text === undefined) return null;
  const issues: Issue[] = [];
  const note = (path: string, expected: string, found: string) =>
    issues.push({ where: "--faults", ...(path === "" ? {} : { path }), expected, found });
  const spec: Record<string, unknown> = { seed: 1 };
  const seen = new Set<string>();
  for (const part of text.split(",").map((one) => one.trim())) {
    const [, name = "", value = ""] = /^([\w-]+)=(.*)$/.exec(part) ?? [];
    const read = READERS[name];
    if (read === undefined) note("", FAULT_FORMS.join(", "), JSON.stringify(part));
    else if (seen.has(name)) note(part, "each fault once", `"${name}" twice`);
    else {
      seen.add(name);
      const found = read(value);
      if (typeof found === "string") note(part, found, JSON.stringify(value));
      else Object.assign(spec, found);
    }
  }
  if (seen.size > 0 && issues.length === 0 && [...seen].every((name) => name === "seed"))
    note("", "a fault beside the seed", text);
  if (issues.length > 0) throw new InputError(issues);
  return { text: `${PREFIX}${text}`, spec: spec as unknown as FaultSpec };
}

/** What of a fault enters the spec, or what was expected. */
type Reader = (value: string) => Partial<FaultSpec> | string;

const READERS: Readonly<Record<string, Reader>> = {
  seed: (value) => (/^\d{1,15}$/.test(value) ? { seed: Number(value) } : "a whole number"),
  "launch-failure": (value) => {
    const ppm = chance(value);
    return ppm === null ? A_CHANCE : { launchFailurePpm: ppm };
  },
  "stale-forecast": (value) => {
    const ppm = chance(value);
    return ppm === null ? A_CHANCE : { staleForecastPpm: ppm };
  },
  late: (value) => {
    const found = timed(value, "+", chance, DEFAULTS_MS.late);
    return found === null ? `${A_CHANCE}, and a duration after +: 1%+5s` : { late: { ppm: found[0], mostMs: found[1] } };
  },
  duplicate: (value) => {
    const found = timed(value, "+", chance, DEFAULTS_MS.duplicate);
    return found === null ? `${A_CHANCE}, and a duration after +: 1%+5s` : { duplicate: { ppm: found[0], mostMs: found[1] } };
  },
  "node-loss": (value) => {
    const found = timed(value, "+", rate, DEFAULTS_MS["node-loss"]);
    return found === null
      ? `${A_RATE}, and a duration after +: 0.1/h+10m`
      : { nodeLoss: { microsPerHour: found[0], backMs: found[1] } };
  },
  "spot-reclaim": (value) => {
    const found = timed(value, "~", rate, DEFAULTS_MS["spot-reclaim"]);
    if (found === null) return `${A_RATE}, and a duration after ~: 0.5/h~2m`;
    return { spotReclaim: { microsPerHour: found[0], noticeMs: found[1] } };
  },
  "clock-jump": (value) => {
    const found = timed(value, "+", rate, DEFAULTS_MS["clock-jump"]);
    return found === null
      ? `${A_RATE}, and a duration after +: 0.1/h+1m`
      : { clockJump: { microsPerHour: found[0], mostMs: found[1] } };
  },
};

const A_CHANCE = "a chance from 0 to 100 %, such as 2%";
const A_RATE = `a rate from 0 to ${MOST_AN_HOUR} an hour, such as 0.1/h`;

function chance(text: string): number | null {
  const percent = /^\d+(\.\d{1,4})?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  return percent >= 0 && percent <= 100 ? Math.round(percent * 10_000) : null;
}

function rate(text: string): number | null {
  const anHour = /^\d+(\.\d{1,6})?\/h$/.test(text) ? Number(text.slice(0, -2)) : Number.NaN;
  return anHour >= 0 && anHour <= MOST_AN_HOUR ? Math.round(anHour * 1_000_000) : null;
}

function timed(
  text: string,
  mark: string,
  read: (text: string) => number | null,
  defaultMs: number,
): readonly [number, number] | null {
  const [first = "", duration, ...more] = text.split(mark);
  const value = read(first);
  const ms = duration === undefined ? defaultMs : parseDurationMs(duration);
  return value === null || ms === null || ms <= 0 || more.length > 0 ? null : [value, ms];
}

/** What the world does of them in `[fromMs, endMs)`, and what that is in words. */
export interface FaultyWorld {
  readonly changes: readonly WorldChange[];
  readonly notes: readonly string[];
}

/**
 * @throws InputError where this cluster cannot show one of them.
 */
export function faultyWorld({ text, spec }: ReadFaults, cluster: ClusterSpec, fromMs: number, endMs: number): FaultyWorld {
  const issues: Issue[] = [];
  const note = (path: string, expected: string, found: string, hint: string) =>
    issues.push({ where: "--faults", path, expected, found, hint });
  const unlimited = cluster.pools.every(({ nodes }) => nodes === null);
  if (spec.nodeLoss !== undefined && unlimited)
    note("node-loss", "a cluster with nodes", "capacity without limit, which cannot fail", "--cluster cluster.yaml");
  if (spec.spotReclaim !== undefined && !cluster.pools.some(({ spot }) => spot === true))
    note("spot-reclaim", "a pool that says spot: true", "none", "pools: [{ name: cheap, spot: true, nodes: 8, capacity: … }]");
  const expected = expectedChanges(spec, cluster, endMs - fromMs);
  if (expected > MOST_CHANGES)
    note("node-loss", `at most ${MOST_CHANGES} losses and jumps`, `about ${Math.round(expected)}`, "a lower rate");
  if (issues.length > 0) throw new InputError(issues);
  const changes = faultChanges(spec, cluster, fromMs, endMs);
  const failures = changes.filter(({ kind }) => kind === "node_failure").length;
  const losses = failures === 0 ? "" : `; of nodes ${failures} draws of one that is lost or reclaimed, if it is there then`;
  return { changes, notes: [`${text}: drawn by its own seed, the same for every policy as far as both do the same${losses}`] };
}
