import type { Mutation } from "./mutant.ts";

const FROM_TRACE = "models/panel/panel-from-trace.ts";
const TRAITS = "models/panel/trait-features.ts";
const ARRIVALS = "models/panel/arrival-features.ts";
const GAPS = "models/arrival/gap-bins.ts";

/** What is known when, and what follows from it. */
export const MODEL_MUTATIONS: readonly Mutation[] = [
  {
    rule: "a panel has whole steps only",
    file: "models/panel/grid.ts",
    find: "Math.floor((untilMs - startMs) / stepMs)",
    replace: "Math.ceil((untilMs - startMs) / stepMs)",
  },
  {
    rule: "what still runs at the end of a panel counts until there",
    file: FROM_TRACE,
    find: "  for (let row = 0; row < rows.of.length; row += 1) settle(row, untilMs);",
    replace: "",
  },
  {
    rule: "a usage sample counts in the step in which it ends",
    file: "models/panel/measured-demand.ts",
    find: "Math.ceil(((atMs[row] as number) - startMs) / stepMs) - 1",
    replace: "Math.floor(((atMs[row] as number) - startMs) / stepMs)",
  },
  {
    rule: "words of features come from the training steps",
    file: "models/panel/feature-spec.ts",
    find: "new History(panel, trainEnd)",
    replace: "new History(panel, panel.steps)",
  },
  {
    rule: "news that begins at the origin is not known there",
    file: TRAITS,
    find: "if (atMs >= nowMs) break;",
    replace: "if (atMs > nowMs) break;",
  },
  {
    rule: "an app that is first run in the step to forecast is not known before it",
    file: TRAITS,
    find: "if (step >= origin) break;",
    replace: "if (step > origin) break;",
  },
  {
    rule: "a seasonal lag is one that is known at the origin",
    file: "models/panel/level-features.ts",
    find: "lag * (Math.floor(k / lag) + 1)",
    replace: "lag * Math.floor(k / lag)",
  },
  {
    rule: "arrivals around the same time of another day end at the origin",
    file: ARRIVALS,
    find: "Math.min(origin, from + this.#hour)",
    replace: "from + this.#hour",
  },
  {
    rule: "an arrival in the step to forecast does not end the idle time",
    file: "models/panel/arrivals.ts",
    find: "const before = this.before(origin);\n    return before === 0",
    replace: "const before = this.before(origin + 1);\n    return before === 0",
  },
  {
    rule: "daylight saving time changes at its minute",
    file: "models/panel/calendar.ts",
    find: "unixMs < this.#changeOn(day, before)",
    replace: "unixMs <= this.#changeOn(day, before)",
  },
  {
    rule: "an open gap of a series is at risk",
    file: GAPS,
    find: " + Math.max(0, Math.min(this.#open, last) - first + 1)",
    replace: "",
  },
  {
    rule: "an open gap of the pool is at risk",
    file: "models/arrival/gap-pools.ts",
    find: "      if (idle !== null) for (const pool of pools) pool.add(idle, false);\n",
    replace: "",
  },
  {
    rule: "longer gaps than any seen have the hazard of the longest",
    file: GAPS,
    find: "      before = this.of(bin, before, weight);",
    replace: "      before = this.of(bin, this.overall(prior, weight), weight);",
  },
  {
    rule: "hours of the week are local",
    file: "models/arrival/seasonal-poisson.ts",
    find: "new LocalClock(timeZone, epochMs)",
    replace: 'new LocalClock("UTC", epochMs)',
  },
];
