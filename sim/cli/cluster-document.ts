import type { Resources } from "../../allocator/core/resources.ts";
import { parseDurationMs } from "../../allocator/policy-document.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import type { ClusterSpec, ElasticSpec, NodeSpec, PoolSpec } from "../cluster-spec.ts";

const MOST_NODES = 100_000;
const MOST_PRICE = 1_000_000;

/**
 * A cluster as people write it:
 *
 *     pools:
 *       - { name: general, nodes: 24, capacity: { cpuMillis: 32000, memoryMiB: 131072 } }
 *       - { name: burst, unlimited: true }
 *       - { name: spare, nodes: 2, min: 0, max: 10, provision: 90s, price: 1.5, capacity: { cpuMillis: 32000, memoryMiB: 131072 } }
 *
 *       - { name: cheap, nodes: 8, spot: true, capacity: { cpuMillis: 32000, memoryMiB: 131072 } }
 *
 * A pool with `max` is elastic: it begins with `nodes` and is given others, or has them taken away. `price` is that of a node, an hour. Nodes of a
 * `spot` pool can be reclaimed: `--faults spot-reclaim=…`. With `pull: 20s`, a node takes so long to pull the image of an app that it has not
 * run yet, before the app's own start-up.
 *
 * @throws InputError with the path of everything that is wrong.
 */
export function clusterFromDocument(document: unknown, where: string): ClusterSpec {
  const issues: Issue[] = [];
  const note = (path: string, expected: string, value: unknown) => {
    issues.push({ where, path, expected, found: value === undefined ? "nothing" : quote(JSON.stringify(value)) });
  };
  const { pools, ...others } = isMapping(document) ? document : {};
  if (!Array.isArray(pools) || pools.length === 0) note("pools", "a list of pools", pools);
  for (const [key, value] of Object.entries(others)) note(key, "pools, and nothing else", value);
  const specs: PoolSpec[] = [];
  for (const [i, pool] of (Array.isArray(pools) ? pools : []).entries()) {
    const at = `pools[${i}]`;
    if (!isMapping(pool)) {
      note(at, "a mapping with name, nodes and capacity, or name and unlimited", pool);
      continue;
    }
    for (const key of Object.keys(pool)) {
      if (!POOL_KEYS.includes(key)) note(`${at}.${key}`, `one of ${POOL_KEYS.join(", ")}`, pool[key]);
    }
    const name = pool["name"] ?? `pool-${i}`;
    if (typeof name !== "string" || name === "" || specs.some((spec) => spec.name === name))
      note(`${at}.name`, "a name of its own", name);
    const count = pool["nodes"];
    const unlimited = pool["unlimited"] === true;
    const spot = pool["spot"] === true;
    if (pool["spot"] !== undefined && typeof pool["spot"] !== "boolean") note(`${at}.spot`, "true or false", pool["spot"]);
    const isElastic = pool["max"] !== undefined;
    const fewest = isElastic ? 0 : 1;
    const isCount = isWhole(count, fewest, MOST_NODES);
    if (!unlimited && !isCount) note(`${at}.nodes`, `a whole number from ${fewest} to ${MOST_NODES}`, count);
    for (const key of isElastic ? [] : ELASTIC_KEYS) {
      if (pool[key] !== undefined) note(`${at}.${key}`, "nothing, because a pool without max stays as it is", pool[key]);
    }
    for (const key of unlimited ? ["nodes", "capacity", "max", "spot", "pull"] : []) {
      if (pool[key] !== undefined) note(`${at}.${key}`, "nothing, because the pool is unlimited", pool[key]);
    }
    const pullMs = typeof pool["pull"] === "string" ? parseDurationMs(pool["pull"]) : null;
    if (pool["pull"] !== undefined && pullMs === null) note(`${at}.pull`, "a duration, such as 20s", pool["pull"]);
    const capacity = unlimited ? null : readCapacity(pool["capacity"], `${at}.capacity`, note);
    const nodes = capacity === null || !isCount ? null : nodesOf(String(name), count, capacity);
    const elastic =
      nodes === null || capacity === null || !isElastic ? null : readElastic(pool, capacity, nodes.length, at, note);
    specs.push({
      name: String(name),
      nodes,
      ...(elastic === null ? {} : { elastic }),
      ...(spot ? { spot } : {}),
      ...(pullMs === null ? {} : { pullMs }),
    });
  }
  if (issues.length > 0) throw new InputError(issues);
  return { pools: specs };
}

const ELASTIC_KEYS = ["min", "provision", "price"];
const POOL_KEYS = ["name", "nodes", "capacity", "unlimited", "max", "spot", "pull", ...ELASTIC_KEYS];

/** `min` defaults to 0, `provision` to 90 s, `price` to none. */
function readElastic(
  { min = 0, max, provision = "90s", price = 0 }: Record<string, unknown>,
  capacity: Resources,
  nodes: number,
  at: string,
  note: (path: string, expected: string, value: unknown) => void,
): ElasticSpec {
  const least = isWhole(min, 0, nodes) ? min : 0;
  if (!isWhole(min, 0, nodes)) note(`${at}.min`, `a whole number from 0 to the ${nodes} nodes that it begins with`, min);
  const most = isWhole(max, Math.max(1, nodes), MOST_NODES) ? max : nodes;
  if (most !== max) note(`${at}.max`, `a whole number from ${Math.max(1, nodes)} to ${MOST_NODES}`, max);
  const provisionMs = typeof provision === "string" ? parseDurationMs(provision) : null;
  if (provisionMs === null) note(`${at}.provision`, "a duration, such as 90s", provision);
  const isPrice = typeof price === "number" && price >= 0 && price <= MOST_PRICE;
  if (!isPrice) note(`${at}.price`, `a number from 0 to ${MOST_PRICE}`, price);
  const priceMicrosPerHour = isPrice ? Math.round(price * 1_000_000) : 0;
  return { capacity, least, most, provisionMs: provisionMs ?? 0, priceMicrosPerHour };
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function nodesOf(pool: string, count: number, capacity: Resources): NodeSpec[] {
  return Array.from({ length: count }, (_, k) => ({ name: `${pool}-${k}`, capacity }));
}

function readCapacity(value: unknown, at: string, note: (path: string, expected: string, value: unknown) => void): Resources {
  const amounts = { cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  if (!isMapping(value)) {
    note(at, "a mapping with cpuMillis, memoryMiB, gpuMillis, networkKbps", value);
    return amounts;
  }
  for (const [key, amount] of Object.entries(value)) {
    const isAmount = typeof amount === "number" && Number.isInteger(amount) && amount >= 0 && amount < 2 ** 32;
    if (!Object.hasOwn(amounts, key)) note(`${at}.${key}`, Object.keys(amounts).join(", "), amount);
    else if (!isAmount) note(`${at}.${key}`, "a whole number from 0 to 4294967295", amount);
    else amounts[key as keyof typeof amounts] = amount;
  }
  return amounts;
}

function quote(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
