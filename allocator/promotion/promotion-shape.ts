import { isAnything, isCount, isFlag, isInstant, isNumber, isSha256, isText, oneOf, orNull, type Shape } from "./shape.ts";

const isInterval = (value: unknown): string | null =>
  Array.isArray(value) && value.length === 2 && value.every((end) => typeof end === "number") ? null : "two numbers";

const POLICY: Shape = { keys: { text: isText, document: { keys: { name: isText, "*": isAnything } }, digest: isSha256 } };
const RUN: Shape = {
  keys: { run: isText, journal: isSha256, forecastSets: { each: isText }, metrics: { keys: { "*": orNull(isNumber) } } },
};
const GATE = {
  metric: isText,
  tier: orNull(isText),
  noWorseBy: orNull(isNumber),
  betterBy: orNull(isNumber),
  slack: isNumber,
};
const STAGE: Shape = { each: { keys: GATE } };

/** The body of a promotion of version 1. */
export const PROMOTION_SHAPE: Readonly<Record<string, Shape>> = {
  policy: POLICY,
  incumbent: POLICY,
  models: { each: { keys: { target: isText, model: isText, kind: isText, digest: isSha256, trained: isFlag } } },
  evidence: {
    each: {
      keys: {
        trace: { keys: { name: isText, digest: isSha256, synthetic: isFlag, composite: isFlag } },
        cluster: { keys: { description: isText, digest: isText } },
        window: { keys: { fromMs: isNumber, toMs: isNumber } },
        prices: { keys: { "*": isAnything } },
        usage: (value) => (typeof value === "object" ? null : "how usage was run and scored, or null"),
        seed: isCount,
        gates: { keys: { confidence: isNumber, sla: STAGE, waste: STAGE, cost: STAGE, churn: STAGE } },
        backends: { each: isText },
        candidate: RUN,
        incumbent: RUN,
        method: {
          keys: {
            level: isNumber,
            intervals: isCount,
            replicates: isCount,
            seed: isCount,
            blockMs: isNumber,
            blocks: isCount,
            units: isCount,
          },
        },
        results: {
          each: {
            keys: {
              ...GATE,
              stage: oneOf("sla", "waste", "cost", "churn"),
              candidate: orNull(isNumber),
              incumbent: orNull(isNumber),
              interval: orNull(isInterval),
              excess: orNull(isNumber),
              passed: isFlag,
              reason: orNull(isText),
            },
          },
        },
      },
    },
  },
  code: isText,
  made: { keys: { by: isText, at: isInstant, note: orNull(isText) } },
};
