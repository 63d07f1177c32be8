import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadTrace } from "../../../datasets/store.ts";
import { LiveBench } from "../../support/live-fleet.ts";
import { done, json, refusal, short, testFolder, writeTables } from "../../support/prae.ts";

const folder = testFolder("import-journal");
const at = (name: string) => join(folder, name);
const bench = new LiveBench();
test.after(() => bench.remove());

const POLICY = "keep-alive:ttl=5m";
json(["import", "canonical", writeTables(at("tables")), "--out", at("trace")]);
const first = json(["simulate", "--trace", at("trace"), "--policy", POLICY, "--out", at("run")]);

test("a simulated run's journal becomes the trace that it was, which makes the same journal again", async () => {
  const said = done(["import", "journal", at("run"), "--out", at("again")]);
  assert.match(said, `${at("again")}: run, 4 users, 3 apps, 120 requests`);
  assert.match(said, "note: simulated from the trace tables (digest ");
  assert.match(said, "note: of that trace: time_zone UTC for every user");
  const [trace, again] = [await loadTrace(at("trace")), await loadTrace(at("again"))];
  for (const table of ["tiers", "users", "apps", "nodes", "usage"] as const) assert.equal(again[table], trace[table]);
  assert.equal(again.manifest.window, trace.manifest.window);
  const { runMs, ...requests } = trace.requests;
  const { runMs: runMsAgain, ...requestsAgain } = again.requests;
  assert.equal(requestsAgain, requests);
  // The last was running at the window's end, because it had waited for its start.
  const assumed = runMs.filter((ms, request) => ms !== runMsAgain[request]).length;
  assert.is(assumed, 1);
  assert.match(again.manifest.defaults[0]!, "running at the journal's end: up to that end, for 1 of 120 requests");
  assert.equal(again.manifest.source.options, { events: again.manifest.rowsRead["events"], digest: first.run.journalDigest });
  const second = json(["simulate", "--trace", at("again"), "--policy", POLICY, "--out", at("run-again")]);
  assert.is(second.run.journalDigest, first.run.journalDigest);
  assert.equal(second.run.metrics, first.run.metrics);
});

test("a live run's journal becomes a trace, while it is written and once it has ended, and runs under another policy", async () => {
  const state = at("live");
  const run = await bench.open(state);
  for (const request of ["r1", "r2"]) {
    await run.arrive({ request, user: "alice", app: "notebook", requested: null });
    await bench.clock.pass(30_000);
    await run.ended(request);
    await bench.clock.pass(60_000);
  }
  await run.arrive({ request: "r3", user: "bob", app: "notebook", requested: null });
  const running = done(["import", "journal", state, "--out", at("running")]);
  assert.match(running, "note: the journal has no end mark");
  await run.stop();
  const { manifest } = json(["import", "journal", join(state, "journal.prae.gz"), "--out", at("stopped")]);
  assert.is(manifest.name, "live");
  assert.is(manifest.synthetic, false);
  const trace = await loadTrace(at("stopped"));
  assert.equal(trace.requests.names, ["r1", "r2", "r3"]);
  // A cold start of 20 s, then a warm one; the third has not started: as long as most.
  assert.equal([...trace.requests.runMs], [10_000, 30_000, 10_000]);
  assert.equal(
    trace.users.map(({ name }) => name),
    ["alice", "bob", "carol"],
  );
  assert.equal(
    trace.nodes?.map(({ name }) => name),
    ["general-0", "general-1"],
  );
  const other = json(["simulate", "--trace", at("stopped"), "--policy", "keep-alive:ttl=1s", "--out", at("other")]);
  assert.is(other.run.metrics.cold_starts, 3, "the second request's instance was not kept");
});

test("what is no journal, is damaged, or is not its run's is refused; a cut one is taken as far as it is whole", async () => {
  const place = ["--out", at("never")];
  const found = (...args: string[]) => refusal(["import", "journal", ...args, ...place]).map(short);
  assert.equal(found(at("tables")), [`${at("tables")}/journal.prae.gz found none there`]);
  assert.equal(found(at("run"), "--default", "memory_mib=7"), ['--default found "memoryMiB"']);
  const journal = readFileSync(join(at("run"), "journal.prae.gz"));
  mkdirSync(at("cut"));
  writeFileSync(at("cut/journal.prae.gz"), journal.subarray(0, journal.length - 100));
  assert.match(done(["import", "journal", at("cut"), "--out", at("cut-trace")]), "no end mark");
  copyFileSync(join(at("run"), "run.json"), at("cut/run.json"));
  assert.match(found(at("cut"))[0]!, "found a journal that was cut");
  writeFileSync(at("cut/journal.prae.gz"), Buffer.concat([journal.subarray(0, 40), Buffer.from("xx"), journal.subarray(42)]));
  assert.match(found(at("cut"))[0]!, "damaged");
});

test.run();
