import { join } from "node:path";
import type { Backend } from "../backend.ts";
import { cacheFolder } from "../cache-folder.ts";
import { loadNative } from "./exercise.ts";
import { type Installed, locate, NATIVE_BACKENDS, type NativeName } from "./native-backend.ts";
import { probe, type Verdict } from "./probe.ts";
import { VerdictCache } from "./verdict-cache.ts";

/** What is known of a native backend on this machine. */
export interface Availability {
  readonly name: NativeName;
  /** Of its first package; null where it is not installed. */
  readonly version: string | null;
  readonly usable: boolean;
  /** Why not. */
  readonly fault: string | null;
  /** What to do about it. */
  readonly advice: string | null;
}

export interface Search {
  /** A file or URL: where Node's search for packages begins. */
  readonly from: string;
  readonly cache: VerdictCache;
  /** Try candidates although there is a verdict. */
  readonly anew: boolean;
  readonly limitMs?: number;
}

export const VERDICTS = "backends.json";

/** @param anew see Search. */
export function searchHere(anew: boolean): Search {
  return { from: import.meta.url, cache: new VerdictCache(join(cacheFolder(), VERDICTS)), anew };
}

export async function availability(name: NativeName, search: Search): Promise<Availability> {
  const backend = NATIVE_BACKENDS[name];
  const packages = locate(backend, search.from);
  if (typeof packages === "string") return { name, version: null, usable: false, fault: packages, advice: backend.advice };
  const { usable, fault } = await verdictOn(name, packages, search);
  const version = packages[0]?.version ?? null;
  return { name, version, usable, fault, advice: usable ? null : `${backend.advice}; then prae doctor tries it anew` };
}

async function verdictOn(name: NativeName, packages: readonly Installed[], search: Search): Promise<Verdict> {
  const known = search.anew ? null : search.cache.find(packages);
  if (known !== null) return known;
  const verdict = await probe(NATIVE_BACKENDS[name], packages, search.limitMs);
  await search.cache.keep(packages, verdict);
  return verdict;
}

/** Loads a backend that has been found usable. */
export async function openNative(name: NativeName, { from }: Search): Promise<Backend> {
  const backend = NATIVE_BACKENDS[name];
  const packages = locate(backend, from) as readonly Installed[];
  const tf = await loadNative(
    packages.map(({ folder }) => folder),
    backend.within,
  );
  tf.enableProdMode();
  // Threads, and on a GPU the order of sums, are the library's own affair.
  return { name, version: packages[0]?.version as string, tf, repeatable: false, kernels: [] };
}
