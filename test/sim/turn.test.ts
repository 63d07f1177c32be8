import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Policy } from "../../allocator/core/policy.ts";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import type { ForecastFeed, StepObserver } from "../../allocator/ports.ts";
import type { Trace } from "../../datasets/trace.ts";
import { changeTrace } from "../../datasets/what-if/change-trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { clusterOf } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import type { Turn, WorldChange } from "../../sim/world-change.ts";
import { randomTrace } from "../support/random-trace.ts";

/** A tick of some policies and the instant of a forecast; and an instant at which nothing else needs to happen. */
const INSTANTS = [300_000, 400_001];
const POLICIES = [
  "keep-alive:ttl=30s,suspend=20s",
  "reactive:every=20s",
  "clairvoyant:every=100s,reserve=on",
  "hpa",
  "knative",
  "greedy-dual:ttl=33s",
  "warm-pool:cooldown=20s",
  "expected-cost",
  "preemptive:ttl=20s",
  "drf:ttl=20s",
  "vpa:every=30s",
];

function feedsOf(policy: Policy, trace: Trace): ForecastFeed[] {
  return policy.feed === null ? [] : [clairvoyantForecasts(trace, policy.feed)];
}

interface Ran {
  readonly digest: string;
  /** Of an event each, with its decisions: when, and what. */
  readonly steps: readonly { readonly atMs: number; readonly text: string }[];
}

async function run(
  trace: Trace,
  first: string,
  changes: readonly WorldChange[],
  turn: Turn | null,
  before = trace,
): Promise<Ran> {
  const policy = policyFromText(first);
  const journal = new JournalWriter(null);
  const steps: { atMs: number; text: string }[] = [];
  const kept: StepObserver = {
    onStep(event, decisions) {
      const said = event.kind === "forecast_issued" ? event.batchDigest : event;
      steps.push({ atMs: event.atMs, text: JSON.stringify([said, decisions]) });
    },
  };
  const forecasts = feedsOf(policy, before);
  await simulate({ trace, cluster: clusterOf(trace), policy, forecasts, changes, turn, observers: [journal, kept] });
  return { digest: (await journal.finish()).digest, steps };
}

test("a turn that changes nothing changes nothing, to the bit of the journal", async () => {
  const trace = randomTrace(5);
  for (const text of POLICIES) {
    const plain = await run(trace, text, [], null);
    for (const atMs of INSTANTS) {
      const turn: Turn = { atMs, policy: null, forecasts: feedsOf(policyFromText(text), trace) };
      assert.is((await run(trace, text, [], turn)).digest, plain.digest, `${text} at ${atMs}`);
    }
  }
});

test("before a turn nothing differs, whatever policy takes over and whatever the world does then", async () => {
  const trace = randomTrace(5);
  for (const [index, text] of POLICIES.entries()) {
    const next = policyFromText(POLICIES[(index + 1) % POLICIES.length]!);
    const plain = await run(trace, text, [], null);
    for (const atMs of INSTANTS) {
      const demand = { kind: "demand", text: "", factorPpm: 1_700_000, fromMs: atMs, toMs: 900_000, app: null } as const;
      const users = { kind: "users", text: "", factorPpm: 1_500_000, fromMs: atMs } as const;
      const { trace: changed, joins } = changeTrace(trace, [demand, users], 1);
      const changes: WorldChange[] = [
        ...joins.map((join): WorldChange => ({ kind: "users_join", ...join })),
        { kind: "start_up", atMs, factorPpm: 3_000_000 },
        { kind: "node_failure", atMs, durationMs: 50_000, choice: { kind: "name", pattern: "node-1" } },
      ];
      const turn: Turn = { atMs, policy: next, forecasts: feedsOf(next, changed) };
      const other = await run(changed, text, changes, turn, trace);
      const early = ({ steps }: Ran) => steps.filter((step) => step.atMs < atMs);
      assert.equal(early(other), early(plain), `${text} at ${atMs}`);
      assert.is.not(other.digest, plain.digest);
      assert.is((await run(changed, text, changes, turn, trace)).digest, other.digest);
    }
  }
});

test("the policy that takes over ticks on the grid that began with the run", async () => {
  const trace = randomTrace(5);
  const ticks: number[] = [];
  const kept: StepObserver = {
    onStep({ kind, atMs }) {
      if (kind === "tick") ticks.push(atMs);
    },
  };
  const next = (text: string): Turn => ({ atMs: 400_000, policy: policyFromText(text), forecasts: [] });
  const ticksOf = async (turn: Turn) => {
    ticks.length = 0;
    const policy = policyFromText("reactive:every=70s");
    await simulate({ trace, cluster: clusterOf(trace), policy, turn, observers: [kept] });
    return ticks.map((ms) => ms / 1_000);
  };
  const before = [70, 140, 210, 280, 350];
  assert.equal(await ticksOf(next("reactive:every=200s")), [...before, 400, 600, 800]);
  assert.equal(await ticksOf(next("reactive:every=70s,margin=2")), [...before, 420, 490, 560, 630, 700, 770, 840]);
  assert.equal(await ticksOf(next("keep-alive")), before);
});

test.run();
