import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../../allocator/core/events.ts";
import { journalEvents } from "../../../support/journal-events.ts";
import { liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, refusal, short, testFolder } from "../../../support/prae.ts";
import { exporter, PrometheusServer } from "../../../support/prometheus-server.ts";
import { until } from "../../../support/server-process.ts";

const STEP_MS = 1_000;
const folder = testFolder("prometheus");
const fleet = join(folder, "fleet.yaml");
writeFleet(fleet, ["alice", "bob"]);

/** Cores that alice uses: another number every time somebody asks. */
let asked = 0;
let isBobThere = true;
const exported = await exporter(() => {
  asked += 1;
  const alice = [`used_cores{user="alice"} ${1 + (asked % 50) / 10}`, `used_bytes{user="alice"} ${asked * 1_048_576}`];
  const rest = [`used_gpus{user="alice"} 0.5`, `throttled{user="alice"} ${asked % 2}`, `used_cores{user="mallory"} 9`];
  const bob = isBobThere ? [`used_cores{user="bob"} 2`, `used_bytes{user="bob"} 5e8`] : [];
  return [...alice, ...rest, ...bob, `used_bytes{user="mallory"} 1`];
});
mkdirSync(join(folder, "server"));
const server = await PrometheusServer.start(join(folder, "server"), exported.port);
test.after(async () => {
  exported.close();
  await server.stop();
});

/** A document of what is read; `queries` in place of the usual ones. */
function document(name: string, queries?: string): string {
  const path = join(folder, `${name}.yaml`);
  const usual = `
  cpuMillis: { query: used_cores, unit: cores }
  memoryMiB: { query: used_bytes, unit: bytes }
  gpuMillis: { query: used_gpus, unit: gpus, absent: zero }`;
  writeFileSync(path, `url: ${server.url}\nstep: 1s\ndelay: 500ms\nqueries:${queries ?? usual}\nsaturated: throttled\n`);
  return path;
}

/** What was taken in before each position, by the position. */
function byInstant(events: readonly AllocatorEvent[]): Map<number, AllocatorEvent[]> {
  const instants = new Map<number, AllocatorEvent[]>();
  let since: AllocatorEvent[] = [];
  for (const event of events) {
    if (event.kind === "usage_observed") since.push(event);
    if (event.kind !== "source_read") continue;
    assert.is(event.source, "prometheus prometheus");
    assert.not.ok(instants.has(Number(event.position)), `${event.position} twice`);
    instants.set(Number(event.position), since);
    since = [];
  }
  assert.equal(since, [], "nothing is told without how far it was read");
  return instants;
}

test("every sample is taken in once, whoever is killed: the run or the Prometheus", async () => {
  const state = join(folder, "state");
  const args = ["--fleet", fleet, "--policy", "keep-alive", "--state", state, "--prometheus", document("usual")];
  const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await until("scraped", async () => (await server.samples("used_cores", Date.now(), Date.now(), STEP_MS)).size === 3);
  for (const killed of [1_300, 2_600]) {
    const { child, exit } = await liveProcess(args, "");
    await passed(killed);
    child.kill("SIGKILL");
    await exit;
    await passed(2_000);
  }
  const { child, exit } = await liveProcess(args, "");
  isBobThere = false;
  await passed(2_500);
  await server.stop("SIGKILL");
  await passed(1_500);
  await server.start();
  isBobThere = true;
  await passed(5_000);
  child.kill("SIGTERM");
  const { status, stderr } = await exit;
  assert.is(status, 0, stderr);
  assert.match(stderr, /"source":"prometheus prometheus","user":"mallory".*"msg":"left out"/);
  assert.match(stderr, /"msg":"not read"/);
  assert.match(stderr, /"msg":"answers again"/);

  const instants = byInstant(await journalEvents(state));
  const times = [...instants.keys()];
  assert.ok(times.length >= 12, String(times));
  for (const [i, atMs] of times.entries()) assert.is(atMs, times[0]! + i * STEP_MS, "one after another, without a gap");
  const range = [times[0]!, times.at(-1)!, STEP_MS] as const;
  const [cores, bytes, gpus, throttled] = await Promise.all(
    ["used_cores", "used_bytes", "used_gpus", "throttled"].map((query) => server.samples(query, ...range)),
  );
  const seen = { alice: 0, bob: 0 };
  for (const [atMs, events] of instants) {
    const expected = (["alice", "bob"] as const).flatMap((name, user) => {
      const cpu = cores!.get(name)?.get(atMs);
      const memory = bytes!.get(name)?.get(atMs);
      if (cpu === undefined || memory === undefined) return [];
      seen[name] += 1;
      const gpu = gpus!.get(name)?.get(atMs) ?? 0;
      const used = { cpuMillis: Math.round(cpu * 1000), memoryMiB: Math.round(memory / 1_048_576), gpuMillis: gpu * 1000 };
      return [{ user, used: { ...used, networkKbps: 0 }, saturated: (throttled!.get(name)?.get(atMs) ?? 0) > 0 }];
    });
    const found = events.map((event) => {
      assert.ok(event.kind === "usage_observed" && event.windowMs === STEP_MS);
      return { user: event.user, used: event.used, saturated: event.saturated };
    });
    assert.equal(found, expected, `at ${atMs}`);
  }
  assert.ok(seen.alice > seen.bob && seen.bob > 3, JSON.stringify(seen));
  assert.is(json(["replay", state]).same, true);
});

test("what the server refuses is said before anything begins, with where and why", () => {
  const wrong = document(
    "wrong",
    `\n  cpuMillis: { query: "sum by (user (", unit: cores }\n  memoryMiB: { query: up, unit: bytes }`,
  );
  const state = join(folder, "none");
  const args = ["live", "--fleet", fleet, "--policy", "keep-alive", "--state", state, "--listen", "127.0.0.1:0"];
  const issues = refusal([...args, "--prometheus", wrong]);
  assert.equal(
    issues.map(({ path }) => path),
    ["queries.cpuMillis.query", "queries.memoryMiB.query"],
  );
  assert.match(short(issues[0]!), /found HTTP 400, bad_data: .*parse error/);
  assert.match(short(issues[1]!), /found a series without the label user/);
});

test.run();
