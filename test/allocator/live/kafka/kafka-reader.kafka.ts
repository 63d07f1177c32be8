import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Consumer } from "@platformatic/kafka";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../../allocator/core/events.ts";
import { journalEvents } from "../../../support/journal-events.ts";
import { KAFKA_USER, KafkaServer } from "../../../support/kafka-server.ts";
import { liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, refusal, short, testFolder } from "../../../support/prae.ts";
import { until } from "../../../support/server-process.ts";

const USERS = Array.from({ length: 20 }, (_, i) => `u${i}`);
const folder = testFolder("kafka");
const fleet = join(folder, "fleet.yaml");
writeFleet(fleet, USERS);
mkdirSync(join(folder, "server"));
const server = await KafkaServer.start(join(folder, "server"));
test.after(() => server.close());

/** Arguments of a run that reads these topics as a group of its own. */
function reading(name: string, topics: readonly string[], deadLetters?: string): { args: string[]; state: string } {
  const path = join(folder, `${name}.yaml`);
  const dead = deadLetters === undefined ? "" : `deadLetters: ${deadLetters}\n`;
  writeFileSync(path, `brokers: ["${server.address}"]\ngroup: ${name}\ntopics: [${topics.join(", ")}]\nsession: 2s\n${dead}`);
  const state = join(folder, name);
  return { args: ["--fleet", fleet, "--policy", "keep-alive", "--state", state, "--kafka", path], state };
}

const usage = (i: number) =>
  JSON.stringify({ kind: "usage", id: `id${i}`, user: USERS[i % 20], used: { cpuMillis: i + 1 }, windowMs: 60_000 });

async function taken(state: string): Promise<AllocatorEvent[]> {
  return (await journalEvents(state)).filter(({ kind }) => /^(usage_observed|request_arrived|request_ended)$/.test(kind));
}

test("of 5,000 records none is lost and none counts twice, though the run is killed in the middle, twice", async () => {
  await server.topic("activity", 3);
  await server.topic("usage", 2);
  await server.topic("dead", 1);
  const { args, state } = reading("killed", ["activity", "usage"], "dead");
  const poison = [
    "{",
    "[]",
    "null",
    '{"kind":"payment"}',
    '{"kind":"usage","user":"u1","windowMs":-1}',
    Buffer.from([0xff, 0xfe]),
    undefined,
  ];
  let live = await liveProcess(args, "");
  for (let chunk = 0; chunk < 25; chunk += 1) {
    const at = Array.from({ length: 100 }, (_, i) => chunk * 100 + i);
    const uses = at.flatMap((i) => {
      const record = { key: USERS[i % 20]!, value: usage(i) };
      return i % 50 === 0 ? [record, record] : [record];
    });
    const asked = at.slice(0, 50).map((i) => ({ kind: "arrived", request: `r${i}`, user: USERS[i % 20], app: "notebook" }));
    const activity = [...asked, ...asked.map(({ request }) => ({ kind: "ended", request }))];
    await server.write("usage", chunk < poison.length ? [...uses, { key: "u1", value: poison[chunk] }] : uses);
    await server.write(
      "activity",
      activity.map((one, i) => ({ key: USERS[i % 10]!, value: JSON.stringify(one) })),
    );
    if (chunk !== 8 && chunk !== 16) continue;
    await until("some are taken in", async () => (await taken(state)).length > chunk * 60);
    live.child.kill("SIGKILL");
    await live.exit;
    live = await liveProcess(args, "");
  }
  const total = 2_500 + 1_250 + 1_250;
  await until("all are taken in", async () => (await taken(state)).length >= total, { limitMs: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  live.child.kill("SIGTERM");
  const { status, stderr } = await live.exit;
  assert.is(status, 0, stderr);

  const events = await taken(state);
  const seen = { usage_observed: [] as number[], request_arrived: [] as string[], request_ended: 0 };
  const lastOf = new Map<number, number>();
  for (const event of events) {
    if (event.kind === "request_arrived") seen.request_arrived.push(event.name!);
    if (event.kind === "request_ended") seen.request_ended += 1;
    if (event.kind !== "usage_observed") continue;
    seen.usage_observed.push(event.used.cpuMillis);
    assert.ok(event.used.cpuMillis > (lastOf.get(event.user) ?? 0), "each user's in order");
    lastOf.set(event.user, event.used.cpuMillis);
  }
  const byNumber = (a: number, b: number) => a - b;
  assert.equal(
    seen.usage_observed.sort(byNumber),
    Array.from({ length: 2_500 }, (_, i) => i + 1),
  );
  assert.is(new Set(seen.request_arrived).size, 1_250);
  assert.equal([seen.request_arrived.length, seen.request_ended], [1_250, 1_250]);
  assert.is(json(["replay", state]).same, true);

  const consumer = new Consumer({ groupId: "killed", clientId: "test", bootstrapBrokers: [server.address] });
  const offsets = await consumer.listOffsets({ topics: ["activity", "usage"], timestamp: -1n });
  const assigned = [
    { topic: "activity", partitions: [0, 1, 2] },
    { topic: "usage", partitions: [0, 1] },
  ];
  const committed = await consumer.listCommittedOffsets({ topics: assigned });
  for (const { topic } of assigned) assert.equal(committed.get(topic), offsets.get(topic), "the group knows that all were read");
  const dead = await consumer.consume({ topics: ["dead"], mode: "earliest", maxWaitTime: 100 });
  const buried = new Set<string>();
  for await (const { headers } of dead) {
    const header = (name: string) =>
      String(headers.get(Buffer.from(name)) ?? [...headers].find(([key]) => String(key) === name)?.[1]);
    assert.ok(header("prae.why").length > 10);
    buried.add(`${header("prae.topic")} ${header("prae.partition")} ${header("prae.offset")}`);
    if (buried.size === poison.length) break;
  }
  await consumer.close(true);
});

test("a broker that is killed is waited for, and reading goes on where it was", async () => {
  await server.topic("steady");
  const { args, state } = reading("steady", ["steady"]);
  const live = await liveProcess(args, "");
  await server.write("steady", [{ key: "u1", value: usage(1) }]);
  await until("the first", async () => (await taken(state)).length === 1);
  await server.stop("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await server.start();
  await server.write("steady", [{ key: "u1", value: usage(2) }]);
  await until("the second", async () => (await taken(state)).length === 2, { limitMs: 60_000 });
  live.child.kill("SIGTERM");
  const { status, stderr } = await live.exit;
  assert.is(status, 0, stderr);
  assert.match(stderr, /"msg":"not read"/);
});

test("records that the topic no longer keeps are told of, and a topic made anew is read from its start", async () => {
  await server.topic("short");
  const { args, state } = reading("short", ["short"]);
  const write = (from: number, to: number) =>
    server.write(
      "short",
      Array.from({ length: to - from }, (_, i) => ({ key: "u1", value: usage(from + i) })),
    );
  const run = async (expected: number): Promise<string> => {
    const live = await liveProcess(args, "");
    await until(`${expected} taken in`, async () => (await taken(state)).length === expected);
    live.child.kill("SIGTERM");
    const { status, stderr } = await live.exit;
    assert.is(status, 0, stderr);
    return stderr;
  };
  await write(0, 5);
  await run(5);
  await write(5, 20);
  await server.admin.deleteRecords({ topics: [{ name: "short", partitions: [{ partition: 0, offset: 15n }] }] });
  assert.match(await run(10), /"lost":"10".*"msg":"records are gone unread"/);
  await server.admin.deleteTopics({ topics: ["short"] });
  await server.topic("short");
  await write(30, 33);
  await run(13);
});

test("a broker that wants to know who reads, over TLS, is read; a wrong password or certificate is said before anything begins", async () => {
  await server.topic("safe");
  await server.write("safe", [{ key: "u1", value: usage(1) }]);
  const wrong = join(folder, "wrong.password");
  const right = join(folder, "right.password");
  writeFileSync(wrong, "guessed\n");
  writeFileSync(right, `${KAFKA_USER.password}\n`);
  const document = (tls: string, passwordFile: string) => {
    const sasl = `{ mechanism: SCRAM-SHA-512, username: ${KAFKA_USER.name}, passwordFile: ${passwordFile} }`;
    const path = join(folder, "safe.yaml");
    writeFileSync(path, `brokers: ["${server.safeAddress}"]\ngroup: safe\ntopics: [safe]\ntls: ${tls}\nsasl: ${sasl}\n`);
    return ["--fleet", fleet, "--policy", "keep-alive", "--state", join(folder, "safe"), "--kafka", path];
  };
  const trusted = `{ caFile: ${server.caFile} }`;
  const refused = (args: string[]) => refusal(["live", ...args, "--listen", "127.0.0.1:0"]).map(({ path }) => path);
  assert.equal(refused(document(trusted, wrong)), ["sasl"]);
  assert.equal(refused(document("true", right)), ["tls"]);
  assert.equal(refused(document("{ caFile: /nowhere }", "/nowhere")), ["tls.caFile", "sasl.passwordFile"]);
  const live = await liveProcess(document(trusted, right), "");
  await until("it is read", async () => (await taken(join(folder, "safe"))).length === 1);
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
});

test("a topic that is not there is said before anything begins", () => {
  const { args } = reading("missing", ["nowhere"], "dead");
  const issues = refusal(["live", ...args, "--listen", "127.0.0.1:0"]);
  assert.is(issues.length, 1);
  assert.match(short(issues[0]!), /topics found no nowhere/);
});

test.run();
