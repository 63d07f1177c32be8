import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crashDrill } from "../../support/crash-drill.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../../support/live-process.ts";
import { done, json, prae, refusal, short, testFolder } from "../../support/prae.ts";

const folder = testFolder("live");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
writeFleet(
  fleet,
  Array.from({ length: 20 }, (_, i) => `u${i}`),
);
const bearer = json(["tokens", "add", tokens, "--name", "hub", "--scopes", "request,usage,read"]).token as string;

function live(state: string, more: readonly string[] = []): Promise<LiveProcess> {
  const args = ["--fleet", fleet, "--policy", "keep-alive:ttl=1m", "--state", state, "--tokens", tokens, "--rate", "100000"];
  return liveProcess([...args, ...more], bearer);
}

test("killed again and again under load, a run loses nothing that it acknowledged, and its journal replays bit for bit", async () => {
  const state = join(folder, "killed");
  const args = ["--fleet", fleet, "--policy", "keep-alive:ttl=1m", "--state", state, "--tokens", tokens, "--rate", "100000"];
  const drilled = await crashDrill(args, bearer, ["u1", "u2", "u3", "u4"], 6, (kill) => 150 + 60 * kill);
  assert.equal(drilled.forgotten, []);
  assert.ok(drilled.acknowledged > 50);
  assert.ok(drilled.longestRecoveryMs < 5_000);
  const again = await live(state);
  const running = json(["replay", state]);
  assert.is(running.ended, false);
  assert.is(json(["why", state, "--user", "u1"]).ended, false);
  assert.match(done(["why", state, "--user", "u1"]), /^u1 \(standard\)/);
  assert.ok(running.events >= again.recovery.events);
  again.child.kill("SIGTERM");
  const { status, stderr } = await again.exit;
  assert.is(status, 0, stderr);
  const { ended, same, events } = json(["replay", state]);
  assert.ok(ended && same && events > running.events - 1);
  assert.is(json(["why", state, "--user", "u1"]).ended, true);
});

test("a second process on the same state is refused, and the first goes on", async () => {
  const state = join(folder, "twice");
  const first = await live(state);
  const args = ["live", "--fleet", fleet, "--policy", "keep-alive", "--state", state, "--listen", "127.0.0.1:0"];
  assert.match(short(refusal(args)[0] as never), new RegExp(`found process ${first.child.pid} on `));
  assert.is((await first.send("GET", "/readyz")).status, 200);
  first.child.kill("SIGINT");
  assert.is((await first.exit).status, 0);
});

test("a replica waits, and takes over from a leader that stands still; woken, that one acknowledges nothing more", async () => {
  const state = join(folder, "replicas");
  const first = await live(state);
  assert.is((await first.send("PUT", "/v1/requests/before", { user: "u1", app: "notebook" })).status, 200);
  const waiting = live(state, ["--standby"]);
  first.child.kill("SIGSTOP");
  const stoppedMs = performance.now();
  const second = await waiting;
  assert.ok(performance.now() - stoppedMs < 15_000);
  assert.is((await second.send("GET", "/v1/requests/before")).status, 200);
  const unheard = first.send("PUT", "/v1/requests/late", { user: "u2", app: "notebook" }).then(
    ({ status }) => status,
    () => 0,
  );
  first.child.kill("SIGCONT");
  const { status, stderr } = await first.exit;
  assert.is(status, 3, stderr);
  assert.match(stderr, /another process leads: its epoch is 2/);
  assert.is.not(await unheard, 200);
  assert.is((await second.send("GET", "/v1/requests/late")).status, 404);
  second.child.kill("SIGTERM");
  assert.is((await second.exit).status, 0);
  assert.is(json(["replay", state]).same, true);
});

test("everything wrong with what a run is given is said at once", () => {
  const wrong = join(folder, "wrong.yaml");
  writeFileSync(wrong, "tiers: []\npools: [{ name: p }]\napps: [{ name: a, shape: { cpuMillis: 1 }, coldStart: 1s }]\n");
  const args = ["live", "--fleet", wrong, "--policy", "keep-alive:ttl=never", "--state", join(folder, "none")];
  assert.equal(
    refusal([...args, "--listen", "nowhere", "--rate", "0", "--tokens", join(folder, "missing.yaml")]).map(({ where, path }) => [
      where.replace(folder, ""),
      path,
    ]),
    [
      ["--listen", undefined],
      ["--rate", undefined],
      ["/wrong.yaml", "tiers"],
      ["--policy", "keep-alive:ttl=never: warm.ttl"],
      ["/missing.yaml", undefined],
    ],
  );
  assert.is(statSync(join(folder, "none"), { throwIfNoEntry: false }), undefined);
  const nlinear = ["live", "--fleet", fleet, "--policy", "nlinear", "--state", join(folder, "none")];
  assert.match(short(refusal(nlinear)[0] as never), /feed.model found "nlinear"/);
});

test("a damaged journal is refused where it is damaged, and left as it is", async () => {
  const state = join(folder, "damaged");
  const { send, child, exit } = await live(state);
  for (let i = 0; i < 5; i += 1) await send("PUT", `/v1/requests/q${i}`, { user: "u1", app: "notebook" });
  child.kill("SIGKILL");
  await exit;
  const path = join(state, "journal.prae.gz");
  const bytes = readFileSync(path);
  bytes[40] = (bytes[40] as number) ^ 0xff;
  writeFileSync(path, bytes);
  const args = ["live", "--fleet", fleet, "--policy", "keep-alive:ttl=1m", "--state", state, "--listen", "127.0.0.1:0"];
  assert.match(short(refusal(args)[0] as never), /a damaged part before whole ones/);
  assert.ok(readFileSync(path).equals(bytes));
  assert.is(prae(["replay", state]).status, 2);
});

test("tokens are made, listed and removed; the file holds no token, and only its owner reads it", () => {
  const file = join(folder, "mine.yaml");
  const token = done(["tokens", "add", file, "--name", "ci", "--scopes", "read", "--users", "u1,u2", "--days", "7"]).trim();
  assert.ok(token.length >= 43);
  assert.not.match(readFileSync(file, "utf8"), token);
  assert.is(statSync(file).mode & 0o777, 0o600);
  const [listed] = json(["tokens", "list", file]).tokens;
  assert.equal([listed.name, listed.scopes, listed.users], ["ci", ["read"], ["u1", "u2"]]);
  assert.match(short(refusal(["tokens", "add", file, "--name", "ci", "--scopes", "read"])[0] as never), /--name found "ci"/);
  assert.equal(
    refusal(["tokens", "add", file, "--scopes", "write", "--days", "-1"]).map(({ where }) => where),
    ["--name", "--scopes", "--days"],
  );
  done(["tokens", "remove", file, "--name", "ci"]);
  assert.equal(json(["tokens", "list", file]).tokens, []);
  assert.match(short(refusal(["tokens", "remove", file, "--name", "ci"])[0] as never), /--name/);
});

test.run();
