import { exp, log } from "../../allocator/core/math.ts";
import type { Forecaster, Horizon, Split } from "../forecaster.ts";
import { DAY_MS, LocalClock, stepsOf } from "../panel/calendar.ts";
import type { History, Panel, Series } from "../panel/panel.ts";
import { arrivalForecaster, bestOnValidation, type Chances } from "./arrival-forecaster.ts";
import { drawn } from "./gap-bins.ts";
import { GapPools } from "./gap-pools.ts";

/** What is chosen on the validation steps. */
interface Choice {
  /** With so many steps' worth an hour of the week is drawn to the hour of the day, and that to the overall rate. */
  readonly weight: number;
  /** How much of the past counts; `null`: all. */
  readonly memoryDays: number | null;
}
const CHOICES: readonly Choice[] = [8, 64, 512].flatMap((weight) => [null, 7].map((memoryDays) => ({ weight, memoryDays })));

/**
 * Arrivals as a Poisson process whose rate depends on the local hour of the week: the chance of a step is 1 − e^(−λ). The rate is
 * that which makes the observed share of steps with an arrival likeliest, λ = −ln(1 − share): counts say more, but where requests
 * come in bursts they overstate it. A series without history has the overall rate of those like it in training.
 */
export async function seasonalPoisson(panel: Panel, split: Split, horizon: Horizon): Promise<Forecaster> {
  const pools = new GapPools(panel, split.trainEnd);
  const hours = new HoursOfSteps();
  const candidates = CHOICES.map((choice) => arrivalForecaster("seasonal-poisson", ratesOf(pools, hours, choice)));
  return bestOnValidation(candidates, panel, split, horizon);
}

const HOURS = 168;

function ratesOf(pools: GapPools, hours: HoursOfSteps, { weight, memoryDays }: Choice): Chances {
  const seen = new Float64Array(HOURS);
  const arrived = new Float64Array(HOURS);
  const rates = new Float64Array(HOURS);
  return (history, series, steps, out, offset) => {
    const of = history.frame.series[series] as Series;
    const values = history.values(series);
    const hourOf = hours.of(of.traits.timeZone, history.frame, history.steps + steps);
    const memory = memoryDays === null ? history.steps : memoryDays * stepsOf(DAY_MS, history.frame.stepMs);
    seen.fill(0);
    arrived.fill(0);
    for (let step = Math.max(0, history.steps - memory); step < history.steps; step += 1) {
      const count = values[step] as number;
      if (Number.isNaN(count)) continue;
      const hour = hourOf[step] as number;
      seen[hour] = (seen[hour] as number) + 1;
      if (count > 0) arrived[hour] = (arrived[hour] as number) + 1;
    }
    writeRates(seen, arrived, pools.overall(of), weight, rates);
    for (let k = 0; k < steps; k += 1) out[offset + k] = 1 - exp(-(rates[hourOf[history.steps + k] as number] as number));
  };
}

/** The rate of a step in each hour of the week. */
function writeRates(seen: Float64Array, arrived: Float64Array, pooled: number, weight: number, rates: Float64Array): void {
  const sum = (sums: Float64Array, first: number, each: number) => {
    let total = 0;
    for (let hour = first; hour < HOURS; hour += each) total += sums[hour] as number;
    return total;
  };
  const overall = drawn(sum(arrived, 0, 1), sum(seen, 0, 1), pooled, weight);
  for (let hour = 0; hour < 24; hour += 1) {
    const daily = drawn(sum(arrived, hour, 24), sum(seen, hour, 24), overall, weight);
    for (let at = hour; at < HOURS; at += 24) {
      const share = drawn(arrived[at] as number, seen[at] as number, daily, weight);
      rates[at] = -log(1 - Math.min(share, 1 - 1e-9));
    }
  }
}

/** The local hour of the week of every step of a grid, and beyond; by time zone and grid. */
class HoursOfSteps {
  readonly #hours = new Map<string, Uint8Array>();

  of(timeZone: string, { startMs, stepMs, steps, epochMs }: History["frame"], until: number): Uint8Array {
    const name = [timeZone, startMs, stepMs, epochMs].join(" ");
    const known = this.#hours.get(name);
    if (known !== undefined && known.length >= until) return known;
    const clock = new LocalClock(timeZone, epochMs);
    const hours = Uint8Array.from({ length: Math.max(steps, 2 * until) }, (_, step) =>
      clock.hourOfWeek(startMs + (step + 0.5) * stepMs),
    );
    this.#hours.set(name, hours);
    return hours;
  }
}
