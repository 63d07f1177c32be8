import { type Check, checkShape, isCount, isText, orNull, type Shape } from "../../datasets/document-shape.ts";
import type { IssueList } from "../../datasets/issue-list.ts";
import { TARGETS } from "../forecast-set.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { ModelCard } from "./model-card.ts";

/** What stands before the weights in a model file. */
export interface ModelHeader extends Omit<TrainedModel, "weights"> {
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly card: ModelCard;
}

/** Adds an issue for everything in which a header differs from what a model file of this version has. */
export function checkHeader(header: unknown, where: string, issues: IssueList): void {
  checkShape(header, HEADER, where, issues);
}

const isNumber: Check = (value) => (typeof value === "number" && Number.isFinite(value) ? null : "a number");
const isTarget: Check = (value) => (TARGETS.some((target) => target === value) ? null : `one of ${TARGETS.join(", ")}`);
const isAnything: Check = () => null;

const CARD: Shape = {
  keys: {
    data: {
      keys: {
        name: isText,
        digest: isText,
        window: { keys: { startMs: isNumber, endMs: isNumber } },
        target: isTarget,
        series: isCount,
        stepMs: isCount,
      },
    },
    split: { keys: { trainEndMs: isNumber, validationEndMs: isNumber } },
    features: { each: isText },
    metrics: { keys: { "*": orNull(isNumber) } },
    backend: { keys: { name: isText, version: isText } },
    seed: isCount,
    training: { keys: { epochs: isCount, bestEpoch: isCount, parameters: isCount } },
    made: {
      keys: {
        at: isText,
        codeRevision: isText,
        node: isText,
        platform: isText,
        cpuMs: isNumber,
        wallMs: isNumber,
        peakMemoryMiB: isNumber,
      },
    },
  },
};

const HEADER: Shape = {
  keys: {
    architecture: isText,
    target: isTarget,
    stepMs: isCount,
    lookBack: isCount,
    horizon: isCount,
    levelsPpm: { each: isCount },
    options: { keys: { "*": isAnything } },
    weights: { each: { keys: { name: isText, shape: { each: isCount } } } },
    card: CARD,
  },
};
