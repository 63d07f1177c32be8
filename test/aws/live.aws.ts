import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AwsBench, IMAGE, until } from "../support/aws-bench.ts";
import { type LiveProcess, liveProcess } from "../support/live-process.ts";
import { json, testFolder } from "../support/prae.ts";
import { examplePromotion, storeWith } from "../support/promotion.ts";

const folder = testFolder("live-aws");
const at = (name: string) => join(folder, name);

/** The policy, promoted into a store of its own. */
function promoted(policy: string): string[] {
  const { store } = storeWith(at(policy.replace(/\W/g, "-")), examplePromotion(policy));
  return ["--promotion", "active", "--store", store.folder];
}
const USERS = Array.from({ length: 30 }, (_, i) => `u${i}`);

writeFileSync(
  at("fleet.yaml"),
  `tiers: [{ name: standard, targetStart: 5s, priority: 100, level: 0.95 }]
pools: [{ name: general, unlimited: true }]
apps: [{ name: notebook, shape: { cpuMillis: 500, memoryMiB: 1024 }, coldStart: 1s, resume: 1s }]
users:
${USERS.map((name) => `  - { name: ${name}, tier: standard }`).join("\n")}
`,
);
const bearer = json(["tokens", "add", at("tokens.yaml"), "--name", "hub", "--scopes", "request,read"]).token as string;

/** Requests by user, and what the run says of them. */
class Client {
  readonly #live: LiveProcess;

  constructor(live: LiveProcess) {
    this.#live = live;
  }

  async ask(round: string, users: readonly string[]): Promise<void> {
    for (const user of users) {
      const answer = await this.#live.send("PUT", `/v1/requests/${round}-${user}`, { user, app: "notebook" });
      assert.is(answer.status, 200, await answer.text());
    }
  }

  async end(round: string, users: readonly string[]): Promise<void> {
    for (const user of users) assert.is((await this.#live.send("DELETE", `/v1/requests/${round}-${user}`)).status, 204);
  }

  /** How many instances the run knows to be suspended. */
  async suspended(): Promise<number> {
    const fleet = (await (await this.#live.send("GET", "/v1/fleet")).json()) as { instances: { suspended?: number } };
    return fleet.instances.suspended ?? 0;
  }

  /** How many of them run. */
  async running(round: string, users: readonly string[]): Promise<number> {
    const states = await Promise.all(
      users.map(
        async (user) => (await (await this.#live.send("GET", `/v1/requests/${round}-${user}`)).json()) as { state: string },
      ),
    );
    return states.filter(({ state }) => state === "running").length;
  }
}

/** How many machines each instance ever had: by its tag. */
async function machinesByInstance(bench: AwsBench): Promise<number[]> {
  const counts = new Map<string, number>();
  for (const { Tags = [] } of await bench.machines()) {
    const instance = String(Tags.find(({ Key }) => Key === "prae:instance")?.Value);
    counts.set(instance, (counts.get(instance) ?? 0) + 1);
  }
  return [...counts.values()];
}

test("thirty users through a live run that is killed in the middle: nothing launched twice, nothing left over", async () => {
  const bench = await AwsBench.start("ca-central-1");
  writeFileSync(
    at("aws.yaml"),
    JSON.stringify({
      region: bench.region,
      endpoint: bench.proxy.url,
      poll: "200ms",
      apps: [
        { name: "notebook", image: IMAGE, instanceTypes: [{ type: "m5.large", capacity: { cpuMillis: 2000, memoryMiB: 8192 } }] },
      ],
    }),
  );
  const state = at("state");
  const policy = promoted("keep-alive:ttl=1s,suspend=15s");
  const target = ["--target", "aws", "--aws", at("aws.yaml")];
  const args = ["--fleet", at("fleet.yaml"), ...policy, ...target, "--state", state, "--tokens", at("tokens.yaml")];
  let live = await liveProcess(args, bearer);
  try {
    // Of the launches some are throttled; of some, EC2's answer never comes; and then the process dies, calls under way and all.
    bench.proxy.trouble("RunInstances", { code: "RequestLimitExceeded", status: 503 }, 5);
    bench.proxy.trouble("RunInstances", "unanswered", 3);
    await new Client(live).ask("first", USERS);
    await until(() => bench.proxy.count("RunInstances") >= 15);
    live.child.kill("SIGKILL");
    await live.exit;
    live = await liveProcess(args, bearer);
    let client = new Client(live);
    await until(async () => (await client.running("first", USERS)) === USERS.length, 60_000);
    assert.equal(await bench.states(), { running: 30 });
    assert.equal([...(await machinesByInstance(bench))], Array(30).fill(1));

    // Their instances are suspended, and resumed when they come back; some are killed on the way.
    await client.end("first", USERS);
    await until(async () => (await client.suspended()) === 30, 60_000);
    assert.equal(await bench.states(), { stopped: 30 });
    const back = USERS.slice(0, 10);
    await client.ask("second", back);
    live.child.kill("SIGKILL");
    await live.exit;
    live = await liveProcess(args, bearer);
    client = new Client(live);
    await until(async () => (await client.running("second", back)) === back.length, 60_000);
    assert.equal([...(await machinesByInstance(bench))], Array(30).fill(1));

    // In the end everything that was launched is ended.
    await client.end("second", back);
    await until(async () => (await bench.states())["terminated"] === 30, 60_000);
    assert.equal(await bench.states(), { terminated: 30 });
    live.child.kill("SIGTERM");
    const { status, stderr } = await live.exit;
    assert.is(status, 0, stderr);
    assert.not.match(stderr, /not-a-secret-testing/);
    const { same, ended } = json(["replay", state]);
    assert.ok(same && ended);
  } finally {
    live.child.kill("SIGKILL");
    await bench.close();
  }
});

test("a run that AWS lets do nothing does not begin, and says what it may not", async () => {
  const bench = await AwsBench.start("ca-central-1");
  try {
    bench.proxy.trouble("DescribeInstances", { code: "UnauthorizedOperation", status: 403 }, 1);
    const policy = [...promoted("keep-alive"), "--target", "aws", "--aws", at("refused.yaml")];
    writeFileSync(
      at("refused.yaml"),
      JSON.stringify({
        region: bench.region,
        endpoint: bench.proxy.url,
        apps: [
          {
            name: "notebook",
            image: IMAGE,
            instanceTypes: [{ type: "m5.large", capacity: { cpuMillis: 2000, memoryMiB: 8192 } }],
          },
        ],
      }),
    );
    const args = ["--fleet", at("fleet.yaml"), ...policy, "--state", at("refused"), "--tokens", at("tokens.yaml")];
    const refused = await liveProcess(args, bearer).then(
      () => null,
      (error: Error) => error.message,
    );
    assert.match(refused ?? "it began", /expected an answer to ec2:DescribeInstances, found UnauthorizedOperation/);
  } finally {
    await bench.close();
  }
});

test.run();
