import type { Resources } from "../../core/resources.ts";
import { PolicyError, type PolicyIssue } from "../../policy-issue.ts";
import { Section, show } from "../../policy-section.ts";
import { isTimeZone, readAmounts } from "../fleet.ts";

/** Where and as what a fleet runs on AWS. */
export interface AwsSettings {
  readonly region: string;
  /** `null`: the region's own. */
  readonly endpoint: string | null;
  /** Where instances start: where one has no room, the next is tried. None: the account's default. */
  readonly subnets: readonly string[];
  /** None: the default one of the network. */
  readonly securityGroups: readonly string[];
  /** How often it is looked what became of things. */
  readonly pollMs: number;
  /** By name. */
  readonly apps: ReadonlyMap<string, AwsApp>;
  /** Auto Scaling groups by name of pool. */
  readonly groups: ReadonlyMap<string, AwsGroup>;
}

export interface AwsApp {
  readonly image: string;
  /** The first in which an instance's size fits is taken. */
  readonly instanceTypes: readonly AwsInstanceType[];
  /** Suspended with what it has in memory; else it is stopped. */
  readonly hibernate: boolean;
  readonly spot: boolean;
  /** Name of an IAM instance profile; `null`: none. */
  readonly instanceProfile: string | null;
}

export interface AwsInstanceType {
  readonly type: string;
  readonly capacity: Resources;
}

export interface AwsGroup {
  readonly name: string;
  /** Of each node. */
  readonly capacity: Resources;
  /** `null`: whatever it has is left as it is. */
  readonly warmPool: WarmPool | null;
  readonly floors: readonly Floor[];
}

/** Machines that are prepared beside a group, and cost less than those in it. */
export interface WarmPool {
  readonly least: number;
  /** Of the group and its warm pool together; `null`: as many as the group may have. */
  readonly mostPrepared: number | null;
  readonly state: (typeof WARM_STATES)[number];
}

/** From `cron` on, the group has at least so many nodes. */
export interface Floor {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly nodes: number;
}

const WARM_STATES = ["Stopped", "Hibernated", "Running"] as const;
const MOST_NODES = 100_000;
const KEYS = ["region", "endpoint", "subnets", "securityGroups", "poll", "apps", "pools"];
const APP_KEYS = ["name", "image", "instanceTypes", "hibernate", "spot", "instanceProfile"];
const POOL_KEYS = ["name", "group", "capacity", "warmPool", "floors"];

/** Printable ASCII without spaces, as ids and names of AWS are. */
const NAME = /^[\x21-\x7e]{1,255}$/;
const NOTHING_FITS: Resources = { cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };

/**
 * Reads what `prae live --target aws --aws FILE` is given:
 *
 *     region: eu-central-1
 *     subnets: [subnet-0a1b2c3d, subnet-4e5f6a7b]
 *     apps:
 *       - name: notebook
 *         image: ami-0123456789abcdef0
 *         instanceTypes:
 *           - { type: m7i.large, capacity: { cpuMillis: 2000, memoryMiB: 8192 } }
 *         hibernate: true
 *     pools:
 *       - name: general
 *         group: prae-general
 *         capacity: { cpuMillis: 16000, memoryMiB: 65536 }
 *         warmPool: { least: 2, state: Stopped }
 *         floors: [{ name: mornings, cron: '0 7 * * 1-5', timeZone: Europe/Berlin, nodes: 4 }]
 *
 * @throws PolicyError with the path of everything that is wrong.
 */
export function awsFromDocument(document: unknown): AwsSettings {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", KEYS, issues);
  const region = required(root, "region", /^[a-z]{2}(-[a-z]+)+-\d$/, "a region, such as eu-central-1");
  const apps = rows(root, "apps", issues).map((value, i) => readApp(value, `apps[${i}]`, issues));
  const groups = rows(root, "pools", issues).map((value, i) => readGroup(value, `pools[${i}]`, issues));
  unique(apps, "apps", issues);
  unique(groups, "pools", issues);
  const settings = {
    region,
    endpoint: readEndpoint(root),
    subnets: texts(root, "subnets"),
    securityGroups: texts(root, "securityGroups"),
    pollMs: root.duration("poll", 3_000, 100),
    apps: new Map(apps),
    groups: new Map(groups),
  };
  if (issues.length > 0) throw new PolicyError(issues);
  return settings;
}

function readApp(value: unknown, path: string, issues: PolicyIssue[]): [string, AwsApp] {
  const section = new Section(value, path, APP_KEYS, issues);
  const types = section.value("instanceTypes");
  if (!Array.isArray(types) || types.length === 0) section.note("instanceTypes", "a list of at least one");
  const instanceTypes = (Array.isArray(types) ? types : []).map((one: unknown, i) => {
    const where = `${path}.instanceTypes[${i}]`;
    const type = new Section(one, where, ["type", "capacity"], issues);
    return {
      type: required(type, "type", /^[a-z0-9-]+\.[a-z0-9-]+$/, "an instance type, such as m7i.large"),
      capacity: readCapacity(type, where, issues),
    };
  });
  const profile = section.value("instanceProfile") === undefined ? null : required(section, "instanceProfile", NAME, "a name");
  const app = {
    image: required(section, "image", /^ami-[0-9a-z]+$/, "an image, such as ami-0123456789abcdef0"),
    instanceTypes,
    hibernate: flag(section, "hibernate"),
    spot: flag(section, "spot"),
    instanceProfile: profile,
  };
  if (app.hibernate && app.spot) section.note("hibernate", "off for an app on spot instances, which end when they are stopped");
  return [required(section, "name", NAME, "the name of an app of the fleet"), app];
}

function readGroup(value: unknown, path: string, issues: PolicyIssue[]): [string, AwsGroup] {
  const section = new Section(value, path, POOL_KEYS, issues);
  const floors = rows(section, "floors", issues, `${path}.floors`).map((one, i): [string, Floor] => {
    const floor = new Section(one, `${path}.floors[${i}]`, ["name", "cron", "timeZone", "nodes"], issues);
    const timeZone = floor.text("timeZone", "UTC");
    if (!isTimeZone(timeZone)) floor.note("timeZone", "an IANA time zone, such as Europe/Berlin");
    if (floor.value("nodes") === undefined) floor.note("nodes", "how many nodes there are to be at least");
    const name = required(floor, "name", /^[A-Za-z0-9 _.-]{1,200}$/, "a name of letters, digits, spaces, . _ and -");
    const cron = required(floor, "cron", /^\S+( \S+){4}$/, "five fields of cron, such as 0 7 * * 1-5");
    return [name, { name, cron, timeZone, nodes: floor.whole("nodes", 0, 0, MOST_NODES) }];
  });
  unique(floors, `${path}.floors`, issues);
  const group = {
    name: required(section, "group", NAME, "the name of an Auto Scaling group"),
    capacity: readCapacity(section, path, issues),
    warmPool: readWarmPool(section, path, issues),
    floors: floors.map(([, floor]) => floor),
  };
  return [required(section, "name", NAME, "the name of a pool of the fleet"), group];
}

function readWarmPool(section: Section, path: string, issues: PolicyIssue[]): WarmPool | null {
  const value = section.value("warmPool");
  if (value === undefined) return null;
  const pool = new Section(value, `${path}.warmPool`, ["least", "mostPrepared", "state"], issues);
  return {
    least: pool.whole("least", 0, 0, MOST_NODES),
    mostPrepared: pool.value("mostPrepared") === undefined ? null : pool.whole("mostPrepared", 0, 0, MOST_NODES),
    state: pool.choice("state", WARM_STATES, "Stopped"),
  };
}

function readCapacity(section: Section, path: string, issues: PolicyIssue[]): Resources {
  const value = section.value("capacity");
  if (value !== undefined) return readAmounts(value, `${path}.capacity`, issues);
  section.note("capacity", "how much it has, such as { cpuMillis: 2000, memoryMiB: 8192 }");
  return NOTHING_FITS;
}

function readEndpoint(root: Section): string | null {
  const value = root.value("endpoint");
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && /^https?:\/\/[^\s/]+\/?$/.test(value)) return value;
  root.note("endpoint", "an address, such as http://127.0.0.1:5000");
  return null;
}

function rows(section: Section, key: string, issues: PolicyIssue[], path = key): readonly unknown[] {
  const value = section.value(key) ?? [];
  if (Array.isArray(value)) return value;
  issues.push({ path, expected: "a list", found: show(value) });
  return [];
}

function texts(section: Section, key: string): readonly string[] {
  const value = section.value(key) ?? [];
  if (Array.isArray(value) && value.every((one) => typeof one === "string" && NAME.test(one))) return value as string[];
  section.note(key, "a list of ids");
  return [];
}

function required(section: Section, key: string, pattern: RegExp, expected: string): string {
  const value = section.value(key);
  if (typeof value === "string" && pattern.test(value)) return value;
  section.note(key, expected);
  return "";
}

function flag(section: Section, key: string): boolean {
  const value = section.value(key) ?? false;
  if (typeof value === "boolean") return value;
  section.note(key, "true or false");
  return false;
}

function unique(named: readonly (readonly [string, unknown])[], path: string, issues: PolicyIssue[]): void {
  const seen = new Set<string>();
  named.forEach(([name], i) => {
    if (seen.has(name)) issues.push({ path: `${path}[${i}].name`, expected: "a name of its own", found: show(name) });
    seen.add(name);
  });
}
