import type { Promotion } from "../../allocator/promotion/promotion.ts";

/** A value in which two documents differ; `undefined`: it has none. */
export interface Difference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Where two promotions differ in what decides, and in what was measured: the policy value by value, models, code, and of each trace its
 * digest, window, gates and metrics.
 */
export function differencesOf(first: Promotion, second: Promotion): Difference[] {
  const [before, after] = [first, second].map(valuesOf) as [Map<string, unknown>, Map<string, unknown>];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
    const [from, to] = [before.get(path), after.get(path)];
    return from === to ? [] : [{ path, from, to }];
  });
}

function valuesOf({ policy, incumbent, models, code, evidence }: Promotion): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const add = (path: string, value: unknown): void => {
    if (typeof value !== "object" || value === null) values.set(path, value);
    else for (const [key, item] of Object.entries(value)) add(path === "" ? key : `${path}.${key}`, item);
  };
  add("policy", policy.document);
  add("incumbent", incumbent.text);
  add("models", Object.fromEntries(models.map(({ target, kind, digest }) => [target, { kind, digest }])));
  add("code", code);
  const byTrace = evidence.map(({ trace, window, gates, candidate: { metrics } }) => [
    trace.name,
    { digest: trace.digest, window, gates, metrics },
  ]);
  add("", Object.fromEntries(byTrace));
  return values;
}
