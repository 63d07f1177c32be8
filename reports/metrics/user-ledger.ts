import { maximum, NO_RESOURCES, type Resources } from "../../allocator/core/resources.ts";
import type { Prices } from "../../sim/run-record.ts";
import { quantise, TOP_LEVEL, USER_MEASURES, type UserMeasure, type UserRow, type UserSeries } from "../users/series.ts";
import type { Amounts, Instance } from "./entities.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Bins are hours where the window has room for them: what people compare. */
const STEPS_MS = [
  ...[1, 10].map((seconds) => seconds * SECOND_MS),
  ...[1, 5, 15].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR_MS),
];
const MOST_SHORT_BINS = 300;
/** The hours of 31 days. */
const MOST_BINS = 744;
/** Bins are kept in chunks, made when something falls into one. */
const CHUNK = 32;
/** Chunks in one block of memory. */
const SLAB = 4096;
/** So many chunks are 160 MB; above, bins become twice as long. */
const MOST_CHUNKS = 1_250_000;

const MEASURE = Object.fromEntries(USER_MEASURES.map((name, index) => [name, index])) as Readonly<Record<UserMeasure, number>>;

/** The length of a bin: the shortest round one that leaves few enough of them. */
export function userBinMs(windowMs: number): number {
  const step = STEPS_MS.find((ms) => windowMs / ms <= (ms < HOUR_MS ? MOST_SHORT_BINS : MOST_BINS));
  return step ?? Math.ceil(windowMs / MOST_BINS / DAY_MS) * DAY_MS;
}

/** What one user has and does. Call `advance` before anything changes. */
export class UserTrack {
  readonly name: string;
  readonly tier: number;
  /** Per (measure, chunk of bins) where it is kept, counted from 1; 0: nothing fell into it yet. */
  chunks: Int32Array;
  readonly #ledger: UserLedger;
  readonly #used = { cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  /** What `hold` was told last: what is reserved, and what instances take, which changes in place. */
  #reserved: Resources = NO_RESOURCES;
  #own: Resources = NO_RESOURCES;
  /** What is held and used costs an hour, as long as nothing has changed since; much changes several times at one time. */
  #heldRate = 0;
  #usedRate = 0;
  #ratesAreOld = false;
  #instances = 0;
  #atMs = 0;
  #measured = false;

  constructor(ledger: UserLedger, name: string, tier: number, chunks: number) {
    this.#ledger = ledger;
    this.name = name;
    this.tier = tier;
    this.chunks = new Int32Array(chunks);
  }

  /** From the first sample on, samples say what was held and used. */
  measure(): void {
    if (this.#measured) return;
    this.#measured = true;
    const width = this.chunks.length / USER_MEASURES.length;
    this.chunks.fill(0, MEASURE.held * width, (MEASURE.held + 1) * width);
  }

  /** Accounts for what was held until now. */
  advance(atMs: number): void {
    if (atMs === this.#atMs || this.#measured) return;
    const fromMs = this.#atMs;
    this.#atMs = atMs;
    if (this.#ratesAreOld) this.#renewRates();
    if (this.#heldRate > 0) this.over("held", this.#heldRate, fromMs, atMs);
    if (this.#usedRate > 0) this.over("used", this.#usedRate, fromMs, atMs);
    if (this.#instances > 0) this.over("instances", this.#instances, fromMs, atMs);
  }

  /** An instance of the user's begins (1) or ends (−1) to be as it is now. */
  move({ phase, size, requests, requested }: Instance, times: 1 | -1): void {
    this.#instances += times;
    if (phase !== "ready" || requests.length === 0) return;
    this.#used.cpuMillis += times * Math.min(size.cpuMillis, requested.cpuMillis);
    this.#used.memoryMiB += times * Math.min(size.memoryMiB, requested.memoryMiB);
    this.#used.gpuMillis += times * Math.min(size.gpuMillis, requested.gpuMillis);
    this.#used.networkKbps += times * Math.min(size.networkKbps, requested.networkKbps);
    this.#ratesAreOld = true;
  }

  /** Held from now on: the larger of what is reserved and what the user's instances take, resource by resource. */
  hold(reserved: Resources, own: Amounts): void {
    this.#reserved = reserved;
    this.#own = own;
    this.#ratesAreOld = true;
  }

  #renewRates(): void {
    this.#ratesAreOld = false;
    this.#usedRate = this.#ledger.hourly(this.#used);
    this.#heldRate = this.#ledger.hourly(maximum(this.#reserved, this.#own));
  }

  /** Adds to the bin of `atMs`, if it lies in the window. */
  count(measure: UserMeasure, atMs: number, amount = 1): void {
    this.#ledger.add(this, MEASURE[measure], atMs, amount);
  }

  /** `rate` an hour over `[fromMs, toMs)`, as far as that lies in the window. */
  over(measure: UserMeasure, rate: number, fromMs: number, toMs: number): void {
    this.#ledger.addOver(this, MEASURE[measure], rate, fromMs, toMs);
  }

  /** What capacity costs an hour. */
  hourly(amounts: Resources): number {
    return this.#ledger.hourly(amounts);
  }
}

/** Of every user a few series over the window, in bounded memory: where they need more, the bins grow. */
export class UserLedger {
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #prices: Prices;
  readonly #mostChunks: number;
  #binMs: number;
  readonly #tracks: UserTrack[] = [];
  #slabs: Float32Array[] = [];
  #chunks = 0;

  constructor(window: { readonly fromMs: number; readonly toMs: number }, prices: Prices, mostChunks = MOST_CHUNKS) {
    this.#fromMs = window.fromMs;
    this.#toMs = window.toMs;
    this.#prices = prices;
    this.#mostChunks = mostChunks;
    this.#binMs = userBinMs(window.toMs - window.fromMs);
  }

  addUser(name: string, tier: number): UserTrack {
    const track = new UserTrack(this, name, tier, USER_MEASURES.length * this.#chunksARow());
    this.#tracks.push(track);
    return track;
  }

  /** What the amounts cost an hour. */
  hourly({ cpuMillis, memoryMiB, gpuMillis, networkKbps }: Resources): number {
    const { cpuCoreHour, memoryGiBHour, gpuHour, networkMbpsHour } = this.#prices;
    return (
      (cpuMillis * cpuCoreHour + gpuMillis * gpuHour + networkKbps * networkMbpsHour) / 1000 + (memoryMiB * memoryGiBHour) / 1024
    );
  }

  add(track: UserTrack, measure: number, atMs: number, amount: number): void {
    if (atMs < this.#fromMs || atMs >= this.#toMs) return;
    this.#put(track, measure, Math.floor((atMs - this.#fromMs) / this.#binMs), amount);
  }

  addOver(track: UserTrack, measure: number, rate: number, fromMs: number, toMs: number): void {
    const endMs = Math.min(toMs, this.#toMs);
    let atMs = Math.max(fromMs, this.#fromMs);
    while (atMs < endMs) {
      const bin = Math.floor((atMs - this.#fromMs) / this.#binMs);
      const untilMs = Math.min(endMs, this.#fromMs + (bin + 1) * this.#binMs);
      this.#put(track, measure, bin, (rate * (untilMs - atMs)) / HOUR_MS);
      atMs = untilMs;
    }
  }

  /** The series of all users. Ends the run: what is held is held to the window's end. */
  finish(tiers: readonly string[], measured: boolean): UserSeries {
    for (const track of this.#tracks) track.advance(this.#toMs);
    const binMs = this.#binMs;
    const bins = this.#count();
    const all = this.#tracks.flatMap((track, user) =>
      USER_MEASURES.flatMap((measure) => (this.#isEmpty(track, MEASURE[measure]) ? [] : [{ user, measure, track }])),
    );
    const levels = new Uint8Array(all.length * bins);
    const values = new Float32Array(this.#chunksARow() * CHUNK);
    const rows = all.map(({ user, measure, track }, row): UserRow => {
      this.#read(track, MEASURE[measure], values);
      return { user, measure, max: quantise(values.subarray(0, bins), TOP_LEVEL, levels, row * bins) };
    });
    const users = this.#tracks.map(({ name, tier }) => ({ name, tier }));
    return { fromMs: this.#fromMs, toMs: this.#toMs, binMs, bins, measured, tiers, users, rows, levels };
  }

  #count(): number {
    return Math.ceil((this.#toMs - this.#fromMs) / this.#binMs);
  }

  #chunksARow(): number {
    return Math.ceil(this.#count() / CHUNK);
  }

  #put(track: UserTrack, measure: number, bin: number, amount: number): void {
    const place = measure * this.#chunksARow() + Math.floor(bin / CHUNK);
    let chunk = track.chunks[place]!;
    if (chunk === 0) {
      if (this.#chunks === this.#mostChunks && this.#count() > 1) {
        this.#coarsen();
        return this.#put(track, measure, Math.floor(bin / 2), amount);
      }
      chunk = this.#newChunk();
      track.chunks[place] = chunk;
    }
    this.#slabs[Math.floor((chunk - 1) / SLAB)]![((chunk - 1) % SLAB) * CHUNK + (bin % CHUNK)]! += amount;
  }

  #newChunk(): number {
    if (this.#chunks % SLAB === 0) this.#slabs.push(new Float32Array(SLAB * CHUNK));
    this.#chunks += 1;
    return this.#chunks;
  }

  #isEmpty({ chunks }: UserTrack, measure: number): boolean {
    const width = this.#chunksARow();
    return chunks.subarray(measure * width, (measure + 1) * width).every((chunk) => chunk === 0);
  }

  #read({ chunks }: UserTrack, measure: number, values: Float32Array): void {
    const width = this.#chunksARow();
    for (let index = 0; index < width; index++) {
      const chunk = chunks[measure * width + index]!;
      if (chunk === 0) {
        values.fill(0, index * CHUNK, (index + 1) * CHUNK);
        continue;
      }
      const from = ((chunk - 1) % SLAB) * CHUNK;
      values.set(this.#slabs[Math.floor((chunk - 1) / SLAB)]!.subarray(from, from + CHUNK), index * CHUNK);
    }
  }

  /** Bins twice as long, and what was in two of them in one. */
  #coarsen(): void {
    const before = { width: this.#chunksARow(), slabs: this.#slabs };
    this.#binMs *= 2;
    this.#slabs = [];
    this.#chunks = 0;
    for (const track of this.#tracks) {
      const chunks = track.chunks;
      track.chunks = new Int32Array(USER_MEASURES.length * this.#chunksARow());
      for (const [place, chunk] of chunks.entries()) {
        if (chunk === 0) continue;
        const from = ((chunk - 1) % SLAB) * CHUNK;
        const slab = before.slabs[Math.floor((chunk - 1) / SLAB)]!;
        const first = (place % before.width) * CHUNK;
        for (let index = 0; index < CHUNK; index++) {
          const amount = slab[from + index]!;
          if (amount > 0) this.#put(track, Math.floor(place / before.width), Math.floor((first + index) / 2), amount);
        }
      }
    }
  }
}
