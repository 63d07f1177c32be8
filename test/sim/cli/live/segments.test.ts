/** A live run whose journal goes on in many files, killed again and again, also while it begins one. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gapIn, segmentsOf } from "../../../../allocator/journal/segments.ts";
import { liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, prae, refusal, short, testFolder } from "../../../support/prae.ts";

const folder = testFolder("segments");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
const state = join(folder, "state");
const journal = join(state, "journal.prae.gz");
const USERS = Array.from({ length: 8 }, (_, i) => `u${i}`);
writeFleet(fleet, USERS);
const bearer = json(["tokens", "add", tokens, "--name", "sre", "--scopes", "request,read"]).token as string;
// Some 600 bytes: each file has a few writes, so that many of the kills come near the beginning of one.
const ARGS = ["--fleet", fleet, "--policy", "keep-alive:ttl=1m", "--state", state, "--tokens", tokens, "--segment-mib", "0.0006"];
const KILLS = 6;

test("killed at any time, no acknowledged request is lost, the files follow one another, and a replay decides the same", async () => {
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { send, child, exit } = await liveProcess(ARGS, bearer);
    let isOver = false;
    const ask = async (user: string) => {
      for (let i = 0; !isOver; i += 1) {
        const request = `k${kill}-${user}-${i}`;
        if ((await send("PUT", `/v1/requests/${request}`, { user, app: "notebook" })).status === 200) acknowledged.push(request);
        await send("DELETE", `/v1/requests/${request}`);
      }
    };
    const asking = USERS.map((user) => ask(user).catch(() => {})); // until the process is gone
    await new Promise((resolve) => setTimeout(resolve, 300 + 137 * kill));
    child.kill("SIGKILL");
    isOver = true;
    await Promise.all([exit, ...asking]);
  }
  assert.ok(acknowledged.length > 50);
  const { send, child, exit, recovery } = await liveProcess(ARGS, bearer);
  assert.ok(recovery.events > acknowledged.length);
  // What each kill came nearest to.
  const last = Array.from({ length: KILLS }, (_, kill) => acknowledged.filter((name) => name.startsWith(`k${kill}-`)).slice(-25));
  for (const request of last.flat()) assert.is((await send("GET", `/v1/requests/${request}`)).status, 200, request);
  child.kill("SIGTERM");
  assert.is((await exit).status, 0);
  const segments = segmentsOf(journal);
  assert.ok(segments.length > 20, `${segments.length} files`);
  assert.is(gapIn(segments, 0), null);
  assert.equal(
    readdirSync(state).filter((name) => name.includes(".next-")),
    [],
  );
  const { same, ended, events } = json(["replay", state]);
  assert.equal([same, ended], [true, true]);
  assert.ok(events > recovery.events);
  assert.is(JSON.parse(prae(["journal", "cat", state, "--json"]).stdout).steps.length, events);
  const { manifest } = json(["import", "journal", state, "--out", join(folder, "trace")]);
  assert.is(manifest.source.files.length, segments.length);
});

test("files moved away are missed by who reads from the start, and not by the run, which goes on from its snapshot", async () => {
  const segments = segmentsOf(journal);
  const away = segments.slice(0, -3);
  const moved = away.map(({ path }) => [path, join(folder, `away-${path.slice(path.lastIndexOf("/") + 1)}`)] as const);
  for (const [from, to] of moved) renameSync(from, to);
  const missing = `found it is missing bytes 0 to ${away.at(-1)!.end} of the journal, which come before journal-`;
  for (const args of [
    ["replay", state],
    ["journal", "cat", state],
    ["journal", "verify", state],
    ["why", state, "--user", "u1"],
  ])
    assert.ok(short(refusal(args)[0]!).includes(missing), args.join(" "));
  refusal(["import", "journal", state, "--out", join(folder, "never")]);
  const database = refusal(["live", ...ARGS, "--database", join(folder, "live.duckdb")]);
  assert.ok(short(database[0]!).includes(missing));
  const { send, child, exit } = await liveProcess(ARGS, bearer);
  assert.is((await send("PUT", "/v1/requests/behind", { user: "u1", app: "notebook" })).status, 200);
  child.kill("SIGTERM");
  assert.is((await exit).status, 0);
  const behind = json(["replay", state, "--from-snapshot"]);
  assert.equal([behind.same, behind.ended, behind.digest, typeof behind.sinceMs], [true, true, undefined, "number"]);
  for (const [from, to] of moved) renameSync(to, from);
  const whole = json(["replay", state]);
  assert.equal([whole.same, whole.sinceMs, whole.stateDigest], [true, null, behind.stateDigest], "to the same state, either way");
  assert.ok(behind.events < whole.events);
});

test("a replay from a snapshot decides each step behind it again, and the newest snapshot counts", async () => {
  const { send, child, exit } = await liveProcess(ARGS, bearer);
  for (let i = 0; i < 5; i += 1) await send("PUT", `/v1/requests/since${i}`, { user: "u2", app: "notebook" });
  child.kill("SIGKILL"); // so that the snapshot is of before
  await exit;
  const { events, decisions, same, ended } = json(["replay", state, "--from-snapshot"]);
  assert.equal([same, ended], [true, false]);
  assert.ok(events >= 5 && decisions >= 5, `${events} events, ${decisions} decisions`);
  const snapshot = readFileSync(join(state, "snapshot.prae"));
  const { child: again, exit: over } = await liveProcess(ARGS, bearer);
  again.kill("SIGTERM");
  await over;
  assert.is(json(["replay", state, "--from-snapshot"]).events < events, true, "the newest one counts");
  writeFileSync(join(state, "snapshot.prae"), snapshot.subarray(0, -1));
  assert.match(short(refusal(["replay", state, "--from-snapshot"])[0]!), "snapshot.prae found none");
});

test("a size that is none is refused", () => {
  const [issue] = refusal(["live", ...ARGS.slice(0, -1), "0"]);
  assert.is(short(issue!), "--segment-mib found 0");
});

test.run();
