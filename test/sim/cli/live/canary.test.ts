import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { StageView } from "../../../../allocator/live/stages.ts";
import { explainUser } from "../../../../sim/cli/explain-user.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, refusal, short, testFolder } from "../../../support/prae.ts";
import { examplePromotion, storeWith } from "../../../support/promotion.ts";

const folder = testFolder("canary");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
const USERS = Array.from({ length: 30 }, (_, i) => `u${i}`);
writeFleet(fleet, USERS, 8);
const bearer = json(["tokens", "add", tokens, "--name", "sre", "--scopes", "request,read,admin"]).token as string;
const { store, id } = storeWith(join(folder, "store"), {
  ...examplePromotion("keep-alive:ttl=200ms"),
  incumbent: examplePromotion("keep-alive:ttl=1m").policy,
});
const state = join(folder, "state");
const of = (...more: string[]) => ["--fleet", fleet, "--state", state, "--tokens", tokens, ...more];
const CANARY = of("--promotion", id.slice(0, 8), "--store", store.folder, "--canary", "40%");

async function stage(run: LiveProcess, change?: object): Promise<StageView> {
  const answer = await (change === undefined ? run.send("GET", "/v1/stage") : run.send("PUT", "/v1/stage", change));
  return (await answer.json()) as StageView;
}

/** What is observed is counted anew by each process. */
function unobserved(view: StageView): object {
  return { ...view, observed: null };
}

/** Everybody asks for an instance and leaves again. */
async function day(run: LiveProcess, name: string): Promise<void> {
  const each = async (user: string) => {
    assert.is((await run.send("PUT", `/v1/requests/${name}-${user}`, { user, app: "notebook" })).status, 200);
    assert.is((await run.send("DELETE", `/v1/requests/${name}-${user}`)).status, 204);
  };
  await Promise.all(USERS.map(each));
}

test("a promotion decides for its share; killed, raised and killed, rolled back and killed, it stays where it came to", async () => {
  const first = await liveProcess(CANARY, bearer);
  const begun = await stage(first);
  assert.equal([begun.stage, begun.promotion, begun.share], ["canary", id, 0.4]);
  assert.ok(begun.users.candidate > 3 && begun.users.candidate < 25);
  await day(first, "a");
  first.child.kill("SIGKILL");
  await first.exit;

  const second = await liveProcess(CANARY, bearer);
  assert.equal(unobserved(await stage(second)), unobserved(begun));
  const raised = await stage(second, { stage: "canary", share: 0.8, reason: "calm" });
  assert.equal([raised.share, raised.seed, raised.reason], [0.8, begun.seed, "calm (by sre)"]);
  await day(second, "b");
  second.child.kill("SIGKILL");
  await second.exit;
  const journal = join(state, "journal.prae.gz");
  const whys = await Promise.all(
    USERS.map((user) => explainUser(journal, { user, at: undefined, app: undefined, forecasts: undefined, from: "start" })),
  );
  assert.is(whys.filter(({ trial }) => trial?.decides).length, raised.users.candidate);
  assert.equal([...new Set(whys.map(({ policy, trial }) => `${policy} ${trial?.stage} ${trial?.decides}`))].sort(), [
    "keep-alive canary false",
    "keep-alive canary true",
  ]);

  const third = await liveProcess(CANARY, bearer);
  assert.equal(unobserved(await stage(third)), unobserved(raised));
  const back = await stage(third, { stage: "rolled_back" });
  third.child.kill("SIGKILL");
  await third.exit;

  const last = await liveProcess(CANARY, bearer);
  assert.equal(unobserved(await stage(last)), unobserved(back));
  assert.equal([back.stage, back.users.candidate], ["rolled_back", 0]);
  await day(last, "c");
  last.child.kill("SIGTERM");
  const { status, stderr } = await last.exit;
  assert.is(status, 0, stderr);
  assert.match(stderr, "was rolled back (by sre)");
  assert.is(json(["replay", state]).same, true);
  const cat = JSON.stringify(json(["journal", "cat", state, "--kind", "stage_set"]));
  assert.is(cat.split('"stage_set"').length - 1, 3, "begun, raised, rolled back: nothing by itself");
});

test("what cannot be tried on some users is refused, with everything that is wrong", () => {
  const refused = (...more: string[]) => refusal(["live", "--fleet", fleet, "--state", join(folder, "none"), ...more]).map(short);
  assert.equal(refused("--policy", "reactive,keep-alive"), ["--policy found 2"]);
  assert.equal(refused("--policy", "reactive", "--canary", "10%"), ["--canary found none"]);
  assert.equal(refused("--policy", "reactive", "--incumbent", "keep-alive"), ["--incumbent found none"]);
  assert.equal(refused("--policy", "hpa", "--incumbent", "warm-pool", "--canary", "most", "--canary-seed", "-1"), [
    '--canary found "most"',
    "--canary replicas found another",
    "--canary warm found another",
    "--canary-seed found -1",
  ]);
  const stored = ["--promotion", id.slice(0, 8), "--store", store.folder, "--canary", "0%"];
  assert.equal(refused(...stored), ['--canary found "0%"']);
  assert.equal(refused(...stored.slice(0, 4), "--canary", "1%", "--watch", "1s", "--watch-least", "0"), [
    '--watch found "1s"',
    "--watch-least found 0",
  ]);
  assert.equal(refused(...stored, "--incumbent", "ffff"), ['--incumbent found "ffff"']);
});

test.run();
