import { cpSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InputError } from "../../../datasets/issues.ts";
import { explainRun, readAsked } from "../../../sim/cli/explain-run.ts";
import { done, json, refusal, short, testFolder, writeTables } from "../../support/prae.ts";

/**
 * One node of 4 cores and 8 GiB, one app of 2 cores and 4 GiB. Ann's two requests fill the node for an hour; Bob's finds no room. At
 * 5 min the policy wants 1.5 × what each demanded: 6 cores for Ann, of which the node backs 4, and 3 for Bob, of which it backs none.
 */
const folder = testFolder("why");
const at = (...names: string[]) => join(folder, ...names);
mkdirSync(at("full"), { recursive: true });
writeFileSync(
  at("full", "requests.csv"),
  "request_id,user_id,app_id,submit_ms,run_ms\na1,ann,batch,0,3600000\na2,ann,batch,1000,3600000\nb1,bob,batch,2000,60000\n",
);
writeFileSync(at("full", "apps.csv"), "app_id,cold_start_ms,cpu_millis,memory_mib,shared\nbatch,20000,2000,4096,false\n");
writeFileSync(at("full", "users.csv"), "user_id,tier\nann,standard\nbob,standard\n");
writeFileSync(
  at("full", "nodes.csv"),
  "node_id,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps\nn1,main,4000,8192,0,1000000\n",
);
done(["import", "canonical", at("full"), "--window", "0,7200000", "--out", at("full-trace")]);
done(["simulate", "--trace", at("full-trace"), "--policy", "reactive:margin=1.5,every=5m", "--out", at("full-run")]);
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", at("trace")]);
done(["simulate", "--trace", at("trace"), "--policy", "clairvoyant", "--out", at("sighted")]);

const why = (run: string, user: string, ...options: string[]) => json(["why", at(run), "--user", user, ...options]);
const amounts = (cpuMillis: number, memoryMiB: number) => ({ cpuMillis, memoryMiB, gpuMillis: 0, networkKbps: 0 });

test("what is reserved, held and demanded; the guardrail that cut it, and what it would have been without", () => {
  const { now, decided, counterfactuals, notDecided } = why("full-run", "ann", "--at", "10m");
  assert.equal(now.reserved, amounts(4000, 8192));
  assert.equal(now.held, amounts(4000, 8192));
  assert.equal(now.demanded, amounts(4000, 8192));
  assert.is(now.instances.length, 2);
  const reserve = decided.find(({ kind }: { kind: string }) => kind === "reserve");
  assert.is(reserve.atMs, 300_000);
  assert.is(
    reserve.text,
    "reserve 4000m/8192MiB, after tick: no forecast; rule last_value; margin × 1.5; rung none: it rests on no forecast; guardrail capacity: less than was wanted, because no more is free",
  );
  assert.is(
    notDecided[0].text,
    "the slot wants 6000m/12288MiB where 4000m/8192MiB is reserved, but no more can be guaranteed: the capacity lacks 2000 cpuMillis and 4096 memoryMiB",
  );
  assert.equal(
    counterfactuals.map(({ text }: { text: string }) => text),
    ["without a margin: 4000m/8192MiB", "without the guardrail capacity: 6000m/12288MiB"],
  );
});

test("why a request waits: what lacks, and on which node", () => {
  const { now, decided } = why("full-run", "bob", "--at", "3000");
  assert.equal(now.waiting, [
    {
      request: "b1",
      app: "batch",
      requested: amounts(2000, 4096),
      why: "the capacity that is not held for others lacks 2000 cpuMillis and 4096 memoryMiB; node n1, which comes nearest, lacks 2000 cpuMillis and 4096 memoryMiB",
    },
  ]);
  assert.equal(
    decided.map(({ kind, event }: { kind: string; event: string }) => [kind, event]),
    [["queue", "request_arrived"]],
  );
  // An hour on, its request has started and ended.
  assert.equal(why("full-run", "bob").now.waiting, []);
});

test("nothing prewarmed, because the slot names no number", () => {
  const words = done(["why", at("full-run"), "--user", "ann", "--at", "2m"]);
  assert.match(words, "ann (standard) at 0d 00:02:00.000 under ");
  assert.match(words, "  warm batch: nothing is prewarmed: the slot warm ");
  assert.match(words, "  reserve: the slot wants 6000m/12288MiB where 0m/0MiB is reserved, but only 4000m/8192MiB can be");
});

test("a decision that rests on a forecast names its set, its batch and when it was issued", () => {
  const { decided, notDecided } = why("sighted", "bob", "--at", "3h");
  const rests = decided.filter(({ forecast }: { forecast: unknown }) => forecast !== null);
  assert.ok(rests.length > 0);
  for (const { forecast, because, atMs } of rests) {
    assert.match(forecast.set, /^[0-9a-f]{64}$/);
    assert.ok(forecast.issuedAtMs <= atMs);
    assert.is(because.batchIndex >= 0, true);
  }
  assert.equal(new Set(notDecided.map(({ slot }: { slot: string }) => slot)), new Set(["reserve", "warm"]));
  const own = why("sighted", "bob", "--at", "3h", "--app", "web");
  assert.equal(new Set(own.notDecided.map(({ app }: { app: string | null }) => app)), new Set([null, "web"]));
  for (const { app } of own.decided) assert.ok(app === null || app === "web");
});

test("a user, an app or a time that the journal does not have; a cut journal answers for what it has", () => {
  const refused = (run: string, ...options: string[]) =>
    refusal(["why", at(run), ...options])
      .map(short)
      .map((text) => text.replaceAll(`${folder}/`, ""));
  assert.equal(refused("full-run", "--user", "eve"), ["full-run/journal.prae.gz found 2 others"]);
  assert.equal(refused("full-run", "--user", "ann", "--app", "x"), ["full-run/journal.prae.gz found 1 others"]);
  assert.equal(refused("full-run", "--user", "ann", "--at", "soon"), ['--at found "soon"']);
  assert.equal(refused("full-run", "--user", "ann", "--at", "30d"), ['--at found "30d"']);
  cpSync(at("sighted"), at("cut"), { recursive: true });
  truncateSync(at("cut", "journal.prae.gz"), statSync(at("sighted", "journal.prae.gz")).size - 100);
  assert.is(why("cut", "bob").ended, false);
  assert.is(refused("cut", "--user", "bob", "--at", "30d").length, 1);
  const { journal: _, ...before } = why("cut", "bob", "--at", "1m");
  const { journal: __, ...whole } = why("sighted", "bob", "--at", "1m");
  assert.equal(before, whole);
  cpSync(at("sighted", "journal.prae.gz"), at("alone.prae.gz"));
  assert.match(refused("alone.prae.gz", "--user", "bob")[0]!, "no such file");
  assert.is(why("alone.prae.gz", "bob", "--forecasts", at("sighted", "forecasts")).user, "bob");
});

test("a report explains the longest waits and whom it is asked for, as this verb does", async () => {
  const asked = readAsked(["1", "ann@10m"]);
  const [wait, ann, ...none] = await explainRun(at("full-run", "journal.prae.gz"), asked);
  assert.equal(none, []);
  assert.equal([wait?.title, wait?.user, wait?.at], ["waited 4198 s for an instance", "bob", "0d 00:00:02.000"]);
  const said = why("full-run", "bob", "--at", "2000");
  assert.equal(
    wait?.waiting.map((one) => one.why),
    said.now.waiting.map((one: { why: string }) => one.why),
  );
  assert.equal(
    ann?.decided.map(({ text }) => text),
    why("full-run", "ann", "--at", "10m").decided.map(({ text }: { text: string }) => text),
  );
  done(["report", at("full-run"), "--why", "1", "--why", "ann@10m", "--out", at("page.html")]);
  const page = readFileSync(at("page.html"), "utf8");
  assert.match(page, /<section id="explained"/);
  assert.match(page, /<b class="name">bob<\/b> \(standard\) at 0d 00:00:02\.000: waited 4198 s for an instance/);
  assert.match(page, /lacks 2000 cpuMillis and 4096 memoryMiB/);
});

test("what a report cannot explain is said, all at once", async () => {
  const of = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      return (error as InputError).issues.map(({ found }) => found);
    }
    return [];
  };
  assert.equal(
    of(() => readAsked(["ann", "30", "@", "bob@1h"])),
    ['"ann"', '"@"', "30"],
  );
  const asked = readAsked(["zoe@1h", "ann@9d"]);
  const issues = await explainRun(at("full-run", "journal.prae.gz"), asked).catch((error: InputError) => error.issues);
  assert.equal(
    (issues as InputError["issues"]).map(({ expected }) => expected.split(",")[0]),
    ['a journal that knows the user "zoe"', "a duration after the journal's start (2h)"],
  );
});

test.run();
