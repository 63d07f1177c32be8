import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { policyFromText } from "../../allocator/policy-text.ts";
import { digestOf } from "../../allocator/promotion/canonical-json.ts";
import { fingerprintOf, makeSigningKey, readTrustedKeys, type SigningKey, trustKey } from "../../allocator/promotion/keys.ts";
import type { GateResult, PromotedPolicy, Promotion } from "../../allocator/promotion/promotion.ts";
import { PromotionStore } from "../../allocator/promotion/promotion-store.ts";

export function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey) };
}

function policyOf(text: string): PromotedPolicy {
  const document = policyFromText(text);
  return { text, document, digest: digestOf(document) };
}

const PASSED: GateResult = {
  stage: "cost",
  metric: "cost",
  tier: null,
  noWorseBy: null,
  betterBy: 0,
  slack: 0,
  candidate: 1.5,
  incumbent: 2,
  interval: [-0.75, -0.25],
  excess: -0.25,
  passed: true,
  reason: null,
};

const run = (digit: string) => ({
  run: digit.repeat(12),
  journal: digit.repeat(64),
  forecastSets: [],
  metrics: { cost: 1.5, queue_wait_ms_mean: null },
});

/** A promotion made up, but whole. */
export function examplePromotion(candidate = "keep-alive:ttl=5m"): Promotion {
  const { metric, tier, noWorseBy, betterBy, slack } = PASSED;
  return {
    format: "prae-promotion",
    version: 1,
    policy: policyOf(candidate),
    incumbent: policyOf("reactive"),
    models: [{ target: "demand", model: "nlinear", kind: "nlinear", digest: "ab".repeat(32), trained: true }],
    evidence: [
      {
        trace: { name: "made up", digest: "cd".repeat(32), synthetic: true, composite: false },
        cluster: { description: "unlimited", digest: "ef".repeat(32) },
        window: { fromMs: 86_400_000, toMs: 172_800_000 },
        prices: { currency: "USD", violation: { standard: 0.01 } },
        usage: null,
        seed: 1,
        gates: { confidence: 0.95, sla: [], waste: [], cost: [{ metric, tier, noWorseBy, betterBy, slack }], churn: [] },
        backends: ["wasm 4.22.0"],
        candidate: run("1"),
        incumbent: run("2"),
        method: { level: 0.95, intervals: 1, replicates: 1000, seed: 1, blockMs: 6_171_429, blocks: 14, units: 10 },
        results: [PASSED],
      },
    ],
    code: "0.1.0+0123456789ab",
    made: { by: "ana", at: "2026-11-29T08:00:00.000Z", note: null },
  };
}

/** A store with a key of its own, in which this promotion is in force; and its id. */
export function storeWith(folder: string, promotion: Promotion): { readonly store: PromotionStore; readonly id: string } {
  const store = new PromotionStore(folder);
  const key = makeSigningKey(store.keyPath);
  trustKey(store.trustedFolder, key);
  const id = store.put(promotion, key);
  const entry = { promotion: id, action: "promote", by: "ana", at: "2026-11-29T08:00:00Z", reason: null } as const;
  store.activate(entry, key, readTrustedKeys(store.trustedFolder));
  return { store, id };
}
