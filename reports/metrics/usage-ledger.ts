import type { UsageObserved } from "../../allocator/core/events.ts";
import { NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";
import { HELD_PARTS, missingColumn, partColumn, USAGE_COLUMNS } from "./capacity-ledger.ts";
import type { User } from "./entities.ts";
import { IntervalSums } from "./interval-sums.ts";
import type { TimeBins } from "./time-bins.ts";
import type { UserTrack } from "./user-ledger.ts";

const USED = partColumn(HELD_PARTS.indexOf("used"), 0);
const HEADROOM = partColumn(HELD_PARTS.indexOf("headroom"), 0);
const MISSING = missingColumn(0);
const MINUTE_MS = 60_000;

/** What is known of the measured users of one tier, as far as it lies in the window. */
export class UsageTally {
  readonly sums: IntervalSums;
  /** User time that samples speak for. */
  observedMs = 0;
  /** Maximal periods of shortage that outlast the grace. */
  episodes = 0;
  /** User time of shortage beyond the grace. */
  pastGraceMs = 0;
  outOfMemory = 0;

  constructor(bins: TimeBins) {
    this.sums = new IntervalSums(USAGE_COLUMNS, bins);
  }
}

/** What is remembered of a measured user until its next sample. */
interface Measured {
  /** Everything before is accounted for. */
  knownMs: number;
  /** What was reserved since `knownMs`, in order of time; the last is in force. */
  readonly reserved: { sinceMs: number; amounts: Resources }[];
  /** Since when demand has exceeded R in some resource without a break; `null`: it does not. */
  shortSinceMs: number | null;
  graceMs: number;
  counted: boolean;
}

export interface UsageLedgerOptions {
  /** How long demand may exceed R before that is a violation; `null`: the window of the sample with which it began. */
  readonly graceMs: number | null;
  /** The true demand of a sample that a limit may have cut; `null`: nothing was cut. */
  readonly demandAt: ((sample: UsageObserved) => Resources) | null;
}

/**
 * Scores users whose use is measured: a sample stamped t says what was demanded over (t − window, t], held against what was
 * reserved then. Time that no sample speaks for counts nowhere, and ends a shortage.
 */
export class UsageLedger {
  readonly tallies: UsageTally[] = [];
  readonly #bins: TimeBins;
  readonly #options: UsageLedgerOptions;
  readonly #users = new Map<User, Measured>();
  #samples = 0;

  constructor(bins: TimeBins, options: UsageLedgerOptions) {
    this.#bins = bins;
    this.#options = options;
  }

  get samples(): number {
    return this.#samples;
  }

  get isLimited(): boolean {
    return this.#options.demandAt !== null;
  }

  addTier(tier: number): void {
    this.tallies[tier] ??= new UsageTally(this.#bins);
  }

  reserve(user: User, amounts: Resources, atMs: number): void {
    const { reserved } = this.#measured(user);
    const last = reserved[reserved.length - 1];
    if (last?.sinceMs === atMs) last.amounts = amounts;
    else reserved.push({ sinceMs: atMs, amounts });
  }

  observe(user: User, sample: UsageObserved): void {
    this.#samples += 1;
    const demand = this.#options.demandAt === null ? sample.used : this.#options.demandAt(sample);
    const measured = this.#measured(user);
    user.track?.measure();
    const tally = this.tallies[user.tier]!;
    const fromMs = Math.max(sample.atMs - sample.windowMs, measured.knownMs);
    if (fromMs > measured.knownMs) measured.shortSinceMs = null;
    const { reserved } = measured;
    for (let i = 0; i < reserved.length; i += 1) {
      const startMs = Math.max(fromMs, reserved[i]!.sinceMs);
      const endMs = Math.min(sample.atMs, reserved[i + 1]?.sinceMs ?? sample.atMs);
      if (startMs < endMs) this.#account(tally, user, measured, demand, reserved[i]!.amounts, startMs, endMs, sample.windowMs);
    }
    const current = reserved[reserved.length - 1]!;
    const inWindow = sample.atMs >= this.#bins.fromMs && sample.atMs <= this.#bins.toMs;
    if (sample.saturated && inWindow && demand.memoryMiB > current.amounts.memoryMiB) tally.outOfMemory += 1;
    measured.knownMs = sample.atMs;
    if (reserved.length > 1) reserved.splice(0, reserved.length - 1);
  }

  #measured(user: User): Measured {
    let measured = this.#users.get(user);
    if (measured === undefined) {
      const reserved = [{ sinceMs: 0, amounts: NO_RESOURCES }];
      measured = { knownMs: 0, reserved, shortSinceMs: null, graceMs: 0, counted: false };
      this.#users.set(user, measured);
    }
    return measured;
  }

  /** `[startMs, endMs)`, in which neither the demand nor R changes. */
  #account(
    tally: UsageTally,
    { cells, track }: User,
    measured: Measured,
    demand: Resources,
    reserved: Resources,
    startMs: number,
    endMs: number,
    windowMs: number,
  ): void {
    let short = false;
    const own = cells.measured();
    const add = (column: number, level: number) => {
      tally.sums.add(column, level, startMs, endMs);
      own.add(column, level, startMs, endMs);
    };
    for (let i = 0; i < RESOURCE_NAMES.length; i += 1) {
      const name = RESOURCE_NAMES[i]!;
      const wanted = demand[name];
      const held = reserved[name];
      add(USED + i, Math.min(wanted, held));
      add(HEADROOM + i, Math.max(0, held - wanted));
      add(MISSING + i, Math.max(0, wanted - held));
      if (wanted > held) short = true;
    }
    if (track !== null) trackUse(track, demand, reserved, startMs, endMs);
    const observedMs = this.#inWindow(startMs, endMs);
    tally.observedMs += observedMs;
    if (observedMs > 0) cells.count("observedMs", startMs, observedMs);
    if (!short) {
      measured.shortSinceMs = null;
      return;
    }
    if (measured.shortSinceMs === null) {
      measured.shortSinceMs = startMs;
      measured.graceMs = this.#options.graceMs ?? windowMs;
      measured.counted = false;
    }
    const pastMs = this.#inWindow(Math.max(startMs, measured.shortSinceMs + measured.graceMs), endMs);
    if (pastMs === 0) return;
    tally.pastGraceMs += pastMs;
    cells.count("pastGraceMs", startMs, pastMs);
    track?.count("violations", startMs, pastMs / MINUTE_MS);
    if (measured.counted) return;
    measured.counted = true;
    tally.episodes += 1;
    cells.count("shortages", Math.max(startMs, measured.shortSinceMs + measured.graceMs));
  }

  #inWindow(startMs: number, endMs: number): number {
    return Math.max(0, Math.min(endMs, this.#bins.toMs) - Math.max(startMs, this.#bins.fromMs));
  }
}

/** The same in the user's own series, at prices. */
function trackUse(track: UserTrack, demand: Resources, reserved: Resources, startMs: number, endMs: number): void {
  const each = (amount: (wanted: number, held: number) => number) => {
    const of = (name: (typeof RESOURCE_NAMES)[number]) => amount(demand[name], reserved[name]);
    return { cpuMillis: of("cpuMillis"), memoryMiB: of("memoryMiB"), gpuMillis: of("gpuMillis"), networkKbps: of("networkKbps") };
  };
  track.over("used", track.hourly(each(Math.min)), startMs, endMs);
  track.over("held", track.hourly(reserved), startMs, endMs);
  const missing = track.hourly(each((wanted, held) => Math.max(0, wanted - held)));
  if (missing > 0) track.over("missing", missing, startMs, endMs);
}
