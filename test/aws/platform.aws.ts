import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Decision, Launch } from "../../allocator/core/decisions.ts";
import type { AppId, InstanceId, PoolId } from "../../allocator/core/ids.ts";
import { awsFromDocument } from "../../allocator/live/aws/aws-document.ts";
import { AwsPlatform } from "../../allocator/live/aws/aws-platform.ts";
import { Superseded } from "../../allocator/live/leadership.ts";
import { LiveError } from "../../allocator/live/live-error.ts";
import type { Outcome } from "../../allocator/live/ports.ts";
import { SystemClock } from "../../allocator/live/system-clock.ts";
import { AwsBench, IMAGE, until } from "../support/aws-bench.ts";
import { ALONE } from "../support/fence.ts";
import { CONTRACT_NAMES, platformContract } from "../support/platform-contract.ts";

const SIZE = { cpuMillis: 1000, memoryMiB: 2048, gpuMillis: 0, networkKbps: 0 };
const BECAUSE = { rule: "arrival", batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" } as const;
let runs = 0;

function document(bench: AwsBench): Record<string, unknown> {
  return {
    region: bench.region,
    endpoint: bench.proxy.url,
    poll: "100ms",
    apps: [
      {
        name: "notebook",
        image: IMAGE,
        instanceTypes: [
          { type: "m5.large", capacity: { cpuMillis: 2000, memoryMiB: 8192 } },
          { type: "m5.xlarge", capacity: { cpuMillis: 4000, memoryMiB: 16384 } },
        ],
      },
    ],
  };
}

interface World {
  readonly bench: AwsBench;
  readonly platform: AwsPlatform;
  readonly said: Outcome[];
  readonly log: string[];
}

function platformOn(bench: AwsBench, runId: string, more: Record<string, unknown>, log: string[], fence = ALONE): AwsPlatform {
  return new AwsPlatform({
    settings: awsFromDocument({ ...document(bench), ...more }),
    names: CONTRACT_NAMES,
    pools: [0 as PoolId],
    runId,
    clock: new SystemClock(),
    fence,
    log: (what) => log.push(what),
    tryForMs: 5_000,
  });
}

/** In a region of its own: what one test leaves is not another's. */
async function inWorld(
  region: string,
  act: (world: World) => Promise<void>,
  more: (bench: AwsBench) => Promise<Record<string, unknown>> = async () => ({}),
): Promise<void> {
  const bench = await AwsBench.start(region);
  const log: string[] = [];
  const said: Outcome[] = [];
  const platform = platformOn(bench, `run${runs++}`, await more(bench), log);
  try {
    await platform.start((outcome) => said.push(outcome));
    await act({ bench, platform, said, log });
  } finally {
    await platform.stop();
    await bench.close();
  }
}

const launch = (seq: number, instance = seq): Launch => ({
  kind: "launch",
  seq,
  index: 0,
  because: BECAUSE,
  instance: instance as InstanceId,
  app: 0 as AppId,
  user: null,
  size: SIZE,
  pool: 0 as PoolId,
  node: null,
  request: null,
});
const act = (kind: "stop" | "suspend" | "resume", seq: number, instance: number): Decision => ({
  kind,
  seq,
  index: 0,
  because: BECAUSE,
  instance: instance as InstanceId,
});
const of = ({ said }: World, instance: number): string[] =>
  said.flatMap((one) => ("instance" in one && one.instance === instance ? [one.kind.replace("instance_", "")] : []));
const failures = ({ said }: World): string[] =>
  said.flatMap((one) => (one.kind === "decision_failed" ? [`${one.decisionSeq} ${one.reason}`] : []));

platformContract("aws", async () => {
  const bench = await AwsBench.start("us-east-1");
  const runId = `contract${runs++}`;
  return {
    ...{ size: SIZE, node: null },
    open: async () => platformOn(bench, runId, {}, []),
    until: (holds) => until(holds),
    settle: () => new Promise((resolve) => setTimeout(resolve, 600)),
    close: () => bench.close(),
  };
});

test("throttled, it comes back later and later, by the same token, and the machine starts once", () =>
  inWorld("us-east-2", async (world) => {
    const { bench, platform, log } = world;
    bench.proxy.trouble("RunInstances", { code: "RequestLimitExceeded", status: 503 }, 3);
    platform.submit([launch(1)]);
    await until(() => of(world, 1).includes("ready"));
    const launches = bench.proxy.calls.filter(({ action }) => action === "RunInstances");
    assert.is(launches.length, 4);
    assert.is(new Set(launches.map(({ parameters }) => parameters.get("ClientToken"))).size, 1);
    assert.is(log.filter((line) => /RequestLimitExceeded.*again in \d+ ms/.test(line)).length, 3);
    assert.is((await bench.machines()).length, 1);
    assert.equal(failures(world), []);
  }));

test("what waits to be tried again is not, once another process leads", async () => {
  const bench = await AwsBench.start("ap-northeast-1");
  let leader = 1;
  const check = () => {
    if (leader > 1) throw new Superseded("another process leads");
  };
  const platform = platformOn(bench, `run${runs++}`, {}, [], { ...ALONE, check });
  const said: Outcome[] = [];
  try {
    await platform.start((outcome) => said.push(outcome));
    bench.proxy.trouble("RunInstances", { code: "RequestLimitExceeded", status: 503 }, 1);
    platform.submit([launch(1)]);
    await until(() => bench.proxy.calls.some(({ action }) => action === "RunInstances"));
    leader = 2;
    platform.submit([launch(2)]);
    await until(() => said.filter(({ kind }) => kind === "decision_failed").length === 2);
    assert.is(bench.proxy.calls.filter(({ action }) => action === "RunInstances").length, 1);
    assert.equal(await bench.machines(), []);
  } finally {
    await platform.stop();
    await bench.close();
  }
});

test("throttled for too long, the decision fails, and what may have started all the same is ended", () =>
  inWorld("us-west-1", async (world) => {
    const { bench, platform } = world;
    bench.proxy.trouble("RunInstances", "unanswered", 1);
    bench.proxy.trouble("RunInstances", { code: "RequestLimitExceeded", status: 503 }, 1000);
    platform.submit([launch(1)]);
    await until(() => failures(world).length > 0);
    assert.equal(failures(world), ["1 timeout"]);
    await until(async () => Object.keys(await bench.states()).join() === "terminated");
    assert.equal(of(world, 1), []);
  }));

test("a launch whose answer is lost is asked for again, and the machine that there is, is taken", () =>
  inWorld("us-west-2", async (world) => {
    const { bench, platform } = world;
    bench.proxy.trouble("RunInstances", "unanswered", 1);
    platform.submit([launch(1)]);
    await until(() => of(world, 1).includes("ready"));
    assert.is(bench.proxy.count("RunInstances"), 2);
    assert.is((await bench.machines()).length, 1);
  }));

test("where a subnet has no room, the next one is tried; where none has, the decision fails for want of capacity", () =>
  inWorld(
    "eu-west-1",
    async (world) => {
      const { bench, platform } = world;
      const [full] = await bench.subnets();
      const trouble = { code: "InsufficientInstanceCapacity", status: 500 };
      bench.proxy.trouble("RunInstances", trouble, 1000, ({ parameters }) => parameters.get("SubnetId") === full);
      platform.submit([launch(0), launch(1)]);
      await until(() => of(world, 0).includes("ready") && of(world, 1).includes("ready"));
      for (const { SubnetId } of await bench.machines()) assert.is.not(SubnetId, full);
      bench.proxy.trouble("RunInstances", trouble, 1000);
      platform.submit([launch(2)]);
      await until(() => failures(world).length > 0);
      assert.equal(failures(world), ["2 no_capacity"]);
      assert.is((await bench.machines()).length, 2);
    },
    async (bench) => ({ subnets: (await bench.subnets()).slice(0, 2) }),
  ));

test("a resumption without capacity fails, and the machine stays suspended", () =>
  inWorld("eu-west-2", async (world) => {
    const { bench, platform } = world;
    platform.submit([launch(1)]);
    await until(() => of(world, 1).includes("ready"));
    platform.submit([act("suspend", 2, 1)]);
    await until(() => of(world, 1).includes("suspended"));
    bench.proxy.trouble("StartInstances", { code: "InsufficientInstanceCapacity", status: 500 }, 1);
    platform.submit([act("resume", 3, 1)]);
    await until(() => failures(world).length > 0);
    assert.equal(failures(world), ["3 no_capacity"]);
    assert.equal(await bench.states(), { stopped: 1 });
    platform.submit([act("resume", 4, 1)]);
    await until(() => of(world, 1).length === 4);
    assert.equal(of(world, 1), ["placed", "ready", "suspended", "ready"]);
  }));

test("a machine that EC2 takes away, or that somebody stops, is lost; one that stopped is ended", () =>
  inWorld("eu-west-3", async (world) => {
    const { bench, platform } = world;
    platform.submit([launch(0), launch(1)]);
    await until(() => of(world, 0).includes("ready") && of(world, 1).includes("ready"));
    const ec2Id = new Map(
      (await bench.machines()).map(({ InstanceId, Tags = [] }) => [
        Number(Tags.find(({ Key }) => Key === "prae:instance")?.Value),
        InstanceId as string,
      ]),
    );
    await bench.terminate(ec2Id.get(0) as string);
    await bench.stop(ec2Id.get(1) as string);
    await until(() => of(world, 0).includes("lost") && of(world, 1).includes("lost"));
    await until(async () => (await bench.states())["terminated"] === 2);
    assert.equal(of(world, 0), ["placed", "ready", "lost"]);
    assert.equal(of(world, 1), ["placed", "ready", "lost"]);
  }));

test("machines are tagged with what they are, and people in them are a hash", () =>
  inWorld("eu-north-1", async (world) => {
    const { bench, platform } = world;
    platform.submit([{ ...launch(7), user: 0 as never }]);
    await until(() => of(world, 7).includes("ready"));
    const [machine] = await bench.machines();
    const tags = Object.fromEntries((machine?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    assert.match(tags["prae:user"] ?? "", /^[0-9a-f]{32}$/);
    const { "prae:user": _, "prae:run": run, ...others } = tags;
    assert.match(run ?? "", /^run\d+$/);
    assert.equal(others, { "prae:instance": "7", "prae:app": "notebook", "prae:token": "7:0", "prae:tier": "standard" });
    assert.is(machine?.InstanceType, "m5.large");
  }));

test("only a machine that is stopped changes its size; one that is large enough has it already", () =>
  inWorld("ap-south-1", async (world) => {
    const { bench, platform } = world;
    const resize = (seq: number, cpuMillis: number): Decision => ({
      kind: "resize",
      seq,
      index: 0,
      because: BECAUSE,
      instance: 1 as InstanceId,
      size: { ...SIZE, cpuMillis },
    });
    platform.submit([launch(1)]);
    await until(() => of(world, 1).includes("ready"));
    platform.submit([resize(2, 2000), resize(3, 3000), resize(4, 100_000)]);
    await until(() => failures(world).length === 2);
    assert.equal(failures(world), ["3 unsupported", "4 unsupported"]);
    assert.equal(of(world, 1), ["placed", "ready", "resized"]);
    platform.submit([act("suspend", 5, 1)]);
    await until(() => of(world, 1).includes("suspended"));
    platform.submit([resize(6, 3000)]);
    await until(() => of(world, 1).length === 5);
    assert.is((await bench.machines())[0]?.InstanceType, "m5.xlarge");
  }));

test("a pool's desired capacity is followed, throttled or not, and its machines are nodes while they are in service", () =>
  inWorld(
    "ap-northeast-1",
    async (world) => {
      const { bench, platform, said } = world;
      const nodes = () =>
        said
          .flatMap((one) => (one.kind === "node_ready" ? [1] : one.kind === "node_lost" ? [-1] : []))
          .reduce((a, b) => a + b, 0);
      assert.is(nodes(), 2);
      assert.equal((await bench.group("prae-general")).warm, { MinSize: 1, PoolState: "Stopped" });
      const resizePool = (seq: number, count: number): Decision => ({
        kind: "resize_pool",
        seq,
        index: 0,
        because: BECAUSE,
        pool: 0 as PoolId,
        nodes: count,
      });
      bench.proxy.trouble("SetDesiredCapacity", { code: "Throttling", status: 400 }, 2);
      platform.submit([resizePool(1, 5)]);
      await until(() => nodes() === 5);
      assert.is((await bench.group("prae-general")).desired, 5);
      platform.submit([resizePool(2, 1)]);
      await until(() => nodes() === 1);
      assert.equal((await platform.observe()).nodes, (await bench.group("prae-general")).instances);
      bench.proxy.trouble("SetDesiredCapacity", { code: "ValidationError", status: 400 }, 1);
      platform.submit([resizePool(3, 99)]);
      await until(() => failures(world).length > 0);
      assert.equal(failures(world), ["3 denied"]);
      platform.submit([{ ...launch(4), node: 0 as never }]);
      await until(() => failures(world).length > 1);
      assert.is(failures(world)[1], "4 unsupported");
    },
    async (bench) => {
      await bench.makeGroup("prae-general", 2, 10);
      const floors = [{ name: "mornings", cron: "0 7 * * 1-5", timeZone: "Europe/Berlin", nodes: 4 }];
      const capacity = { cpuMillis: 16000, memoryMiB: 65536 };
      return { pools: [{ name: "general", group: "prae-general", capacity, warmPool: { least: 1 }, floors }] };
    },
  ));

test("a group that is not there, and credentials that may nothing, are said before anything is done", async () => {
  const bench = await AwsBench.start("sa-east-1");
  const refused = async (more: Record<string, unknown>) => {
    const platform = platformOn(bench, `run${runs++}`, more, []);
    try {
      await platform.start(() => {});
    } catch (error) {
      assert.instance(error, LiveError);
      return (error as LiveError).issues;
    } finally {
      await platform.stop();
    }
    throw new Error("it was not refused");
  };
  try {
    const pools = [{ name: "general", group: "none", capacity: { cpuMillis: 1000 } }];
    assert.equal(
      (await refused({ pools })).map(({ expected, found }) => `${expected}: ${found}`),
      ["an Auto Scaling group none: none"],
    );
    bench.proxy.trouble("DescribeInstances", { code: "UnauthorizedOperation", status: 403 }, 1);
    const [issue] = await refused({});
    assert.match(`${issue?.expected}: ${issue?.found}`, /ec2:DescribeInstances: UnauthorizedOperation/);
  } finally {
    await bench.close();
  }
});

test.run();
