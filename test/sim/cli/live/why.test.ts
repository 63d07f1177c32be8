/** Why, asked of a live run over HTTP, and the same of its journal by `prae why`. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { segmentsOf } from "../../../../allocator/journal/segments.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, refusal, short, testFolder } from "../../../support/prae.ts";

const folder = testFolder("live-why-api");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
const state = join(folder, "state");
const journal = join(state, "journal.prae.gz");
writeFleet(fleet, ["u1", "u2", "u3"], 1);
const bearer = json(["tokens", "add", tokens, "--name", "sre", "--scopes", "request,usage,read,admin"]).token as string;
const ofU1 = json(["tokens", "add", tokens, "--name", "u1", "--scopes", "read", "--users", "u1"]).token as string;
const writer = json(["tokens", "add", tokens, "--name", "writer", "--scopes", "request"]).token as string;
const ARGS = ["--fleet", fleet, "--policy", "reactive:every=1s,margin=1.5", "--state", state, "--tokens", tokens];
// A few writes a file.
const SHORT = [...ARGS, "--segment-mib", "0.001"];

// biome-ignore lint/suspicious/noExplicitAny: a document from outside, whose shape is what the test asserts
type Document = any;

async function ask({ url }: LiveProcess, user: string, query = "", token = bearer): Promise<[number, Document]> {
  const response = await fetch(`${url}/v1/users/${user}/why${query}`, { headers: { authorization: `Bearer ${token}` } });
  return [response.status, await response.json()];
}

/** What the command says of the same journal. */
function said(user: string, ...options: readonly string[]): Document {
  const { journal: path, ...explanation } = json(["why", state, "--user", user, ...options]);
  assert.is(path, journal);
  return explanation;
}

const USED = { cpuMillis: 400, memoryMiB: 900, gpuMillis: 0, networkKbps: 0 };

/** 40 requests fill the node, so that some wait; some end; one is of a user that comes later. */
async function busy({ send }: LiveProcess): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    assert.is((await send("PUT", `/v1/requests/r${i}`, { user: `u${(i % 3) + 1}`, app: "notebook" })).status, 200);
    if (i % 5 === 4) await send("DELETE", `/v1/requests/r${i - 4}`);
    if (i % 10 === 9) await send("POST", "/v1/usage", { observations: [{ user: "u1", used: USED, windowMs: 1_000 }] });
  }
  assert.is((await send("PUT", "/v1/users/late", { tier: "standard" })).status, 200);
  assert.is((await send("PUT", "/v1/requests/l1", { user: "late", app: "notebook" })).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // a tick, which reserves
}

let live: LiveProcess;
let atMs = 0;

test("the answer is that of prae why: at any decision, of one app, of a user that came later", async () => {
  live = await liveProcess(SHORT, bearer);
  await busy(live);
  const decisions = ((await (await live.send("GET", "/v1/decisions?limit=1000&user=u1")).json()) as Document).decisions;
  assert.ok(decisions.length > 10, String(decisions.length));
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // a tick behind the last of them, so that both read beyond it
  for (const decision of [decisions[0], decisions[7], decisions.at(-1)]) {
    const [status, answer] = await ask(live, "u1", `?at=${decision.atMs}`);
    assert.is(status, 200);
    assert.equal(answer, said("u1", "--at", String(decision.atMs)));
    assert.ok(answer.decided.some(({ kind, atMs }: Document) => kind === decision.kind && atMs === decision.atMs));
    assert.is(answer.sinceMs, null);
  }
  ({ atMs } = decisions[0]);
  const iso = new Date(atMs).toISOString();
  assert.equal((await ask(live, "u1", `?at=${iso}&app=notebook`))[1], said("u1", "--at", iso, "--app", "notebook"));
  const { decisions: ofLate } = (await (await live.send("GET", "/v1/decisions?user=late")).json()) as Document;
  const lateMs: number = ofLate[0].atMs;
  const [, late] = await ask(live, "late", `?at=${lateMs}`);
  assert.equal(late, said("late", "--at", String(lateMs)));
  assert.is(late.decided.length > 0, true);
  const [, now] = await ask(live, "u1");
  assert.ok(now.atMs >= atMs && now.ended === false && now.now.instances.length > 0, JSON.stringify(now));
});

test("who may not read, or does not speak for the user, is told nothing of it; nobody is found who is not there", async () => {
  assert.is((await ask(live, "u1", "", "guess"))[0], 401);
  assert.is((await ask(live, "u1", "", writer))[0], 403);
  assert.is((await ask(live, "u1", "", ofU1))[0], 200);
  const [[status, other], [, none]] = await Promise.all([ask(live, "u2", "", ofU1), ask(live, "eve", "", ofU1)]);
  assert.is(status, 403);
  assert.equal(other.error, none.error);
  const [missing, { error }] = await ask(live, "eve");
  assert.equal([missing, error.code], [404, "unknown_user"]);
  assert.is((await ask(live, "u1", "?app=editor"))[1].error.code, "unknown_app");
});

test("a time that is none, before the journal or in the future; a user that was not there by then", async () => {
  for (const at of [
    "soon",
    "12",
    "2020-01-01T00:00:00Z",
    String(Date.now() + 60_000),
    "2099-01-01T00:00:00Z",
    "30d",
    "-1",
    "1e99",
  ]) {
    const [status, { error }] = await ask(live, "u1", `?at=${at}`);
    assert.equal([status, error.code], [400, "bad_request"], at);
    assert.match(error.message, "at: expected ");
  }
  assert.equal(
    [(await ask(live, "late", "?at=0s"))[0], (await ask(live, "late", "?at=0s"))[1].error.code],
    [404, "unknown_user"],
  );
  for (const query of [`?at=${"1".repeat(65)}`, "?from=end", "?to=1", "?app=%00"])
    assert.is((await ask(live, "u1", query))[0], 400, query);
});

test("many at once: some are answered, and the others told when to come again; the run answers meanwhile", async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => fetch(`${live.url}/v1/users/u1/why`, { headers: { authorization: `Bearer ${bearer}` } })),
  );
  const statuses = answers.map(({ status }) => status);
  assert.is(statuses.filter((status) => status === 200).length, 5);
  assert.is(statuses.filter((status) => status === 429).length, 7);
  for (const { status, headers } of answers) if (status === 429) assert.ok(Number(headers.get("retry-after")) >= 1);
});

test("a run that stops tells who waits; what is in its snapshot is known, what was decided before is not", async () => {
  const waiting = Array.from({ length: 3 }, () => ask(live, "u1").catch(() => [0]));
  await new Promise((resolve) => setTimeout(resolve, 30));
  live.child.kill("SIGTERM");
  for (const [status] of await Promise.all(waiting)) assert.ok([0, 200, 503].includes(status as number), String(status));
  assert.is((await live.exit).status, 0);
  const whole = said("u1");
  const { decided, sinceMs, ...behind } = said("u1", "--from-snapshot");
  const { decided: all, sinceMs: _, ...rest } = whole;
  assert.equal(behind, rest, "what is so, and what is not done, is the same");
  assert.equal([decided, all.length > 0, sinceMs], [[], true, whole.atMs]);
  assert.match(short(refusal(["why", state, "--user", "u1", "--at", "1s", "--from-snapshot"])[0]!), '--at found "1s"');
});

test("where older files were moved away the snapshot answers, of a run that went on too; the files back, all is known again", async () => {
  live = await liveProcess(SHORT, bearer);
  for (let i = 0; i < 30; i += 1) await live.send("PUT", `/v1/requests/s${i}`, { user: "u2", app: "notebook" });
  const away = segmentsOf(journal)
    .slice(0, 2)
    .map(({ path }) => [path, `${path}.away`] as const);
  for (const [from, to] of away) renameSync(from, to);
  const [status, { error }] = await ask(live, "u2");
  assert.equal([status, error.code], [409, "not_there"]);
  assert.match(error.message, /it is missing bytes 0 to .*; from=snapshot begins at the newest snapshot$/);
  assert.match(JSON.stringify(refusal(["why", state, "--user", "u2"])), "--from-snapshot");
  const [, behind] = await ask(live, "u2", "?from=snapshot");
  const at = ["--at", String(behind.atMs)];
  assert.equal(behind, { ...said("u2", ...at, "--from-snapshot"), ended: false });
  assert.ok(behind.sinceMs <= behind.atMs);
  for (const [from, to] of away) renameSync(to, from);
  const whole = said("u2", ...at);
  const { decided, sinceMs: _, ended: __, ...rest } = behind;
  assert.equal(rest, Object.fromEntries(Object.keys(rest).map((key) => [key, whole[key]])));
  for (const one of decided)
    assert.ok(
      whole.decided.some(({ text }: Document) => text === one.text),
      one.text,
    );
  live.child.kill("SIGKILL");
  await live.exit;
});

test("a replica that took over answers of what its leader decided", async () => {
  const first = await liveProcess(ARGS, bearer);
  await first.send("PUT", "/v1/requests/before", { user: "u3", app: "notebook" });
  const standby = liveProcess([...ARGS, "--standby"], bearer);
  await new Promise((resolve) => setTimeout(resolve, 500));
  first.child.kill("SIGKILL");
  live = await standby;
  const [status, answer] = await ask(live, "u3", `?at=${atMs}`);
  assert.is(status, 200);
  assert.equal(answer, said("u3", "--at", String(atMs)));
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
});

test("without a snapshot there is nothing to go on from", () => {
  const path = join(state, "snapshot.prae");
  const bytes = readFileSync(path);
  const of = () => short(refusal(["why", state, "--user", "u1", "--from-snapshot"])[0]!).replace(`${state}/`, "");
  rmSync(path);
  assert.is(of(), "snapshot.prae found none, or one of another version");
  writeFileSync(path, bytes.subarray(0, -1));
  assert.is(of(), "snapshot.prae found none, or one of another version");
  writeFileSync(path, bytes);
});

test.run();
