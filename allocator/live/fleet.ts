import { RESOURCE_NAMES, type Resources } from "../core/resources.ts";
import { PolicyError, type PolicyIssue } from "../policy-issue.ts";
import { Section, show } from "../policy-section.ts";
import type { FreezeWindow } from "./freeze-windows.ts";

/** What a live run allocates for: tiers, pools, apps and users. */
export interface Fleet {
  readonly tiers: readonly FleetTier[];
  readonly pools: readonly FleetPool[];
  readonly apps: readonly FleetApp[];
  readonly users: readonly FleetUser[];
  /** When nothing is to be changed ahead of requests. */
  readonly freezes: readonly FreezeWindow[];
}

export interface FleetTier {
  readonly name: string;
  readonly targetStartMs: number;
  readonly priority: number;
  readonly levelPpm: number;
  readonly mayPreempt: boolean;
}

export interface FleetPool {
  readonly name: string;
  /** The platform places and never refuses. */
  readonly unlimited: boolean;
  /** Its nodes, where the platform does not say itself which there are; 0: it does. */
  readonly nodes: number;
  /** Of each of these nodes; of an elastic pool, of each that it is given. */
  readonly capacity: Resources;
  /** `null`: it has the nodes it has. */
  readonly elastic: FleetElastic | null;
}

/** How far a pool grows and shrinks. */
export interface FleetElastic {
  readonly least: number;
  readonly most: number;
  /** From asking for a node until it is ready, as declared; what it takes is measured. */
  readonly provisionMs: number;
  /** Of a node, in millionths of the currency an hour: which of several pools grows. */
  readonly priceMicrosPerHour: number;
}

export interface FleetApp {
  readonly name: string;
  readonly shape: Resources;
  readonly coldStartMs: number;
  readonly resumeMs: number;
  readonly shared: boolean;
  readonly concurrency: number;
}

/** A user with its preferences. */
export interface FleetUser {
  readonly name: string;
  readonly tier: string;
  readonly role: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Names of the apps that it may run; `null`: any. */
  readonly permissions: readonly string[] | null;
  /** Names of the apps of which nothing is started ahead for it. */
  readonly optOut: readonly string[];
}

const MOST_AMOUNT = 0xffff_ffff;
const MOST_NODES = 100_000;
const MOST_PRICE = 1_000_000;
const TIER_KEYS = ["name", "targetStart", "priority", "level", "mayPreempt"];
const ELASTIC_KEYS = ["min", "provision", "price"];
const POOL_KEYS = ["name", "unlimited", "nodes", "capacity", "max", ...ELASTIC_KEYS];
const APP_KEYS = ["name", "shape", "coldStart", "resume", "shared", "concurrency"];
const FREEZE_KEYS = ["from", "to"];
const USER_KEYS = ["name", "tier", "role", "timeZone", "permissions", "optOut"];

/**
 * Reads a fleet as people write it:
 *
 *     tiers:
 *       - { name: standard, targetStart: 5s, priority: 100, level: 0.95 }
 *     pools:
 *       - { name: general, nodes: 4, capacity: { cpuMillis: 16000, memoryMiB: 65536 } }
 *       - { name: spare, nodes: 1, min: 0, max: 9, provision: 90s, price: 0.8, capacity: { cpuMillis: 16000, memoryMiB: 65536 } }
 *     apps:
 *       - { name: notebook, shape: { cpuMillis: 1000, memoryMiB: 4096 }, coldStart: 30s }
 *     users:
 *       - { name: alice, tier: standard, optOut: [notebook] }
 *     freezes:
 *       - { from: 2026-12-24T18:00:00Z, to: 2026-12-27T06:00:00Z }
 *
 * @throws PolicyError with the path of everything that is wrong.
 */
export function fleetFromDocument(document: unknown): Fleet {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", ["tiers", "pools", "apps", "users", "freezes"], issues);
  const tiers = list(root, "tiers", 1, issues).map((value, i) => readTier(new Section(value, `tiers[${i}]`, TIER_KEYS, issues)));
  const pools = list(root, "pools", 1, issues).map((value, i) => readPool(value, `pools[${i}]`, issues));
  const apps = list(root, "apps", 1, issues).map((value, i) => readApp(value, `apps[${i}]`, issues));
  const known = { tiers: tiers.map(({ name }) => name), apps: apps.map(({ name }) => name) };
  const users = list(root, "users", 0, issues).map((value, i) => readUser(value, `users[${i}]`, known, issues));
  for (const [table, rows] of Object.entries({ tiers, pools, apps, users })) {
    const seen = new Set<string>();
    rows.forEach(({ name }, i) => {
      if (seen.has(name)) issues.push({ path: `${table}[${i}].name`, expected: "a name of its own", found: show(name) });
      seen.add(name);
    });
  }
  const freezes = list(root, "freezes", 0, issues).map((value, i) =>
    readFreeze(new Section(value, `freezes[${i}]`, FREEZE_KEYS, issues)),
  );
  if (issues.length > 0) throw new PolicyError(issues);
  return { tiers, pools, apps, users, freezes };
}

/** A user's profile, by itself. @throws PolicyError */
export function userFromDocument(document: unknown, known: { tiers: readonly string[]; apps: readonly string[] }): FleetUser {
  const issues: PolicyIssue[] = [];
  const user = readUser(document, "", known, issues);
  if (issues.length > 0) throw new PolicyError(issues);
  return user;
}

function list(root: Section, key: string, least: number, issues: PolicyIssue[]): readonly unknown[] {
  const value = root.value(key) ?? (least === 0 ? [] : undefined);
  if (Array.isArray(value) && value.length >= least) return value;
  issues.push({ path: key, expected: least === 0 ? "a list" : "a list of at least one", found: show(value) });
  return [];
}

function readFreeze(section: Section): FreezeWindow {
  const fromMs = Date.parse(section.text("from", ""));
  const toMs = Date.parse(section.text("to", ""));
  if (Number.isNaN(fromMs)) section.note("from", "a time, such as 2026-12-24T18:00:00Z");
  if (!(toMs > fromMs)) section.note("to", "a later time, such as 2026-12-27T06:00:00Z");
  return { fromMs, toMs };
}

function readTier(section: Section): FleetTier {
  return {
    name: name(section),
    targetStartMs: section.duration("targetStart", 0, 0),
    priority: section.whole("priority", 100, 0, 1_000_000),
    levelPpm: section.ppm("level", 0.95, 0.000_001, 0.999_999),
    mayPreempt: flag(section, "mayPreempt"),
  };
}

function readPool(value: unknown, path: string, issues: PolicyIssue[]): FleetPool {
  const section = new Section(value, path, POOL_KEYS, issues);
  const unlimited = flag(section, "unlimited");
  const nodes = section.whole("nodes", 0, 0, MOST_NODES);
  const given = section.value("capacity");
  const isElastic = section.value("max") !== undefined;
  if (unlimited && (nodes > 0 || given !== undefined || isElastic)) section.note("unlimited", "off, where the pool has nodes");
  if ((given === undefined) !== (nodes === 0 && !isElastic))
    section.note("capacity", "the capacity of a node, where nodes says how many there are, or max how many there may be");
  const capacity = readAmounts(given ?? {}, `${path}.capacity`, issues);
  const elastic = isElastic ? readElastic(section, nodes) : null;
  for (const key of isElastic ? [] : ELASTIC_KEYS) {
    if (section.value(key) !== undefined) section.note(key, "nothing, because a pool without max stays as it is");
  }
  return { name: name(section), unlimited, nodes, capacity, elastic };
}

function readElastic(section: Section, nodes: number): FleetElastic {
  const least = section.whole("min", 0, 0, MOST_NODES);
  const most = section.whole("max", 1, Math.max(1, nodes, least), MOST_NODES);
  const price = section.value("price") ?? 0;
  const isPrice = typeof price === "number" && price >= 0 && price <= MOST_PRICE;
  if (!isPrice) section.note("price", `a number from 0 to ${MOST_PRICE}`);
  const priceMicrosPerHour = isPrice ? Math.round(price * 1_000_000) : 0;
  return { least, most, provisionMs: section.duration("provision", 90_000, 0), priceMicrosPerHour };
}

function readApp(value: unknown, path: string, issues: PolicyIssue[]): FleetApp {
  const section = new Section(value, path, APP_KEYS, issues);
  const coldStartMs = section.duration("coldStart", 0, 0);
  if (section.value("coldStart") === undefined) section.note("coldStart", "how long it takes to start, such as 30s");
  const shape = readAmounts(section.value("shape"), `${path}.shape`, issues);
  if (section.value("shape") !== undefined && RESOURCE_NAMES.every((resource) => shape[resource] === 0)) {
    section.note("shape", "an instance that takes something");
  }
  return {
    name: name(section),
    shape,
    coldStartMs,
    resumeMs: section.duration("resume", coldStartMs, 0),
    shared: flag(section, "shared"),
    concurrency: section.whole("concurrency", 1, 1, 10_000),
  };
}

function readUser(
  value: unknown,
  path: string,
  known: { tiers: readonly string[]; apps: readonly string[] },
  issues: PolicyIssue[],
): FleetUser {
  const section = new Section(value, path, USER_KEYS, issues);
  const timeZone = section.text("timeZone", "UTC");
  if (!isTimeZone(timeZone)) section.note("timeZone", "an IANA time zone, such as Europe/Berlin");
  const tier = section.choice("tier", known.tiers, known.tiers[0] ?? "");
  const role = section.value("role") === undefined ? "" : section.text("role", "");
  const permissions = section.value("permissions") === undefined ? null : names(section, "permissions", known.apps);
  const optOut = section.value("optOut") === undefined ? [] : names(section, "optOut", known.apps);
  return { name: name(section), tier, role, timeZone, permissions, optOut };
}

function name(section: Section): string {
  const value = section.value("name");
  if (typeof value === "string" && /^[\x21-\x7e]{1,253}$/.test(value)) return value;
  section.note("name", "a name of 1 to 253 printable ASCII characters without spaces");
  return "";
}

function names(section: Section, key: string, known: readonly string[]): readonly string[] {
  const value = section.value(key);
  if (value === null) return [];
  if (Array.isArray(value) && value.every((one) => known.includes(one as string))) return value as string[];
  section.note(key, `a list of apps: ${known.join(", ")}`);
  return [];
}

function flag(section: Section, key: string): boolean {
  const value = section.value(key) ?? false;
  if (typeof value === "boolean") return value;
  section.note(key, "true or false");
  return false;
}

/** Amounts by name of resource; what is not named is 0. */
export function readAmounts(value: unknown, path: string, issues: PolicyIssue[]): Resources {
  const section = new Section(value, path, RESOURCE_NAMES, issues);
  const amount = (resource: (typeof RESOURCE_NAMES)[number]) => section.whole(resource, 0, 0, MOST_AMOUNT);
  return {
    cpuMillis: amount("cpuMillis"),
    memoryMiB: amount("memoryMiB"),
    gpuMillis: amount("gpuMillis"),
    networkKbps: amount("networkKbps"),
  };
}

/** Whether it is an IANA time zone that is known here. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}
