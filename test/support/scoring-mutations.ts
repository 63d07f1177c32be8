import type { Mutation } from "./mutant.ts";

/** How forecasts are scored, and on what. */
export const SCORING_MUTATIONS: readonly Mutation[] = [
  {
    rule: "an embargo of one horizon follows validation",
    file: "models/backtest/plan.ts",
    find: "const first = validationEnd + horizonSteps;",
    replace: "const first = validationEnd;",
  },
  {
    rule: "a fit is given a panel that ends where validation does",
    file: "models/backtest/backtest.ts",
    find: "panelPart(panel, split.validationEnd)",
    replace: "panel",
  },
  {
    rule: "columns are standardised by the training months alone",
    file: "models/backtest/ett-protocol.ts",
    find: "own.subarray(0, fitted)",
    replace: "own",
  },
  {
    rule: "a forecast that is none is a fault",
    file: "models/backtest/run-model.ts",
    find: "      checkForecast(forecaster, values, history, horizon);\n",
    replace: "",
  },
  {
    rule: "blocks of time are drawn, not only users",
    file: "models/backtest/paired-bootstrap.ts",
    find: "blockTimes[block] = resampling.blockTimes(replicate, block);",
    replace: "blockTimes[block] = 1;",
  },
  {
    rule: "the pinball loss leans to the level's side",
    file: "models/scoring/pinball.ts",
    find: "error >= 0 ? levelPpm * error : (levelPpm - 1_000_000) * error",
    replace: "error < 0 ? levelPpm * -error : (1_000_000 - levelPpm) * error",
  },
  {
    rule: "errors are scaled by seasonal differences",
    file: "models/scoring/scale.ts",
    find: "const scale = meanDifference(values, season);",
    replace: "const scale = meanDifference(values, 1);",
  },
  {
    rule: "a series that never changed has no scale",
    file: "models/scoring/scale.ts",
    find: "return used > 0 ? used : Number.NaN;",
    replace: "return used;",
  },
  {
    rule: "after an arrival no step is at risk",
    file: "models/scoring/arrival-scores.ts",
    find: "        if (happened === 1) break;\n",
    replace: "",
  },
  {
    rule: "a mass ends somewhere between its last level and the next",
    file: "models/scoring/randomised-pit.ts",
    find: "to = upTo === count ? 1 : between(upTo - 1, highEnd);",
    replace: "to = upTo === count ? 1 : level(upTo - 1);",
  },
];
