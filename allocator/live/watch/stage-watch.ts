import { ByteReader, ByteWriter } from "../../core/bytes.ts";
import type { Decision } from "../../core/decisions.ts";
import type { AllocatorEvent } from "../../core/events.ts";
import type { UserId } from "../../core/ids.ts";
import type { State } from "../../core/state.ts";
import type { StepObserver } from "../../ports.ts";
import type { Fleet } from "../fleet.ts";
import type { Column, Measure } from "./measures.ts";
import { ObservedStarts } from "./observed-starts.ts";
import { ObservedWaste } from "./observed-waste.ts";
import type { Prediction, Predictions } from "./predictions.ts";
import { type Ratio, ratioOf } from "./ratio.ts";
import { SlidingSums } from "./sliding-sums.ts";

const DAY_MS = 86_400_000;
/** Standard errors by which what was observed has to be out of bounds: one in 740 looks where it is not, if nearly normal. */
const ERRORS = 3;
/** From fewer users nothing is concluded. */
const LEAST_USERS = 5;
/** Of the bytes that are kept: a change of their layout, or of what is counted, is another. */
const FORM = 1;

export interface WatchOptions {
  readonly windowMs: number;
  /** Requests that were decided, and samples of use, from which on something is concluded. */
  readonly leastObservations: number;
  /** Whether the candidate decides for everybody, in books of its own. Absent: for whom the stage says. */
  readonly rehearses?: boolean;
}

/**
 * `too_few`: nothing can be said yet · `worse`: surely above the predicted interval, less being better · `above`: above it, but not surely ·
 * `within` · `better`: below it.
 */
export type Verdict = "too_few" | "worse" | "above" | "within" | "better";

/** A metric as it was predicted, and as it is. */
export interface Watched {
  readonly metric: string;
  readonly unit: string;
  readonly predicted: { readonly low: number; readonly high: number };
  /** Of the users for whom the candidate decides. `atLeast`: three standard errors below the value. */
  readonly observed: { readonly value: number | null; readonly atLeast: number | null; readonly users: number };
  /** Of the others, over the same time; of a rehearsal, of the run that it is beside. */
  readonly others: number | null;
  readonly verdict: Verdict;
}

/** Predicted against observed. */
export interface WatchReport {
  readonly windowMs: number;
  /** Since when it is counted: the window, or less after a start or a move of the candidate. */
  readonly sinceMs: number;
  readonly observations: number;
  readonly leastObservations: number;
  readonly measures: readonly Watched[];
  /** Metrics of the gates that a live run does not count. */
  readonly unfollowed: readonly string[];
}

/**
 * Counts what a promotion's evidence predicted, for the candidate's users and the others, since the stage was last moved; over restarts,
 * where each snapshot keeps it and is shown the steps behind that.
 */
export class StageWatch implements StepObserver {
  readonly #state: () => State;
  readonly #predictions: Predictions;
  readonly #options: WatchOptions;
  readonly #sums: SlidingSums;
  readonly #starts: ObservedStarts;
  readonly #waste: ObservedWaste;
  #sinceMs: number;

  /**
   * @param atMs the time of the state now, from which on it counts what it has not kept.
   * @param kept what `content` gave when the state was this one; `null`, or of another window: it begins.
   */
  constructor(
    state: () => State,
    { tiers }: Fleet,
    predictions: Predictions,
    options: WatchOptions,
    { atMs, kept }: { readonly atMs: number; readonly kept: Uint8Array | null },
  ) {
    this.#state = state;
    this.#predictions = predictions;
    this.#options = options;
    this.#sums = new SlidingSums(options.windowMs);
    this.#sinceMs = atMs;
    const count = (user: number, column: Column, amount: number, atMs: number) => this.#sums.add(user, column, amount, atMs);
    const targets = new Map(tiers.map(({ name, targetStartMs }) => [name, targetStartMs]));
    const { violation, hour } = predictions.prices;
    const price = (tier: string) => violation[tier] ?? violation["standard"] ?? 0;
    this.#starts = new ObservedStarts(state, (tier) => targets.get(tier) ?? Number.POSITIVE_INFINITY, price, count);
    this.#waste = new ObservedWaste(state, hour, predictions.ofUsage, count);
    this.#waste.begin(this.#restore(kept) ?? atMs);
  }

  /** All that it has counted, until `nowMs`. */
  content(nowMs: number): Uint8Array {
    this.#look(nowMs);
    const out = new ByteWriter(65_536);
    out.u32(FORM);
    out.u64(this.#options.windowMs);
    out.u64(nowMs);
    out.u64(this.#sinceMs);
    this.#starts.write(out);
    this.#sums.write(out);
    return out.written();
  }

  /** @returns until when it is counted; `null`: nothing is of use. */
  #restore(kept: Uint8Array | null): number | null {
    const from = new ByteReader(kept ?? new Uint8Array(4));
    if (from.u32() !== FORM || from.u64() !== this.#options.windowMs) return null;
    const untilMs = from.u64();
    this.#sinceMs = from.u64();
    this.#starts.read(from);
    this.#sums.read(from);
    return untilMs;
  }

  #look(nowMs: number): void {
    this.#starts.look(nowMs);
    this.#waste.look(nowMs);
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    this.#starts.onStep(event, decisions);
    this.#waste.onStep(event, decisions);
    for (const decision of decisions) {
      if (decision.kind === "reserve" || decision.kind === "release") this.#sums.add(decision.user, "changes", 1, event.atMs);
      else if (decision.kind === "resize") {
        const user = this.#state().instances.find(decision.instance)?.user ?? null;
        if (user !== null) this.#sums.add(user, "changes", 1, event.atMs);
      }
    }
    if (event.kind === "usage_observed") this.#sums.add(event.user, "samples", 1, event.atMs);
    // What was observed of who decided before says nothing of who decides now.
    if (event.kind === "stage_set" || event.kind === "policy_activated") {
      this.#sums.clear();
      this.#sinceMs = event.atMs;
    }
  }

  report(nowMs: number): WatchReport {
    this.#look(nowMs);
    const { windowMs, leastObservations, rehearses = false } = this.#options;
    const fromMs = Math.max(this.#sinceMs, nowMs - windowMs);
    const sums = this.#sums.byUser(nowMs);
    const state = this.#state();
    const tries = (user: number) => rehearses || state.isInCanary(user as UserId);
    const ids = state.ledger.accounts().map(({ id }) => id);
    const days = Math.max(0, nowMs - fromMs) / DAY_MS;
    const pairs = ({ of, per }: Measure, isCounted: (user: number) => boolean) =>
      ids.filter(isCounted).map((id): readonly [number, number] => {
        const own = sums.get(id);
        const y = of.reduce((sum, column) => sum + (own?.[column] ?? 0), 0);
        return [y, per === "userDays" ? days : (own?.[per] ?? 0)];
      });
    const observations = ids
      .filter(tries)
      .reduce((sum, id) => sum + (sums.get(id)?.decided ?? 0) + (sums.get(id)?.samples ?? 0), 0);
    const measures = this.#predictions.predictions.map((prediction): Watched => {
      const observed = ratioOf(pairs(prediction.measure, tries));
      const others = ratioOf(pairs(prediction.measure, (id) => !tries(id))).value;
      return watched(prediction, observed, others, observations >= leastObservations);
    });
    const { unfollowed } = this.#predictions;
    return { windowMs, sinceMs: fromMs, observations, leastObservations, measures, unfollowed };
  }
}

function watched(
  { metric, measure, low, high }: Prediction,
  { value, error, users }: Ratio,
  others: number | null,
  enough: boolean,
): Watched {
  const sure = value !== null && Number.isFinite(error);
  const atLeast = sure ? Math.max(0, value - ERRORS * error) : null;
  const observed = { value, atLeast, users };
  const verdict = (): Verdict => {
    if (!enough || value === null || atLeast === null || users < LEAST_USERS) return "too_few";
    if (atLeast > high) return "worse";
    if (value > high) return "above";
    return value < low ? "better" : "within";
  };
  return { metric, unit: measure.unit, predicted: { low, high }, observed, others, verdict: verdict() };
}

/** Why the candidate is to be rolled back; `null`: it is not. */
export function rollbackReason({ measures, observations, sinceMs }: WatchReport, nowMs: number): string | null {
  const worse = measures.filter(({ verdict }) => verdict === "worse");
  if (worse.length === 0) return null;
  const words = worse.map(({ metric, unit, predicted, observed }) => {
    const seen = `${digits(observed.value)} ${unit}, at least ${digits(observed.atLeast)}`;
    return `${metric} is ${seen}, of ${observed.users} users; predicted at most ${digits(predicted.high)}`;
  });
  const minutes = Math.round((nowMs - sinceMs) / 60_000);
  return `${words.join("; ")} (${observations} observations in ${minutes} minutes)`;
}

function digits(value: number | null): string {
  return value === null ? "unknown" : String(Number(value.toPrecision(3)));
}
