import type { Policy } from "../core/policy.ts";
import { digestOf } from "./canonical-json.ts";
import type { TrustedKeys } from "./keys.ts";
import { PromotionError } from "./promotion-error.ts";
import { PROMOTION_SHAPE } from "./promotion-shape.ts";
import { type DocumentKind, type Opened, open } from "./signed-document.ts";

/**
 * That a policy passed the gate: what it is, what it was measured against, on what, and by whom it was let through. All that went
 * into the decision is named by digest, so that it can be made again.
 */
export interface Promotion {
  readonly format: "prae-promotion";
  readonly version: 1;
  readonly policy: PromotedPolicy;
  readonly incumbent: PromotedPolicy;
  /** Of the candidate: the models that its feed asks for, one a target; none where nothing is fitted. */
  readonly models: readonly PromotedModel[];
  /** One a trace. */
  readonly evidence: readonly Evidence[];
  /** Version and digest of the program that measured. */
  readonly code: string;
  readonly made: { readonly by: string; readonly at: string; readonly note: string | null };
}

export interface PromotedPolicy {
  /** As it was written: "keep-alive:ttl=10m". */
  readonly text: string;
  readonly document: Policy;
  /** SHA-256, hex, of the document's canonical JSON. */
  readonly digest: string;
}

export interface PromotedModel {
  readonly target: string;
  /** As the policy's feed names it, and the kind that it is of. */
  readonly model: string;
  readonly kind: string;
  /** Of a trained model its id in the registry; of another the digest of all that it was fitted with. */
  readonly digest: string;
  /** Whether it is a trained model of the registry. */
  readonly trained: boolean;
}

export const STAGES = ["sla", "waste", "cost", "churn"] as const;
export type Stage = (typeof STAGES)[number];

/** What a candidate has to show, by stage, in the order in which they are judged. */
export interface Gates extends Readonly<Record<Stage, readonly Gate[]>> {
  /** Of all intervals together: with probability `confidence` or more every one of them holds its truth. */
  readonly confidence: number;
}

/**
 * A bound on a metric of which less is better: candidate ≤ (1 + noWorseBy) × incumbent + slack, or candidate < (1 − betterBy) ×
 * incumbent. Exactly one of the two is not `null`.
 */
export interface Gate {
  readonly metric: string;
  /** A tier's name; "each": every tier that has requests or users; `null`: all together. */
  readonly tier: string | null;
  readonly noWorseBy: number | null;
  readonly betterBy: number | null;
  /** In the metric's unit. */
  readonly slack: number;
}

/** What was measured on one trace. */
export interface Evidence {
  readonly trace: { readonly name: string; readonly digest: string; readonly synthetic: boolean; readonly composite: boolean };
  readonly cluster: { readonly description: string; readonly digest: string };
  /** Held out: nothing fitted saw any of it. Trace time. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly prices: Readonly<Record<string, unknown>>;
  /** How a usage trace was run and scored; `null` for one of requests. */
  readonly usage: { readonly limit: string; readonly graceMs: number | null } | null;
  readonly seed: number;
  readonly gates: Gates;
  /** What computed the forecasts; empty where plain code did, or nothing was forecast. */
  readonly backends: readonly string[];
  readonly candidate: EvidenceRun;
  readonly incumbent: EvidenceRun;
  readonly method: {
    /** Of each interval: 1 − (1 − confidence) ÷ how many there are. */
    readonly level: number;
    readonly intervals: number;
    readonly replicates: number;
    readonly seed: number;
    readonly blockMs: number;
    readonly blocks: number;
    readonly units: number;
  };
  readonly results: readonly GateResult[];
}

export interface EvidenceRun {
  /** Id of the run record. */
  readonly run: string;
  readonly journal: string;
  readonly forecastSets: readonly string[];
  /** Overall; `null` where a metric does not apply. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** What came of a gate on one trace, for one tier. */
export interface GateResult extends Gate {
  readonly stage: Stage;
  readonly candidate: number | null;
  readonly incumbent: number | null;
  /** Of candidate − incumbent, paired; `null`: there is none, so that nothing can be shown. */
  readonly interval: readonly [low: number, high: number] | null;
  /** The upper end of the interval of what the candidate is above the bound by; it passes where that is not above 0. */
  readonly excess: number | null;
  readonly passed: boolean;
  /** Why it did not pass. */
  readonly reason: string | null;
}

export const PROMOTION: DocumentKind = {
  format: "prae-promotion",
  version: 1,
  what: "a promotion of PRAE",
  shape: PROMOTION_SHAPE,
};

/**
 * A promotion that verifies: it is whole, of this version, signed by a trusted key, and what it promotes passed every gate.
 * @param text the file's content.
 * @param where the file, for what is said when it is refused.
 * @throws PromotionError saying what does not verify.
 */
export function openPromotion(text: string, where: string, trusted: TrustedKeys): Opened<Promotion> {
  const opened = open<Promotion>(PROMOTION, text, where, trusted);
  const { policy, incumbent, evidence } = opened.body;
  const issues = [
    ...Object.entries({ policy, incumbent }).flatMap(([path, { document, digest }]) => {
      const found = digestOf(document);
      return found === digest
        ? []
        : [{ where, path: `${path}.digest`, expected: `that of its document, ${found}`, found: digest }];
    }),
    ...(evidence.length > 0
      ? []
      : [{ where, path: "evidence", expected: "what was measured on at least one trace", found: "none" }]),
    ...evidence.flatMap(({ results }, index) =>
      results
        .filter(({ passed }) => !passed)
        .map(({ metric }) => ({
          where,
          path: `evidence[${index}]`,
          expected: "gates that were passed",
          found: `${metric}, which was not`,
        })),
    ),
  ];
  if (issues.length > 0) throw new PromotionError(issues);
  return opened;
}
