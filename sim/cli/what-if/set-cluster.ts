import { equal } from "../../../allocator/core/resources.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { ClusterSpec, NodeSpec, PoolSpec } from "../../cluster-spec.ts";
import { clusterFromDocument } from "../cluster-document.ts";
import { type Setting, setFields } from "./settings.ts";

/**
 * The cluster with fields of its pools set: `cluster.pools[0].nodes`, a pool by its name (`cluster.general.nodes`), or, where there is
 * but one, without (`cluster.nodes`). Pools that nothing is set of stay as they are, and so do the names of nodes.
 * @throws InputError with what does not fit.
 */
export function setCluster(cluster: ClusterSpec, all: readonly Setting[]): ClusterSpec {
  const settings = all.filter(({ scope }) => scope === "cluster");
  if (settings.length === 0) return cluster;
  const issues: Issue[] = [];
  const pools: PoolSpec[] = [...cluster.pools];
  const ofPool = new Map<number, Setting[]>();
  for (const setting of settings) {
    const place = placeOf(setting.path, cluster);
    if (place === null) {
      const names = cluster.pools.map(({ name }) => name).join(", ");
      const expected = `a field of a pool (${names}), such as cluster.${cluster.pools[0]?.name}.nodes`;
      issues.push({ where: "--set", path: setting.text, expected, found: JSON.stringify(setting.path.join(".")) });
      continue;
    }
    const known = ofPool.get(place.pool) ?? [];
    ofPool.set(place.pool, [...known, { ...setting, path: place.path }]);
  }
  for (const [index, own] of ofPool) {
    const pool = cluster.pools[index] as PoolSpec;
    const document = documentOf(pool);
    if (document === null) {
      const expected = `a pool whose nodes are alike: those of ${pool.name} have different sizes`;
      issues.push(
        ...own.map(({ text }) => ({ where: "--set", path: text, expected, found: text, hint: "--cluster cluster.yaml" })),
      );
      continue;
    }
    const before = issues.length;
    const changed = setFields(document, own, issues);
    if (issues.length === before) pools[index] = poolOf(changed, pool, own, issues);
  }
  const names = pools.map(({ name }) => name);
  if (new Set(names).size < names.length)
    issues.push({ where: "--set", expected: "pools with names of their own", found: names.join(", ") });
  if (issues.length > 0) throw new InputError(issues);
  return { pools };
}

function placeOf(
  path: Setting["path"],
  { pools }: ClusterSpec,
): { readonly pool: number; readonly path: Setting["path"] } | null {
  const [first, second, ...rest] = path;
  if (first === "pools" && typeof second === "number" && second < pools.length && rest.length > 0)
    return { pool: second, path: rest };
  const written = path.join(".");
  const named = pools.findIndex(({ name }) => written.startsWith(`${name}.`));
  if (named >= 0) return { pool: named, path: path.slice((pools[named] as PoolSpec).name.split(".").length) };
  return pools.length === 1 && first !== "pools" ? { pool: 0, path } : null;
}

/** The pool as people write it; `null`: its nodes differ. */
function documentOf({ name, nodes, elastic }: PoolSpec): Record<string, unknown> | null {
  if (nodes === null) return { name, unlimited: true };
  const capacity = elastic?.capacity ?? (nodes[0] as NodeSpec).capacity;
  if (nodes.some((node) => !equal(node.capacity, capacity))) return null;
  if (elastic === undefined) return { name, nodes: nodes.length, capacity };
  const { least, most, provisionMs, priceMicrosPerHour } = elastic;
  const growth = { min: least, max: most, provision: `${provisionMs}ms`, price: priceMicrosPerHour / 1_000_000 };
  return { name, nodes: nodes.length, ...growth, capacity };
}

function poolOf(document: unknown, before: PoolSpec, settings: readonly Setting[], issues: Issue[]): PoolSpec {
  try {
    const [pool] = clusterFromDocument({ pools: [document] }, "--set").pools as [PoolSpec];
    const names = before.nodes?.map(({ name }) => name) ?? [];
    if (pool.nodes === null) return pool;
    return { ...pool, nodes: pool.nodes.map((node, index) => ({ ...node, name: names[index] ?? node.name })) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const path = (of: Issue) => `${settings.map(({ text }) => text).join(", ")}: ${of.path?.replace("pools[0]", before.name)}`;
    issues.push(...error.issues.map((issue) => ({ ...issue, path: path(issue) })));
    return before;
  }
}
