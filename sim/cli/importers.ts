import type { Issue } from "../../datasets/issues.ts";
import type { Spill, SpilledRequests } from "../../datasets/large/spilled-requests.ts";
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
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly sampleFunctions: string | undefined;
  readonly pods: string | undefined;
}

/** What every importer takes. */
export interface CommonOptions {
  readonly name?: string;
  readonly defaults: Partial<TraceDefaults> & { readonly runMs?: number };
}

/** What the input is like, and where to keep what does not fit in memory. */
export interface Reading {
  readonly totalBytes: number;
  readonly onBytes: OnBytes;
  readonly spill: Spill;
}

interface Importer {
  /** Which of the flags mean something to it. */
  readonly flags: readonly (keyof ImportFlags)[];
  load(path: string, common: CommonOptions, flags: ImportFlags, reading: Reading): Promise<Trace>;
}

/** From so many bytes of input on, which may be compressed, requests are kept in a file instead of in memory. */
const LARGE_BYTES = 1 << 24;

async function spillIfLarge({ totalBytes, spill }: Reading): Promise<SpilledRequests | null> {
  return totalBytes < LARGE_BYTES ? null : spill.open();
}

/** By kind, the first argument of `prae import`. */
export const IMPORTERS: Readonly<Record<string, Importer>> = {
  canonical: {
    flags: ["mapping", "window"],
    async load(path, common, flags, reading) {
      const { loadCanonical } = await import("../../datasets/canonical/canonical.ts");
      const options = { ...common, ...(await canonicalOptions(flags)) };
      return loadCanonical(path, options, reading.onBytes, await spillIfLarge(reading));
    },
  },
  "azure-functions-2019": {
    flags: ["arrivals", "app", "days", "from", "to", "sampleFunctions"],
    async load(path, common, flags, { onBytes, spill }) {
      const { loadAzureFunctions2019 } = await import("../../datasets/azure-functions-2019/azure-functions-2019.ts");
      const { parseArrivals } = await import("../../datasets/arrivals.ts");
      const { parseSample } = await import("../../datasets/azure-functions-2019/function-sample.ts");
      const arrivals = parseArrivals(flags.arrivals ?? "even");
      const days = flags.days === undefined ? null : await parseDays(flags.days);
      const app = flags.app === "function" ? "function" : "app";
      const hours = await parseHours(flags.from, flags.to);
      const sample = flags.sampleFunctions === undefined ? null : parseSample(flags.sampleFunctions);
      return loadAzureFunctions2019(path, { ...common, arrivals, days, app, hours, sample }, onBytes, spill);
    },
  },
  "google-2011": {
    flags: [],
    async load(path, common, _, reading) {
      const { loadGoogle2011 } = await import("../../datasets/google-2011/google-2011.ts");
      return loadGoogle2011(path, common, reading.onBytes, await spillIfLarge(reading));
    },
  },
  bitbrains: {
    flags: [],
    async load(path, common, _, { onBytes }) {
      const { loadBitbrains } = await import("../../datasets/bitbrains/bitbrains.ts");
      return loadBitbrains(path, common, onBytes);
    },
  },
  "alibaba-openb-2023": {
    flags: ["pods"],
    async load(path, common, { pods }, { onBytes }) {
      const { loadOpenb } = await import("../../datasets/openb/openb-trace.ts");
      return loadOpenb(path, { ...common, ...(pods === undefined ? {} : { pods }) }, onBytes);
    },
  },
  swf: {
    flags: [],
    async load(path, common, _, { onBytes }) {
      const { loadSwf } = await import("../../datasets/swf/swf.ts");
      return loadSwf(path, common, onBytes);
    },
  },
  journal: {
    flags: [],
    async load(path, common, _, reading) {
      const { loadJournal } = await import("./import-journal.ts");
      return loadJournal(path, common, reading.onBytes, await spillIfLarge(reading));
    },
  },
  timeseries: {
    flags: ["mapping"],
    async load(path, common, flags, reading) {
      if (flags.mapping === undefined) {
        return refuse({
          where: "--mapping",
          expected: "a YAML file, builtin:servegen or builtin:servegen-requests",
          found: "nothing",
        });
      }
      const { loadSeriesMapping } = await import("../../datasets/timeseries/series-mapping.ts");
      const { loadTimeSeries } = await import("../../datasets/timeseries/timeseries.ts");
      const options = { ...common, mapping: await loadSeriesMapping(flags.mapping) };
      return loadTimeSeries(path, options, reading.onBytes, reading.spill);
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
    where: `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
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

/** Hours from midnight of the first day that is read. */
async function parseHours(from: string | undefined, to: string | undefined): Promise<{ from: number; to: number } | null> {
  if (from === undefined && to === undefined) return null;
  const [first, last] = [from ?? "0", to ?? String(24 * 99)];
  const isHours = (text: string) => /^\d{1,4}$/.test(text);
  if (isHours(first) && isHours(last) && Number(first) < Number(last)) return { from: Number(first), to: Number(last) };
  const found = [from === undefined ? [] : `--from ${from}`, to === undefined ? [] : `--to ${to}`].flat().join(" ");
  return refuse({ where: "--from, --to", expected: "whole hours from midnight of the first day, from before to", found });
}

/** `3` or `1-3`. */
async function parseDays(text: string): Promise<{ first: number; last: number }> {
  const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match !== null && first >= 1 && first <= last) return { first, last };
  return refuse({ where: "--days", expected: "a day such as 2, or a range such as 1-3", found: JSON.stringify(text) });
}
