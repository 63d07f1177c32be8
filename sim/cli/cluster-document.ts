import type { Resources } from "../../allocator/core/resources.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import type { ClusterSpec, NodeSpec, PoolSpec } from "../cluster-spec.ts";

const MOST_NODES = 100_000;

/**
 * A cluster as people write it:
 *
 *     pools:
 *       - { name: general, nodes: 24, capacity: { cpuMillis: 32000, memoryMiB: 131072 } }
 *       - { name: burst, unlimited: true }
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
      if (!["name", "nodes", "capacity", "unlimited"].includes(key))
        note(`${at}.${key}`, "name, nodes, capacity or unlimited", pool[key]);
    }
    const name = pool["name"] ?? `pool-${i}`;
    if (typeof name !== "string" || name === "" || specs.some((spec) => spec.name === name))
      note(`${at}.name`, "a name of its own", name);
    const count = pool["nodes"];
    const unlimited = pool["unlimited"] === true;
    const isCount = typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MOST_NODES;
    if (!unlimited && !isCount) note(`${at}.nodes`, `a whole number from 1 to ${MOST_NODES}`, count);
    for (const key of unlimited ? ["nodes", "capacity"] : []) {
      if (pool[key] !== undefined) note(`${at}.${key}`, "nothing, because the pool is unlimited", pool[key]);
    }
    const capacity = unlimited ? null : readCapacity(pool["capacity"], `${at}.capacity`, note);
    specs.push({ name: String(name), nodes: capacity === null || !isCount ? null : nodesOf(String(name), count, capacity) });
  }
  if (issues.length > 0) throw new InputError(issues);
  return { pools: specs };
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
