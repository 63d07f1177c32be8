import type { Issue } from "../../datasets/issues.ts";
import type { SpilledRequests } from "../../datasets/large/spilled-requests.ts";
import type { OnBytes } from "../../datasets/source-file.ts";
import type { TraceDefaults } from "../../datasets/tiers.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { Window } from "../../datasets/trace-input.ts";

/** Options of `prae import` that belong to some kinds only. */
export interface ImportFlags {
  readonly mapping: string | undefined;
  readonly window: string | undefined;
  readonly arrivals: string | undefined;
  readonly app: string | undefined;
  readonly days: string | undefined;
  readonly pods: string | undefined;
}

/** What every importer takes. */
export interface CommonOptions {
  readonly name?: string;
  readonly defaults: Partial<TraceDefaults> & { readonly runMs?: number };
}

interface Importer {
  /** Which of the flags mean something to it. */
  readonly flags: readonly (keyof ImportFlags)[];
  load(path: string, common: CommonOptions, flags: ImportFlags, onBytes: OnBytes): Promise<Trace>;
  /** `load` with the requests in `spilled` instead of in memory, where it can. */
  loadLarge?(path: string, common: CommonOptions, flags: ImportFlags, onBytes: OnBytes, spilled: SpilledRequests): Promise<Trace>;
}

/** By kind, the first argument of `prae import`. */
export const IMPORTERS: Readonly<Record<string, Importer>> = {
  canonical: {
    flags: ["mapping", "window"],
    async load(path, common, flags, onBytes) {
      const { loadCanonical } = await import("../../datasets/canonical/canonical.ts");
      return loadCanonical(path, { ...common, ...(await canonicalOptions(flags)) }, onBytes);
    },
    async loadLarge(path, common, flags, onBytes, spilled) {
      const { loadLargeCanonical } = await import("../../datasets/canonical/canonical.ts");
      return loadLargeCanonical(path, spilled, { ...common, ...(await canonicalOptions(flags)) }, onBytes);
    },
  },
  "azure-functions-2019": {
    flags: ["arrivals", "app", "days"],
    async load(path, common, flags, onBytes) {
      const { loadAzureFunctions2019 } = await import("../../datasets/azure-functions-2019/azure-functions-2019.ts");
      const { parseArrivals } = await import("../../datasets/azure-functions-2019/arrivals.ts");
      const arrivals = parseArrivals(flags.arrivals ?? "even");
      const days = flags.days === undefined ? null : await parseDays(flags.days);
      const app = flags.app === "function" ? "function" : "app";
      return loadAzureFunctions2019(path, { ...common, arrivals, days, app }, onBytes);
    },
  },
  "google-2011": {
    flags: [],
    async load(path, common, _, onBytes) {
      const { loadGoogle2011 } = await import("../../datasets/google-2011/google-2011.ts");
      return loadGoogle2011(path, common, onBytes);
    },
  },
  bitbrains: {
    flags: [],
    async load(path, common, _, onBytes) {
      const { loadBitbrains } = await import("../../datasets/bitbrains/bitbrains.ts");
      return loadBitbrains(path, common, onBytes);
    },
  },
  "alibaba-openb-2023": {
    flags: ["pods"],
    async load(path, common, { pods }, onBytes) {
      const { loadOpenb } = await import("../../datasets/openb/openb-trace.ts");
      return loadOpenb(path, { ...common, ...(pods === undefined ? {} : { pods }) }, onBytes);
    },
  },
  swf: {
    flags: [],
    async load(path, common, _, onBytes) {
      const { loadSwf } = await import("../../datasets/swf/swf.ts");
      return loadSwf(path, common, onBytes);
    },
  },
  timeseries: {
    flags: ["mapping"],
    async load(path, common, flags, onBytes) {
      if (flags.mapping === undefined) {
        return refuse({ where: "--mapping", expected: "a YAML file, or builtin:servegen", found: "nothing" });
      }
      const { loadSeriesMapping } = await import("../../datasets/timeseries/series-mapping.ts");
      const { loadTimeSeries } = await import("../../datasets/timeseries/timeseries.ts");
      return loadTimeSeries(path, { ...common, mapping: await loadSeriesMapping(flags.mapping) }, onBytes);
    },
  },
};

async function canonicalOptions(flags: ImportFlags) {
  const { loadMapping } = await import("../../datasets/canonical/mapping.ts");
  const mapping = flags.mapping === undefined ? {} : { mapping: await loadMapping(flags.mapping) };
  return { ...mapping, window: flags.window === undefined ? null : await parseWindow(flags.window) };
}

/** @throws InputError for a flag that means nothing to the kind. */
export async function refuseOtherFlags(kind: string, flags: ImportFlags): Promise<void> {
  const allowed = IMPORTERS[kind]?.flags ?? [];
  const names = Object.values(IMPORTERS).flatMap((importer) => importer.flags);
  const flag = names.find((name) => flags[name] !== undefined && !allowed.includes(name));
  if (flag === undefined) return;
  await refuse({
    where: `--${flag}`,
    expected: `an option of ${kind}`,
    found: "one of another kind",
    hint: "prae import --help",
  });
}

async function refuse(issue: Issue): Promise<never> {
  const { InputError } = await import("../../datasets/issues.ts");
  throw new InputError([issue]);
}

/** `START,END` in ms. */
async function parseWindow(text: string): Promise<Window> {
  const match = /^(\d{1,16}),(\d{1,16})$/.exec(text);
  const [startMs, endMs] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && startMs < endMs && endMs <= Number.MAX_SAFE_INTEGER) return { startMs, endMs };
  return refuse({ where: "--window", expected: "START,END: whole milliseconds, start before end", found: JSON.stringify(text) });
}

/** `3` or `1-3`. */
async function parseDays(text: string): Promise<{ first: number; last: number }> {
  const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match !== null && first >= 1 && first <= last) return { first, last };
  return refuse({ where: "--days", expected: "a day such as 2, or a range such as 1-3", found: JSON.stringify(text) });
}
