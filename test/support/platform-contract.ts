import { test as uvuTest } from "uvu";
import * as assert from "uvu/assert";
import type { Because, Decision, Launch } from "../../allocator/core/decisions.ts";
import type { AppId, InstanceId, PoolId } from "../../allocator/core/ids.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import type { BelievedInstance, Names, ObservedInstance, Outcome, Platform } from "../../allocator/live/ports.ts";

/** A world, and platforms that act on it one after another, as a run does that is restarted. */
export interface PlatformBench {
  /** Not started yet; the one before is stopped. */
  open(): Promise<Platform>;
  /** Lets time pass until it holds. */
  until(holds: () => boolean): Promise<void>;
  /** Lets so much time pass that whatever is under way would have been reported. */
  settle(): Promise<void>;
  /** The size that instances are launched with, and the node that the world then shows them on. */
  readonly size: Resources;
  readonly node: string | null;
  close(): Promise<void>;
}

/** One app, one pool, one user. */
export const CONTRACT_NAMES: Names = {
  user: () => "alice",
  app: () => "notebook",
  pool: () => "general",
  node: () => "general-0",
  tier: () => "standard",
  tierOf: () => "standard",
  openRequest: () => null,
};

const BECAUSE: Because = { rule: "arrival", batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" };
const NO_USER = null;

/** A platform, what it said, and what a run would believe by that. */
class Watched {
  /** Those that no test has stopped: what follows a cluster would keep the process from ending. */
  static readonly running = new Set<Watched>();
  readonly said: Outcome[] = [];
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  static async start(bench: PlatformBench, instances: readonly BelievedInstance[] = []): Promise<Watched> {
    const watched = new Watched(await bench.open());
    Watched.running.add(watched);
    await watched.#platform.start((outcome) => watched.said.push(outcome), { instances, nodes: [] });
    return watched;
  }

  submit(...decisions: Decision[]): void {
    this.#platform.submit(decisions);
  }

  discard(instance: InstanceId): void {
    this.#platform.discard(instance);
  }

  stop(): Promise<void> {
    Watched.running.delete(this);
    return this.#platform.stop();
  }

  /** What was said of an instance, or of a decision about it, in short. */
  of(instance: InstanceId): string[] {
    return this.said.flatMap((outcome) => {
      if (outcome.kind === "decision_failed") return [];
      return "instance" in outcome && outcome.instance === instance ? [outcome.kind.replace("instance_", "")] : [];
    });
  }

  failed({ seq, index }: Decision): boolean {
    return this.said.some(
      (outcome) => outcome.kind === "decision_failed" && outcome.decisionSeq === seq && outcome.decisionIndex === index,
    );
  }

  /** What is there, but for what is ending. */
  async there(): Promise<ObservedInstance[]> {
    const { instances } = await this.#platform.observe();
    return instances.filter(({ phase }) => phase !== "stopping").sort((a, b) => a.instance - b.instance);
  }
}

/** What every platform promises: [ports.ts](../../allocator/live/ports.ts). */
export function platformContract(
  name: string,
  makeBench: () => Promise<PlatformBench>,
  test: (name: string, handler: () => Promise<void>) => void = uvuTest,
): void {
  const check = (what: string, handler: (bench: PlatformBench) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const bench = await makeBench();
      try {
        await handler(bench);
      } finally {
        for (const watched of Watched.running) await watched.stop();
        await bench.close();
      }
    });
  const launch = (bench: PlatformBench, seq: number, instance: number): Launch => ({
    kind: "launch",
    seq,
    index: 0,
    because: BECAUSE,
    instance: instance as InstanceId,
    app: 0 as AppId,
    user: NO_USER,
    size: bench.size,
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
  const first = 0 as InstanceId;
  const second = 1 as InstanceId;

  check("an instance is placed, then ready, then stopped, and each is said once", async (bench) => {
    const watched = await Watched.start(bench);
    watched.submit(launch(bench, 1, 0), launch(bench, 2, 1));
    await bench.until(() => watched.of(first).includes("ready") && watched.of(second).includes("ready"));
    assert.equal(await watched.there(), [
      { instance: first, phase: "ready", node: bench.node },
      { instance: second, phase: "ready", node: bench.node },
    ]);
    watched.submit(act("stop", 3, 0));
    await bench.until(() => watched.of(first).includes("stopped"));
    await bench.settle();
    assert.equal(watched.of(first), ["placed", "ready", "stopped"]);
    assert.equal(watched.of(second), ["placed", "ready"]);
    assert.equal(
      (await watched.there()).map(({ instance }) => instance),
      [second],
    );
    await watched.stop();
  });

  check("a token submitted again does nothing more, whatever came of it meanwhile", async (bench) => {
    const watched = await Watched.start(bench);
    const launched = launch(bench, 1, 0);
    watched.submit(launched, launched);
    watched.submit(launched);
    await bench.until(() => watched.of(first).includes("ready"));
    const stopped = act("stop", 2, 0);
    watched.submit(launched, stopped);
    await bench.until(() => watched.of(first).includes("stopped"));
    watched.submit(launched, stopped);
    await bench.settle();
    assert.equal(watched.of(first), ["placed", "ready", "stopped"]);
    assert.equal(await watched.there(), []);
    await watched.stop();
  });

  check("one that is told to stop before it is ready ends", async (bench) => {
    const watched = await Watched.start(bench);
    watched.submit(launch(bench, 1, 0), act("stop", 2, 0));
    await bench.until(() => watched.of(first).includes("stopped"));
    await bench.settle();
    assert.is(watched.of(first).at(-1), "stopped");
    assert.equal(await watched.there(), []);
    await watched.stop();
  });

  check("suspended and resumed, or said that it cannot be", async (bench) => {
    const watched = await Watched.start(bench);
    watched.submit(launch(bench, 1, 0));
    await bench.until(() => watched.of(first).includes("ready"));
    const suspend = act("suspend", 2, 0);
    watched.submit(suspend);
    await bench.until(() => watched.of(first).includes("suspended") || watched.failed(suspend));
    if (!watched.failed(suspend)) {
      assert.is((await watched.there())[0]?.phase, "suspended");
      watched.submit(act("resume", 3, 0));
      await bench.until(() => watched.of(first).length === 4);
      assert.equal(watched.of(first), ["placed", "ready", "suspended", "ready"]);
      assert.is((await watched.there())[0]?.phase, "ready");
    }
    await watched.stop();
  });

  check("suspended, it is so after a restart too, is resumed there, and is gone once it is stopped", async (bench) => {
    const before = await Watched.start(bench);
    before.submit(launch(bench, 1, 0));
    await bench.until(() => before.of(first).includes("ready"));
    const suspend = act("suspend", 2, 0);
    before.submit(suspend);
    await bench.until(() => before.of(first).includes("suspended") || before.failed(suspend));
    await before.stop();
    if (before.failed(suspend)) return;
    const believed = [{ instance: first, app: 0 as AppId, phase: "suspended" as const, node: bench.node }];
    const after = await Watched.start(bench, believed);
    assert.is((await after.there())[0]?.phase, "suspended");
    after.submit(act("resume", 3, 0));
    await bench.until(() => after.of(first).includes("ready"));
    assert.is((await after.there())[0]?.phase, "ready");
    after.submit(act("suspend", 4, 0));
    await bench.until(() => after.of(first).includes("suspended"));
    after.submit(act("stop", 5, 0));
    await bench.until(() => after.of(first).includes("stopped"));
    await bench.settle();
    assert.equal(after.of(first), ["ready", "suspended", "stopped"]);
    assert.equal(await after.there(), []);
    await after.stop();
  });

  check("after a restart it shows what is there, and what is submitted again happens no second time", async (bench) => {
    const before = await Watched.start(bench);
    const launches = [launch(bench, 1, 0), launch(bench, 2, 1)];
    before.submit(...launches);
    await bench.until(() => before.of(first).includes("ready") && before.of(second).includes("ready"));
    await before.stop();
    const believed = [first, second].map((instance) => ({
      instance,
      app: 0 as AppId,
      phase: "ready" as const,
      node: bench.node,
    }));
    const after = await Watched.start(bench, believed);
    const expected = [
      { instance: first, phase: "ready", node: bench.node },
      { instance: second, phase: "ready", node: bench.node },
    ];
    assert.equal(await after.there(), expected);
    after.submit(...launches);
    await bench.settle();
    assert.equal(await after.there(), expected);
    after.submit(act("stop", 3, 0));
    await bench.until(() => after.of(first).includes("stopped"));
    assert.equal(
      (await after.there()).map(({ instance }) => instance),
      [second],
    );
    await after.stop();
  });

  check("what is discarded ends, and nothing is said of it", async (bench) => {
    const watched = await Watched.start(bench);
    watched.submit(launch(bench, 1, 0), launch(bench, 2, 1));
    await bench.until(() => watched.of(first).includes("ready") && watched.of(second).includes("ready"));
    watched.discard(first);
    await bench.settle();
    assert.equal(watched.of(first), ["placed", "ready"]);
    assert.equal(
      (await watched.there()).map(({ instance }) => instance),
      [second],
    );
    await watched.stop();
  });

  check("once it is stopped it says nothing more, and undoes nothing", async (bench) => {
    const watched = await Watched.start(bench);
    watched.submit(launch(bench, 1, 0));
    await bench.until(() => watched.of(first).length > 0);
    await watched.stop();
    const { length } = watched.said;
    await bench.settle();
    assert.is(watched.said.length, length);
    const believed = [{ instance: first, app: 0 as AppId, phase: "ready" as const, node: bench.node }];
    const after = await Watched.start(bench, believed);
    assert.equal(
      (await after.there()).map(({ instance }) => instance),
      [first],
    );
    await after.stop();
  });
}
