import { RESOURCE_NAMES } from "../allocator/core/resources.ts";
import { InputError, type Issue } from "../datasets/issues.ts";
import { CAPACITY_PARTS, type RunRecord, START_PATHS, type UsageSettings } from "../sim/run-record.ts";

const VERSION = 1;
const USAGE_LIMITS = ["none", "reservation"] as const satisfies readonly UsageSettings["limit"][];
const RECORD = "a run record, as prae simulate and prae compare write it";

/**
 * A run record from its JSON text.
 * @throws InputError naming each path that is missing or of another kind than a run record has.
 */
export function parseRunRecord(text: string, where: string): RunRecord {
  const issues: Issue[] = [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new InputError([{ where, expected: RECORD, found: `no JSON: ${(error as Error).message}` }]);
  }
  if (!isMapping(document)) throw new InputError([{ where, expected: RECORD, found: describe(document) }]);
  if (!("recordVersion" in document)) throw new InputError([{ where, expected: RECORD, found: "another JSON document" }]);
  if (document["recordVersion"] !== VERSION) {
    const found = describe(document["recordVersion"]);
    const hint = "written by another version of PRAE: run the simulation again";
    throw new InputError([{ where, path: "recordVersion", expected: String(VERSION), found, hint }]);
  }
  runRecord(document, "", (path, expected, found) => issues.push({ where, path, expected, found: describe(found) }));
  if (issues.length > 0) throw new InputError(issues);
  return document as unknown as RunRecord;
}

type Refuse = (path: string, expected: string, found: unknown) => void;
/** Refuses what is wrong with the value at a path. */
type Check = (value: unknown, path: string, refuse: Refuse) => void;

function is(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, path, refuse) => {
    if (!holds(value)) refuse(path, expected, value);
  };
}

const text = is("text", (value) => typeof value === "string");
const flag = is("true or false", (value) => typeof value === "boolean");
const number = is("a number", (value) => typeof value === "number");
const amount = is("a number, at least 0", (value) => typeof value === "number" && value >= 0);
const positive = is("a number above 0", (value) => typeof value === "number" && value > 0);
const mapping = is("a mapping", isMapping);

function nullable(check: Check): Check {
  return (value, path, refuse) => {
    if (value !== null) check(value, path, refuse);
  };
}

function optional(check: Check): Check {
  return (value, path, refuse) => {
    if (value !== undefined) check(value, path, refuse);
  };
}

function list(check: Check): Check {
  return (value, path, refuse) => {
    if (!Array.isArray(value)) refuse(path, "a list", value);
    else value.forEach((item, index) => void check(item, `${path}[${index}]`, refuse));
  };
}

function valuesOf(check: Check): Check {
  return (value, path, refuse) => {
    if (!isMapping(value)) refuse(path, "a mapping", value);
    else for (const [key, item] of Object.entries(value)) check(item, `${path}.${key}`, refuse);
  };
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  return (value, path, refuse) => {
    if (!isMapping(value)) refuse(path, "a mapping", value);
    else for (const [key, check] of Object.entries(checks)) check(value[key], path === "" ? key : `${path}.${key}`, refuse);
  };
}

function oneOf(names: readonly string[]): Check {
  return is(`one of ${names.join(", ")}`, (value) => typeof value === "string" && names.includes(value));
}

const step = is(
  "a pair of a latency in ms and a number of requests",
  (value) => Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number" && part >= 0),
);
const metricValues = valuesOf(nullable(number));
const amountsByResource = fields(Object.fromEntries(RESOURCE_NAMES.map((name) => [name, list(amount)])));

const runRecord = fields({
  id: text,
  policyText: text,
  policy: fields({
    name: text,
    feed: nullable(fields({ model: text })),
    reserve: mapping,
    warm: mapping,
    place: mapping,
    admit: mapping,
  }),
  trace: fields({
    name: text,
    digest: text,
    synthetic: flag,
    composite: flag,
    license: text,
    citation: text,
    users: amount,
    apps: amount,
    requests: amount,
    tiers: list(fields({ name: text, targetStartMs: amount, priority: number, levelPpm: amount, mayPreempt: flag })),
    window: fields({ startMs: number, endMs: number }),
  }),
  cluster: fields({ description: text, digest: text, nodes: nullable(amount) }),
  forecastSets: list(text),
  forecasts: optional(
    list(
      fields({
        set: text,
        batches: amount,
        target: text,
        model: text,
        kind: text,
        modelDigest: text,
        backend: nullable(text),
        seed: number,
        trainedOn: fields({ trace: text, digest: text, fromMs: number, trainEndMs: number, validationEndMs: number }),
        features: list(text),
        metrics: metricValues,
        issuedFromMs: number,
        everyMs: positive,
        stepMs: positive,
        steps: positive,
        levelsPpm: list(amount),
        latencyMs: amount,
      }),
    ),
  ),
  seed: number,
  window: fields({ fromMs: number, toMs: number }),
  prices: fields({
    currency: text,
    cpuCoreHour: amount,
    memoryGiBHour: amount,
    gpuHour: amount,
    networkMbpsHour: amount,
    violation: valuesOf(amount),
  }),
  usage: optional(fields({ limit: oneOf(USAGE_LIMITS), graceMs: nullable(amount) })),
  journal: fields({ digest: text, events: amount, decisions: amount, bytes: amount }),
  metrics: fields({
    overall: metricValues,
    byTier: valuesOf(metricValues),
    latency: list(fields({ tier: text, path: oneOf(START_PATHS), requests: amount, points: list(step) })),
    timeline: fields({
      startMs: number,
      binMs: positive,
      bins: positive,
      parts: fields(Object.fromEntries(CAPACITY_PARTS.map((part) => [part, nullable(amountsByResource)]))),
    }),
  }),
  cells: optional(fields({ digest: text, blockMs: positive, blocks: positive, users: amount, units: amount })),
  users: optional(fields({ digest: text, binMs: positive, bins: positive })),
  whatIf: optional(list(text)),
  changes: optional(text),
  fork: optional(fields({ run: text, atMs: amount })),
  assumptions: list(text),
  codeRevision: text,
  environment: fields({ node: text, platform: text, cpu: text, startedAt: text, wallMs: amount, peakMemoryMiB: amount }),
});

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const written = JSON.stringify(value);
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}
