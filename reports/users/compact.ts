import { gzipSync } from "node:zlib";
import type { ComparedRun } from "../compared-run.ts";
import { violationPrice } from "../prices.ts";
import { addRow, USER_MEASURES, type UserMeasure, type UserSeries } from "./series.ts";

/** The highest level that a page has: 63 squares from nothing to the largest are as many heights as a small chart can show. */
const TOP_LEVEL = 63;
/** A quarter of an octave a step; 0 stands for a row of zeros. */
const SCALE_STEPS = 4;
const SCALE_ZERO = 128;
/** How many bins may be put into one; the bins of a day's hours come out even. */
const FACTORS = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 120, 168, 240, 360, 720];
/** Users that keep all bins, whatever the others cost: the worst ones, and the sum of all. */
const FEWEST_FINE = 61;
/** How much of the room those may take whose bins are put together. */
const COARSE_SHARE = 0.6;
/** Users whose size speaks for that of the others. */
const SAMPLE = 240;
/** Names may take so much; longer ones are cut where they stay different. */
const MOST_NAME_BYTES = 200_000;
const SHORTEST_NAME = 12;

/** The users' series of a comparison as a page holds them. Its script (html/script/users-data.ts) reads them. */
export interface CompactUsers {
  readonly fromMs: number;
  readonly toMs: number;
  readonly binMs: number;
  readonly bins: number;
  readonly measured: boolean;
  readonly tiers: readonly string[];
  readonly policies: number;
  readonly measures: readonly UserMeasure[];
  readonly topLevel: number;
  readonly scaleSteps: number;
  readonly scaleZero: number;
  /** With the sum of all, which is the first. */
  readonly users: number;
  /** So many have all bins; of the others, `factor` of them are put into one. */
  readonly fine: number;
  readonly factor: number;
  readonly nameBytes: number;
  readonly cutNames: boolean;
}

export interface PackedUsers {
  readonly header: CompactUsers;
  /** Base64 over gzip over names, tiers, scales and levels. */
  readonly payload: string;
}

/** What of a run is at hand while packing: bins of one length for all runs, in the order of the first run's users. */
interface Source {
  readonly series: readonly UserSeries[];
  readonly binMs: number;
  readonly bins: number;
  /** By run, user × measures + measure → its row; −1: zeros. */
  readonly rowOf: readonly Int32Array[];
  readonly names: readonly string[];
  readonly tierOf: readonly number[];
}

/**
 * Packs the series into at most about `budget` bytes of base64. Where they do not fit, the users that cost the most or violate the
 * most under some policy keep all bins, and those of the others are put together.
 */
export function packUsers(runs: readonly ComparedRun[], series: readonly UserSeries[], budget: number): PackedUsers {
  const source = sourceOf(series);
  const order = byInterest(runs, source);
  const most = Math.floor((budget * 3) / 4);
  const whole = source.names.length * source.bins * runs.length;
  if (whole <= 4_000_000) {
    const packed = pack(source, order, order.length, 1);
    if (packed.bytes.length <= most) return finish(source, packed);
  }
  const sample = order.filter((_, index) => index % Math.ceil(order.length / SAMPLE) === 0);
  const bytesEach = (users: readonly number[], factor: number) =>
    pack(source, users, factor === 1 ? users.length : 0, factor).bytes.length / users.length;
  const factors = FACTORS.filter((factor) => factor > 1 && factor <= Math.max(2, source.bins));
  const share = most * COARSE_SHARE;
  let choice = factors.findIndex((factor) => bytesEach(sample, factor) * order.length <= share);
  if (choice === -1) choice = factors.length - 1;
  const fewest = Math.min(order.length, FEWEST_FINE);
  const coarse = bytesEach(sample, factors[choice]!) * order.length;
  const eachFine = bytesEach(order.slice(0, fewest), 1);
  let fine = Math.max(fewest, Math.min(order.length, Math.floor((most - coarse) / eachFine)));
  for (;;) {
    const packed = pack(source, order, fine, factors[choice]!);
    if (packed.bytes.length <= most || (fine === fewest && choice === factors.length - 1)) return finish(source, packed);
    if (fine > fewest) fine = Math.max(fewest, Math.floor(fine * 0.8));
    else choice += 1;
  }
}

function sourceOf(series: readonly UserSeries[]): Source {
  const first = series[0]!;
  const indexOf = new Map(first.users.map(({ name }, index) => [name, index]));
  const rowOf = series.map(({ users, rows }) => {
    const own = new Int32Array(first.users.length * USER_MEASURES.length).fill(-1);
    for (const [row, { user, measure }] of rows.entries()) {
      const index = indexOf.get(users[user]!.name);
      if (index !== undefined) own[index * USER_MEASURES.length + USER_MEASURES.indexOf(measure)] = row;
    }
    return own;
  });
  const binMs = Math.max(...series.map((one) => one.binMs));
  return {
    series,
    binMs,
    bins: Math.ceil((first.toMs - first.fromMs) / binMs),
    rowOf,
    names: first.users.map(({ name }) => name),
    tierOf: first.users.map(({ tier }) => tier),
  };
}

/** The users, those first that under some policy come first by waste, by what violations cost, by waits. */
function byInterest(runs: readonly ComparedRun[], source: Source): number[] {
  const users = source.names.map((_, user) => user);
  const best = new Float64Array(users.length).fill(users.length);
  const total = (run: number, user: number, measure: UserMeasure) => {
    const sums = new Float64Array(1);
    addTo(source, run, user, measure, source.bins, sums);
    return sums[0]!;
  };
  const totals = new Float64Array(users.length);
  for (const [run, { prices, trace }] of runs.entries()) {
    const price = trace.tiers.map(({ name }) => violationPrice(prices, name));
    const measures = [
      (user: number) => total(run, user, "held") - total(run, user, "used"),
      (user: number) => total(run, user, "violations") * (price[source.tierOf[user]!] ?? 0),
      (user: number) => total(run, user, "waitMs"),
    ];
    for (const measure of measures) {
      for (const user of users) totals[user] = measure(user);
      const ranked = users.filter((user) => totals[user]! > 0).sort((a, b) => totals[b]! - totals[a]! || a - b);
      for (const [rank, user] of ranked.entries()) best[user] = Math.min(best[user]!, rank);
    }
  }
  return users.sort((a, b) => best[a]! - best[b]! || a - b);
}

/** Adds a user's values to bins of which each is `factor` of the source's. */
function addTo(source: Source, run: number, user: number, measure: UserMeasure, factor: number, sums: Float64Array): void {
  const series = source.series[run]!;
  const column = USER_MEASURES.indexOf(measure);
  const row = source.rowOf[run]![user * USER_MEASURES.length + column]!;
  if (row !== -1) addRow(series, row, (source.binMs / series.binMs) * factor, sums);
}

interface Packed {
  readonly order: readonly number[];
  readonly fine: number;
  readonly factor: number;
  readonly measures: readonly UserMeasure[];
  readonly nameBytes: number;
  readonly cutNames: boolean;
  readonly bytes: Buffer;
}

/** Rows by measure, then user (all of them together first), then policy: what is alike stands near. */
function pack(source: Source, order: readonly number[], fine: number, factor: number): Packed {
  const measures = USER_MEASURES.filter((measure) =>
    source.series.some(({ rows }) => rows.some((row) => row.measure === measure)),
  );
  const { names, cut } = namesOf(source, order);
  const text = Buffer.from(names.join("\n"));
  const tiers = Uint8Array.from(order, (user) => source.tierOf[user]!);
  const scales = new Uint8Array(measures.length * (order.length + 1) * source.series.length);
  const levels: Uint8Array[] = [];
  let next = 0;
  const put = (values: Float64Array) => {
    const scale = scaleOf(values);
    scales[next++] = scale;
    if (scale > 0) levels.push(levelsOf(values, 2 ** ((scale - SCALE_ZERO) / SCALE_STEPS)));
  };
  for (const measure of measures) {
    for (const run of source.series.keys()) put(sumOfAll(source, run, measure));
    for (const [place, user] of order.entries()) {
      const own = place < fine ? 1 : factor;
      for (const run of source.series.keys()) {
        const values = new Float64Array(Math.ceil(source.bins / own));
        addTo(source, run, user, measure, own, values);
        put(values);
      }
    }
  }
  const bytes = gzipSync(Buffer.concat([text, tiers, scales, ...levels]));
  return { order, fine, factor: fine === order.length ? 1 : factor, measures, nameBytes: text.length, cutNames: cut, bytes };
}

function sumOfAll(source: Source, run: number, measure: UserMeasure): Float64Array {
  const sums = new Float64Array(source.bins);
  for (const user of source.names.keys()) addTo(source, run, user, measure, 1, sums);
  return sums;
}

function scaleOf(values: Float64Array): number {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  if (max === 0) return 0;
  return Math.min(255, Math.max(1, SCALE_ZERO + Math.ceil(SCALE_STEPS * Math.log2(max))));
}

function levelsOf(values: Float64Array, top: number): Uint8Array {
  return Uint8Array.from(values, (value) =>
    value <= 0 ? 0 : Math.min(TOP_LEVEL, Math.max(1, Math.round(TOP_LEVEL * Math.sqrt(value / top)))),
  );
}

/** Line feeds would end a name. */
function namesOf({ names }: Source, order: readonly number[]): { readonly names: string[]; readonly cut: boolean } {
  const own = order.map((user) => names[user]!.replaceAll("\n", " "));
  const bytes = own.reduce((sum, name) => sum + name.length, 0);
  if (bytes <= MOST_NAME_BYTES) return { names: own, cut: false };
  for (let length = SHORTEST_NAME; length < 64; length += 4) {
    const cut = own.map((name) => (name.length <= length + 1 ? name : `${name.slice(0, length)}…`));
    if (new Set(cut).size === own.length) return { names: cut, cut: true };
  }
  return { names: own, cut: false };
}

function finish(source: Source, { order, fine, factor, measures, nameBytes, cutNames, bytes }: Packed): PackedUsers {
  const { fromMs, toMs, measured, tiers } = source.series[0]!;
  const { binMs, bins, series } = source;
  const users = order.length + 1;
  return {
    header: {
      ...{ fromMs, toMs, binMs, bins, measured, tiers, policies: series.length, measures },
      ...{ topLevel: TOP_LEVEL, scaleSteps: SCALE_STEPS, scaleZero: SCALE_ZERO },
      ...{ users, fine: fine + 1, factor, nameBytes, cutNames },
    },
    payload: bytes.toString("base64"),
  };
}
