import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Policy } from "../../allocator/core/policy.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { PolicyRunner } from "../../sim/cli/run-policy.ts";
import { clusterOf } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { arbitrarySmallTrace, type SmallRequest, smallTraceOf } from "../support/small-trace.ts";

/** Whoever is not labelled clairvoyant decides without knowing what comes. */
const BLIND: readonly (readonly [text: string, policy: Policy])[] = [
  ["keep-alive:ttl=0s", policyFromText("keep-alive:ttl=0s")],
  ["keep-alive:ttl=7ms", policyFromText("keep-alive:ttl=7ms")],
  ["reactive:every=5ms", policyFromText("reactive:every=5ms")],
  [
    "reservations and keep-alive",
    policyFromDocument({
      controlEvery: "3ms",
      reserve: { strategy: "last-value", margin: 2 },
      warm: { strategy: "ttl", ttl: "4ms" },
    }),
  ],
];
const SIGHTED = policyFromText("clairvoyant:step=1ms,every=1s");

const APPS = [
  { coldStartMs: 3, shared: false, concurrency: 1 },
  { coldStartMs: 5, shared: true, concurrency: 2 },
];
/** Ids are given in order of first appearance: everybody appears at once, whatever comes later. */
const EVERYBODY: readonly SmallRequest[] = [0, 1, 2].flatMap((user) =>
  [0, 1].map((app) => ({ submitMs: 0, runMs: 1, user, app, memoryMiB: 1 })),
);

/** What happened and was decided before an instant. */
async function before(atMs: number, endMs: number, requests: readonly SmallRequest[], policy: Policy): Promise<string[]> {
  const trace = smallTraceOf({
    endMs,
    apps: APPS,
    requests: [...EVERYBODY, ...requests.map((request) => ({ ...request, app: request.app % 2 }))],
  });
  const steps: string[] = [];
  const onStep = (event: { readonly atMs: number }, decisions: unknown) => {
    if (event.atMs < atMs) steps.push(JSON.stringify([event, decisions]));
  };
  await simulate({ trace, cluster: clusterOf(trace), policy, observers: [{ onStep }] });
  return steps;
}

for (const [text, policy] of BLIND) {
  test(`${text}: another future, the same decisions until then`, async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySmallTrace(),
        fc.array(
          fc.record({ submitMs: fc.nat(40), runMs: fc.nat(9), user: fc.nat(2), app: fc.nat(1), memoryMiB: fc.constant(1) }),
        ),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async ({ endMs, requests }, others, share) => {
          const atMs = 1 + Math.round(share * endMs);
          const past = requests.filter(({ submitMs }) => submitMs < atMs);
          const future = others.map((request) => ({ ...request, submitMs: atMs + request.submitMs }));
          const untilMs = endMs + 50;
          assert.equal(await before(atMs, untilMs, [...past, ...future], policy), await before(atMs, untilMs, requests, policy));
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });
}

test("only a policy whose feed says clairvoyant gets forecasts, and its record names them", async () => {
  const request = { runMs: 4, user: 0, app: 0, memoryMiB: 1 };
  const trace = smallTraceOf({
    endMs: 50,
    apps: [{ coldStartMs: 2, shared: false, concurrency: 1 }],
    requests: [10, 20, 30].map((submitMs) => ({ ...request, submitMs })),
  });
  const scenario = { trace, cluster: clusterOf(trace), evaluateFromMs: 0, seed: 1, prices: DEFAULT_PRICES };
  const runner = new PolicyRunner(scenario);
  const forecasts = async (text: string, policy: Policy) => {
    const { record, forecastSets } = await runner.run({ text, policy }, null, () => {});
    assert.equal(
      record.forecastSets,
      forecastSets.map(({ digest }) => digest),
    );
    assert.is(record.policy.feed?.model ?? null, forecastSets.length > 0 ? "clairvoyant" : null);
    return forecastSets;
  };
  const [seen] = await forecasts("clairvoyant", SIGHTED);
  assert.is(seen?.count, 1);
  for (const [text, policy] of BLIND) assert.equal(await forecasts(text, policy), [], text);
  const [again] = await forecasts("the same feed", { ...SIGHTED, warm: { strategy: "none" } });
  assert.is(again, seen, "made once, shared by those that ask for the same");
  let refusal = "it was given the future";
  const fitted = { latencyMs: 0, levelsPpm: null, seed: 1 };
  await forecasts("rnn", { ...SIGHTED, feed: { ...SIGHTED.feed!, model: "rnn", fitted } }).catch((error: Error) => {
    refusal = error.message;
  });
  assert.match(refusal, "must not see the future");
});

test.run();
