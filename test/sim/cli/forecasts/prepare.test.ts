import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../../datasets/issues.ts";
import type { Trace } from "../../../../datasets/trace.ts";
import { StoredForecastSet } from "../../../../models/forecast-store.ts";
import { Registry } from "../../../../models/registry/registry.ts";
import { parseRunRecord } from "../../../../reports/parse-run-record.ts";
import { DEFAULT_PRICES } from "../../../../reports/prices.ts";
import { prepareForecasts } from "../../../../sim/cli/forecasts/prepare.ts";
import { readPolicies } from "../../../../sim/cli/inputs.ts";
import { PolicyRunner, type Scenario } from "../../../../sim/cli/run-policy.ts";
import { clusterOf } from "../../../../sim/cluster-spec.ts";
import { testFolder } from "../../../support/prae.ts";
import { HOUR_MS, workingDays } from "../../../support/usage-trace.ts";

const folder = testFolder("prepare");
const EVALUATE_FROM_MS = 192 * HOUR_MS;
const PARAMETERS = "step=1h,every=1h";

function scenarioOf(trace: Trace, evaluateFromMs = EVALUATE_FROM_MS): Scenario {
  return { trace, cluster: clusterOf(trace), evaluateFromMs, seed: 1, prices: DEFAULT_PRICES };
}

async function prepared(policies: string, registry: string, scenario = scenarioOf(workingDays())) {
  const named = await readPolicies(policies);
  const made = await prepareForecasts(scenario, named, join(folder, registry));
  return { named, made, origins: Object.values(made).map(({ origin }) => origin), scenario: { ...scenario, prepared: made } };
}

async function refusal(policies: string, registry: string, scenario?: Scenario): Promise<string> {
  try {
    await prepared(policies, registry, scenario);
  } catch (error) {
    assert.instance(error, InputError, (error as Error).stack);
    return (error as Error).message;
  }
  throw new Error("it was prepared");
}

test("the same seed gives the same model and the same forecasts, bit for bit; another seed others", async () => {
  const [once, again, other] = [
    await prepared(`nlinear:${PARAMETERS}`, "once"),
    await prepared(`nlinear:${PARAMETERS}`, "again"),
    await prepared(`nlinear:${PARAMETERS},seed=2`, "once"),
  ].map(({ origins }) => origins[0]!);
  assert.equal(once, again);
  assert.is.not(once!.set, other!.set);
  assert.is.not(once!.modelDigest, other!.modelDigest);
});

test("forecasts are made once, by content; the model once, whatever is asked of it", async () => {
  const place = join(folder, "once", "forecasts");
  const before = readdirSync(place).map((name) => statSync(join(place, name)).mtimeMs);
  const models = new Registry(join(folder, "once")).digests();
  await prepared(`nlinear:${PARAMETERS}`, "once");
  assert.equal(
    readdirSync(place).map((name) => statSync(join(place, name)).mtimeMs),
    before,
  );
  const { origins } = await prepared(`nlinear:${PARAMETERS},level=0.5`, "once");
  assert.is(readdirSync(place).length, before.length + 1);
  assert.equal(origins[0]?.levelsPpm, [500_000]);
  assert.equal(new Registry(join(folder, "once")).digests(), models);
});

test("boosted trees forecast in the loop without a backend of tensors, at levels chosen by the price of a violation", async () => {
  const file = join(folder, "boosted.yaml");
  writeFileSync(
    file,
    `name: boosted
controlEvery: 1h
feed: { model: boosted, step: 1h, every: 1h, levels: [0.9, 0.99], targets: [demand] }
reserve: { strategy: forecast, violation: { cpuMillis: 10000 }, lead: 1h }
`,
  );
  const { named, origins, scenario } = await prepared(file, "boosted");
  assert.is(origins[0]!.kind, "boosted");
  assert.is(origins[0]!.backend, null);
  const { record } = await new PolicyRunner(scenario).run(named[0]!, null, () => {});
  const { overall } = record.metrics;
  assert.ok(overall.shortage_time_fraction! < 0.2, `${overall.shortage_time_fraction}`);
});

test("a feed that adapts follows demand that triples; how it was adapted is part of what it is", async () => {
  const scenario = scenarioOf(workingDays({ from: 194, factor: 3 }));
  const at = async (adapt: number) => {
    const file = join(folder, `adapt-${adapt}.yaml`);
    writeFileSync(
      file,
      `name: adaptive
controlEvery: 1h
feed: { model: seasonal-naive, step: 1h, every: 1h, levels: [0.9], targets: [demand], adapt: ${adapt} }
reserve: { strategy: forecast, level: 0.9, lead: 1h }
`,
    );
    const { made, origins } = await prepared(file, "adaptive", scenario);
    const set = await StoredForecastSet.open(Object.values(made)[0]!.folder);
    const values = Array.from({ length: set.count }, (_, i) => set.batch(i).values.reduce((sum, value) => sum + value, 0));
    return { set: origins[0]!.set, total: values.reduce((sum, value) => sum + value, 0), first: values[0] };
  };
  const [not, slowly, fast, again] = [await at(0), await at(0.1), await at(0.5), await at(0.5)];
  assert.is(new Set([not, slowly, fast].map(({ set }) => set)).size, 3);
  assert.equal(again, fast);
  assert.is(fast.first, not.first, "before any truth there is nothing to correct by");
  assert.ok(not.total < slowly.total && slowly.total < fast.total, JSON.stringify([not, slowly, fast]));
});

test("where a forecast came from is said, and saw nothing of what it is scored on", async () => {
  const { origins, made } = await prepared(`nlinear:${PARAMETERS}`, "once");
  const [origin] = origins;
  const fields = { fromMs: 0, trainEndMs: 154 * HOUR_MS, validationEndMs: EVALUATE_FROM_MS };
  assert.equal({ ...origin!.trainedOn, digest: "" }, { trace: "measured", digest: "", ...fields });
  assert.match(origin!.backend!, /^wasm /);
  assert.ok((origin!.metrics["sql"] as number) > 0);
  assert.is(origin!.issuedFromMs, EVALUATE_FROM_MS - 2 * (HOUR_MS + 1_000));
  const set = await StoredForecastSet.open(Object.values(made)[0]!.folder);
  assert.is(set.digest, origin!.set);
  assert.is(set.count, origin!.batches);
  assert.is(set.count, 50, "two before the evaluation and one an hour for two days");
  assert.is(set.availableAtMs(0), 190 * HOUR_MS + 1_000);
  set.close();
});

test("another future changes neither the model nor any forecast before it", async () => {
  const from = 210;
  const changed = await prepared(`nlinear:${PARAMETERS}`, "changed", scenarioOf(workingDays({ from, factor: 3 })));
  const plain = await prepared(`nlinear:${PARAMETERS}`, "once");
  const [a, b] = [await setOf(changed.made), await setOf(plain.made)];
  const upTo = from - 190;
  for (let i = 0; i <= upTo; i += 1) assert.is(a.batchDigest(i), b.batchDigest(i), `batch ${i}`);
  assert.is.not(a.batchDigest(upTo + 1), b.batchDigest(upTo + 1));
});

async function setOf(made: object): Promise<StoredForecastSet> {
  return StoredForecastSet.open((Object.values(made)[0] as { folder: string }).folder);
}

test("a run is fed from disk, twice alike, and its record says by what", async () => {
  const text = `nlinear:${PARAMETERS},predictive:model=seasonal-naive,${PARAMETERS}`;
  const { named, scenario, origins } = await prepared(text, "once");
  assert.equal(
    origins.map(({ kind }) => kind),
    ["nlinear", "seasonal-naive"],
  );
  for (const [index, policy] of named.entries()) {
    const runs = [];
    for (const _ of [1, 2]) runs.push(await new PolicyRunner(scenario).run(policy, null, () => {}));
    const [first, second] = runs.map(({ record }) => record);
    assert.is(first!.journal.digest, second!.journal.digest);
    assert.equal(first!.forecasts, [origins[index]!]);
    assert.equal(first!.forecastSets, [origins[index]!.set]);
    assert.equal(parseRunRecord(JSON.stringify(first), "x"), first);
    const waste = first!.metrics.overall["wasted_cpu_core_hours"] as number;
    assert.ok(waste > 0, "something is reserved");
  }
});

test("a model of the registry is taken by the first digits of its id, unless it saw what it would be scored on", async () => {
  const [digest] = new Registry(join(folder, "changed")).digests();
  const id = digest!.slice(0, 10);
  const trace = workingDays({ from: 210, factor: 3 });
  const { origins } = await prepared(`predictive:model=${id},${PARAMETERS}`, "changed", scenarioOf(trace));
  assert.is(origins[0]?.modelDigest, digest);
  assert.is(origins[0]?.kind, "nlinear");
  assert.is(origins[0]?.model, id);
  const early = await refusal(`predictive:model=${id},${PARAMETERS}`, "changed", scenarioOf(trace, 100 * HOUR_MS));
  assert.match(early, "expected a model that has seen this trace until 360000000 ms at most");
  assert.match(early, "found one that has seen it until 691200000 ms");
  const elsewhere = await prepared(`predictive:model=${id},${PARAMETERS}`, "changed", scenarioOf(workingDays(), 100 * HOUR_MS));
  assert.is(elsewhere.origins[0]?.modelDigest, digest, "another trace is no secret to it");
  assert.match(await refusal(`predictive:model=${id},step=2h,every=2h`, "changed"), "a model of steps of 7200000 ms");
  assert.match(await refusal(`predictive:model=${id},step=1h,every=6h`, "changed"), "a model that looks 7 steps ahead");
  rmSync(join(folder, "changed"), { recursive: true });
});

test("what cannot be had is refused in plain words", async () => {
  assert.match(
    await refusal("predictive:model=arima,step=1h,every=1h", "once"),
    /expected one of nlinear, .*theta.*, found "arima"/,
  );
  assert.match(await refusal("predictive:model=abc123,step=1h,every=1h", "once"), "feed.model: expected a model of the registry");
  assert.match(
    await refusal("predictive:model=idle-hazard,step=1h,every=1h", "once"),
    "a model of demand, found idle-hazard, of arrival",
  );
  assert.match(await refusal("nlinear:step=1h,every=1h,level=0.999", "once"), "levels from 0.05 to 0.99");
  const short = await refusal("nlinear:step=1h,every=1h", "once", scenarioOf(workingDays(), 3 * HOUR_MS));
  assert.match(short, "--evaluate-from: expected at least 9 steps of 3600000 ms to learn from before it, found 3");
});

test.run();
