import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openStore } from "../../../../allocator/live/store/open-store.ts";
import { StoreError } from "../../../../allocator/live/store/store.ts";
import { journalEvents } from "../../../support/journal-events.ts";
import { liveProcess, writeFleet } from "../../../support/live-process.ts";
import { PostgresServer } from "../../../support/postgres-server.ts";
import { json, testFolder } from "../../../support/prae.ts";
import { until } from "../../../support/server-process.ts";
import { testStoreContract } from "../../../support/store-contract.ts";

const folder = testFolder("postgres");
const server = await PostgresServer.start(testFolder("postgres-server"));
test.after(() => server.stop());
const contract = await server.database("contract");
testStoreContract(() => openStore(contract));

test("replicas that begin at once on an empty database make its tables once", async () => {
  const empty = await server.database("fresh");
  const stores = await Promise.all(Array.from({ length: 6 }, () => openStore(empty)));
  await Promise.all(stores.map((store) => store.putDocument("model", "m", Uint8Array.of(1))));
  for (const store of stores) {
    assert.equal(await store.documents("model"), ["m"]);
    await store.close();
  }
});

test("a server that crashes is an error while it is away, and then the store goes on with all that it was told", async () => {
  const store = await openStore(await server.database("crash"));
  const row = {
    user: "a",
    atMs: 1,
    windowMs: 1,
    used: { cpuMillis: 1, memoryMiB: 1, gpuMillis: 1, networkKbps: 1 },
    saturated: true,
  };
  assert.ok(await store.add("run", 0, { events: 1, profiles: [], usage: [row] }));
  await server.stop("SIGQUIT");
  const failed = await store.add("run", 1, { events: 2, profiles: [], usage: [row] }).catch((error: unknown) => error);
  assert.instance(failed, StoreError);
  await server.start();
  assert.equal(await store.usage("run", { fromMs: 0, toMs: 1 }), [row]);
  assert.is(await store.events("run"), 1);
  await store.close();
});

test("a live run's usage and profiles are in the store once each, whoever is killed", async () => {
  const url = await server.database("live");
  const fleet = join(folder, "fleet.yaml");
  writeFleet(fleet, ["alice", "bob"]);
  const tokens = join(folder, "tokens.yaml");
  const bearer = json(["tokens", "add", tokens, "--name", "test", "--scopes", "usage,admin"]).token as string;
  const state = join(folder, "state");
  const args = ["--fleet", fleet, "--policy", "keep-alive", "--state", state, "--tokens", tokens, "--database", url];
  let told = 0;
  const tell = async (live: Awaited<ReturnType<typeof liveProcess>>, times: number) => {
    for (let i = 0; i < times; i += 1) {
      told += 1;
      const observation = { user: told % 2 === 0 ? "alice" : "bob", used: { cpuMillis: told }, windowMs: 1_000 };
      const response = await live.send("POST", "/v1/usage", { observations: [observation] });
      assert.is(response.status, 202, await response.text());
    }
  };
  for (const kill of [true, false, true]) {
    const live = await liveProcess(args, bearer);
    await tell(live, 20);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await tell(live, 20);
    if (kill) live.child.kill("SIGKILL");
    else {
      await server.stop("SIGQUIT");
      await tell(live, 20);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      await server.start();
      await tell(live, 5);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      live.child.kill("SIGTERM");
    }
    const { stderr, status } = await live.exit;
    if (!kill) assert.is(status, 0, stderr);
    if (!kill) assert.match(stderr, /"msg":"not stored yet"/);
  }
  const last = await liveProcess(args, bearer);
  await last.send("PUT", "/v1/users/bob", { tier: "standard", timeZone: "Asia/Tokyo", optOut: ["notebook"] });
  const store = await openStore(url);
  const run = readFileSync(join(state, "store-run"), "utf8").trim();
  const all = { fromMs: 0, toMs: 2 ** 50 };
  await until("all is stored", async () => (await store.profiles(run)).some(({ timeZone }) => timeZone === "Asia/Tokyo"));
  last.child.kill("SIGTERM");
  assert.is((await last.exit).status, 0);
  const events = await journalEvents(state);
  const expected = events.flatMap((event) => (event.kind === "usage_observed" ? [[event.atMs, event.used.cpuMillis]] : []));
  assert.is(expected.length, told);
  assert.equal(
    (await store.usage(run, all)).map(({ atMs, used }) => [atMs, used.cpuMillis]),
    expected,
  );
  assert.equal(
    (await store.profiles(run)).map(({ user, optOut }) => [user, optOut]),
    [
      ["alice", []],
      ["bob", ["notebook"]],
    ],
  );
  assert.is(await store.events(run), events.length);
  await store.close();
});

test.run();
