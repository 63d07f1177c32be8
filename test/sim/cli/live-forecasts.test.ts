import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { liveProcess, writeFleet } from "../../support/live-process.ts";
import { done, json, prae, refusal, short, testFolder } from "../../support/prae.ts";

const folder = testFolder("live-forecasts");
const registry = join(folder, "registry");
const fleet = join(folder, "fleet.yaml");
const policy = join(folder, "ahead.yaml");
const tokens = join(folder, "tokens.yaml");
writeFleet(fleet, ["ann", "bob"]);
const bearer = json(["tokens", "add", tokens, "--name", "hub", "--scopes", "request,read"]).token as string;

/** Half an hour in which each user works for 2 s out of 6. */
function trainedModel(): string {
  const tables = join(folder, "tables");
  mkdirSync(tables);
  const rows = Array.from({ length: 600 }, (_, i) => `r${i},${i % 2 === 0 ? "ann" : "bob"},notebook,${i * 3000},2000`);
  writeFileSync(join(tables, "requests.csv"), `request_id,user_id,app_id,submit_ms,run_ms\n${rows.join("\n")}\n`);
  writeFileSync(join(tables, "apps.csv"), "app_id,cold_start_ms,cpu_millis,memory_mib,shared\nnotebook,100,500,1024,false\n");
  const trace = join(folder, "trace");
  done(["import", "canonical", tables, "--out", trace]);
  const shape = ["--target", "concurrency", "--step", "1s", "--horizon", "5s", "--look-back", "20s", "--epochs", "2"];
  return json(["train", "--model", "nlinear", "--trace", trace, ...shape, "--registry", registry]).id as string;
}

const model = trainedModel();
writeFileSync(
  policy,
  `feed: { model: ${model}, every: 1s, step: 1s, targets: [concurrency], latency: 100ms, adapt: 0.1, adaptMost: 0.25 }
warm: { strategy: forecast, level: 0.9, floor: 2s }
`,
);
const args = (state: string) => [
  "--fleet",
  fleet,
  "--policy",
  policy,
  "--state",
  state,
  "--tokens",
  tokens,
  "--registry",
  registry,
];

/** How far the model's levels were corrected; 0 before anything was learned. */
function correctionIn(metrics: string): number {
  return Number(/^prae_forecast_correction\{.*\} (.*)$/m.exec(metrics)?.[1] ?? 0);
}

test("a trained model forecasts live: from the journal, in a thread of its own; after a kill the run goes on, and replays bit for bit", async () => {
  const state = join(folder, "state");
  for (let round = 0; round < 2; round += 1) {
    const { send, child, exit, recovery } = await liveProcess(args(state), bearer);
    assert.ok(round === 0 || recovery.events > 0);
    let metrics = "";
    for (let i = 0; i < 3 || (correctionIn(metrics) === 0 && i < 60); i += 1) {
      assert.is((await send("PUT", `/v1/requests/r${round}-${i}`, { user: "ann", app: "notebook" })).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 900));
      await send("DELETE", `/v1/requests/r${round}-${i}`);
      // A series that never changes has no scale, and nothing is learned of it.
      if (i >= 3) await new Promise((resolve) => setTimeout(resolve, 2_100));
      metrics = await (await send("GET", "/metrics")).text();
    }
    assert.match(metrics, new RegExp(`prae_forecasts_total\\{model="${model}",outcome="issued"\\} [1-9]`));
    assert.not.match(metrics, /outcome="failed"/);
    assert.ok(
      correctionIn(metrics) > 0 && correctionIn(metrics) <= 0.25,
      "as truths came in, and within what the policy declares",
    );
    child.kill("SIGKILL");
    await exit;
  }
  const { events, decisions, same } = json(["replay", state]);
  assert.ok(same && events > 20 && decisions > 5);
  const kept = readdirSync(join(state, "forecasts"));
  assert.ok(kept.length >= 4);
  const corrections = kept.find((name) => name.startsWith("corrections-")) as string;
  writeFileSync(join(state, "forecasts", corrections), '{"all":[1,2]}');
  const { status, stderr } = prae(["live", ...args(state), "--listen", "127.0.0.1:0"]);
  assert.is(status, 2);
  assert.match(stderr, `${corrections}: expected corrections, 1 numbers a group, found something else`);
  rmSync(join(state, "forecasts"), { recursive: true });
  assert.match(short(refusal(["replay", state])[0] as never), /no such file/);
});

test("a candidate rehearses by forecasts that the policy in force does not have: they are its own, of the run's journal", async () => {
  const state = join(folder, "rehearsed");
  const { send, child, exit } = await liveProcess([...args(state), "--incumbent", "keep-alive:ttl=1s", "--rehearse"], bearer);
  for (let i = 0; i < 4; i += 1) {
    assert.is((await send("PUT", `/v1/requests/r${i}`, { user: "ann", app: "notebook" })).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 900));
    await send("DELETE", `/v1/requests/r${i}`);
  }
  child.kill("SIGTERM");
  const { status, stderr } = await exit;
  assert.is(status, 0);
  assert.not.match(stderr, "a forecast of the rehearsal");
  assert.not.ok(existsSync(join(state, "forecasts")));
  const [real, rehearsed] = [state, join(state, "rehearsal")].map((books) => json(["replay", books]));
  assert.ok(real?.same && rehearsed?.same);
  const issued = (books: string) =>
    done(["journal", "cat", join(books, "journal.prae.gz")]).match(/forecast_issued/g)?.length ?? 0;
  assert.is(issued(state), 0);
  assert.ok(issued(join(state, "rehearsal")) >= 2);
  const sets = join(state, "rehearsal", "forecasts");
  const corrections = readdirSync(sets).find((name) => name.startsWith("corrections-")) as string;
  writeFileSync(join(sets, corrections), '{"all":[1,2]}');
  const without = await liveProcess([...args(state), "--incumbent", "keep-alive:ttl=1s", "--rehearse"], bearer);
  const seen = (await (await without.send("GET", "/v1/stage")).json()) as { stage: string };
  assert.is(seen.stage, "none", "whose forecasts cannot begin does not rehearse");
  assert.match(await (await without.send("GET", "/metrics")).text(), /^prae_stage\{stage="rehearsal"\} 0$/m);
  without.child.kill("SIGTERM");
  const ended = await without.exit;
  assert.is(ended.status, 0);
  assert.match(ended.stderr, "the candidate cannot rehearse, the run goes on without");
  assert.ok(json(["replay", join(state, "rehearsal")]).ended, "its books are left in order");
});

test("a kind of model is no trained one, and one of another step or target does not fit", () => {
  const other = join(folder, "other.yaml");
  const refused = (text: string) => {
    writeFileSync(other, text);
    return refusal(["live", "--fleet", fleet, "--policy", other, "--state", join(folder, "none"), "--registry", registry]).map(
      short,
    );
  };
  const feed = (what: string, warm = "forecast") => `feed: { ${what} }\nwarm: { strategy: ${warm} }\n`;
  assert.equal(refused(feed("model: nlinear, every: 5m, step: 5m, targets: [concurrency]")), [
    '--policy feed.model found "nlinear"',
  ]);
  assert.match(refused(feed("model: clairvoyant, every: 5m, step: 5m, targets: [concurrency]"))[0] as string, /feed.model/);
  assert.match(refused(feed(`model: ${model}, every: 1m, step: 1m, targets: [concurrency]`))[0] as string, /one of 1000 ms/);
  const unbounded = `model: ${model}, every: 1s, step: 1s, targets: [concurrency], adapt: 0.1`;
  assert.equal(refused(feed(unbounded)), ["--policy feed.adaptMost found nothing"]);
  const arrival = refused(feed(`model: ${model}, every: 1s, step: 1s, targets: [arrival]`, "arrival"));
  assert.match(arrival.join(), /one of concurrency/);
});

test.run();
