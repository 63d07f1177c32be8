import { createHash } from "node:crypto";
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import type { Decision, Launch, Resize, ResizePool, Resume, Suspend } from "../../core/decisions.ts";
import type { FailureReason } from "../../core/events.ts";
import type { InstanceId, PoolId } from "../../core/ids.ts";
import { fits, type Resources } from "../../core/resources.ts";
import { jittered } from "../backoff.ts";
import { LiveError } from "../live-error.ts";
import type { Clock, Fence, Names, Observation, Outcome, Platform } from "../ports.ts";
import { SeenTokens } from "../seen-tokens.ts";
import { WriteQueue } from "../write-queue.ts";
import type { AwsApp, AwsGroup, AwsSettings } from "./aws-document.ts";
import { describeError } from "./aws-errors.ts";
import { Ec2Machines, type MachineOrder, TAG } from "./ec2-machines.ts";
import { AwsRefusal, awsBackoff, Insistence } from "./insist.ts";
import { type KnownMachine, MachineBoard } from "./machine-board.ts";
import { NodeBoard } from "./node-board.ts";
import { ScalingGroups } from "./scaling-groups.ts";

export interface AwsOptions {
  readonly settings: AwsSettings;
  readonly names: Names;
  /** By id. */
  readonly pools: readonly PoolId[];
  /** Part of every token and of a tag: no two runs of an account may have the same. */
  readonly runId: string;
  readonly clock: Clock;
  readonly fence: Fence;
  readonly log: (what: string) => void;
  /** How long one decision may be tried (10 min), and a machine may take to start or to stop (15 min). */
  readonly tryForMs?: number;
  readonly startLimitMs?: number;
}

const CALLS_AT_A_TIME = 8;
const REACH_MS = 20_000;
/** On a stop, what was submitted is given so long; a restart submits the rest again. */
const DRAIN_MS = 5_000;

/** Instances as machines of EC2, and pools as Auto Scaling groups. What each decision comes to there: README of this folder. */
export class AwsPlatform implements Platform {
  readonly name = "aws";
  readonly #options: AwsOptions;
  readonly #ec2: EC2Client;
  readonly #scaling: AutoScalingClient;
  readonly #machines: Ec2Machines;
  #groups: ScalingGroups;
  readonly #board: MachineBoard;
  readonly #nodeBoard: NodeBoard;
  readonly #insistence: Insistence;
  readonly #seen = new SeenTokens();
  readonly #queue = new WriteQueue(CALLS_AT_A_TIME);
  #report: (outcome: Outcome) => void = () => {};
  #cancelLook: () => void = () => {};
  #looking: Promise<void> = Promise.resolve();
  readonly #looks = awsBackoff();

  constructor(options: AwsOptions) {
    const { settings, runId, clock, log, fence } = options;
    this.#options = options;
    const { region, endpoint } = settings;
    // How often and when to try again is decided here, and not by the SDK as well.
    const client = { region, maxAttempts: 1, ...(endpoint === null ? {} : { endpoint }) };
    const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000 };
    this.#ec2 = new EC2Client({ ...client, requestHandler });
    this.#scaling = new AutoScalingClient({ ...client, requestHandler });
    this.#machines = new Ec2Machines(this.#ec2, runId);
    this.#groups = new ScalingGroups(this.#scaling, new Map());
    this.#board = new MachineBoard(options.startLimitMs ?? 900_000);
    this.#nodeBoard = new NodeBoard((pool) => (this.#groups.group(pool) as AwsGroup).capacity);
    this.#insistence = new Insistence(clock, log, () => fence.check());
  }

  async start(report: (outcome: Outcome) => void): Promise<void> {
    this.#report = report;
    this.#groups = new ScalingGroups(this.#scaling, this.#groupsOfPools());
    await this.#reach("ec2:DescribeInstances", async () =>
      this.#board.adopt(await this.#machines.list(), this.#options.clock.nowMs()),
    );
    this.#refuseMissing(await this.#reach("autoscaling:DescribeAutoScalingGroups", () => this.#groups.missing()));
    await this.#reach("autoscaling:PutWarmPool and PutScheduledUpdateGroupAction", () => this.#groups.prepare());
    await this.#reach("autoscaling:DescribeAutoScalingGroups", async () => {
      for (const outcome of this.#nodeBoard.see(await this.#groups.nodes())) report(outcome);
    });
    this.#planLook(this.#options.settings.pollMs);
  }

  async observe(): Promise<Observation> {
    const nodes = await this.#ask("observe nodes", () => this.#groups.nodes());
    const machines = await this.#ask("observe instances", () => this.#machines.list());
    return { nodes: nodes.map(({ name }) => name), instances: this.#board.observe(machines) };
  }

  submit(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (!this.#seen.isNew(decision.seq, decision.index)) continue;
      switch (decision.kind) {
        case "launch":
          this.#board.launching(decision.instance, this.#options.names.app(decision.app), decision, this.#options.clock.nowMs());
          this.#enqueue(decision, decision.instance, () => this.#launch(decision));
          break;
        case "stop":
          this.#enqueue(decision, decision.instance, () => this.#stopInstance(decision.instance));
          break;
        case "suspend":
          this.#enqueue(decision, decision.instance, () => this.#suspend(decision));
          break;
        case "resume":
          this.#enqueue(decision, decision.instance, () => this.#resume(decision));
          break;
        case "resize":
          this.#enqueue(decision, decision.instance, () => this.#resize(decision));
          break;
        case "resize_pool":
          this.#enqueue(decision, -1 - decision.pool, () => this.#resizePool(decision));
          break;
        default:
          break; // entries in the allocator's books
      }
    }
  }

  discard(instance: InstanceId): void {
    this.#queue.add(instance, () => this.#endStray(instance, this.#board.find(instance)?.ec2Id ?? null));
  }

  async stop(): Promise<void> {
    this.#cancelLook();
    const { clock } = this.#options;
    let giveUp: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      giveUp = clock.wakeAt(clock.nowMs() + DRAIN_MS, resolve);
    });
    await Promise.race([this.#queue.idle(), late]);
    giveUp();
    this.#report = () => {};
    this.#insistence.end();
    await Promise.all([this.#queue.idle(), this.#looking]);
    this.#cancelLook();
    this.#ec2.destroy();
    this.#scaling.destroy();
  }

  async #launch({ seq, index, instance, app, size, node, user }: Launch): Promise<void> {
    const { names, settings, runId, clock } = this.#options;
    const machine = this.#board.find(instance);
    if (machine === undefined) return;
    if (machine.ec2Id === null) {
      const spec = settings.apps.get(names.app(app));
      const type = spec === undefined ? undefined : typeFor(spec, size);
      // Nothing starts programs on the nodes of a group.
      if (spec === undefined || type === undefined || node !== null) throw new AwsRefusal("unsupported", "no such machine");
      const tags = {
        [TAG.instance]: String(instance),
        [TAG.app]: names.app(app),
        [TAG.token]: `${seq}:${index}`,
        // Names of people are not for everybody who may list machines.
        ...(user === null ? {} : { [TAG.user]: hash(`${runId}\n${names.user(user)}`), [TAG.tier]: names.tierOf(user) }),
      };
      const { image, instanceProfile, hibernate, spot } = spec;
      const order = { image, type, securityGroups: settings.securityGroups, instanceProfile, hibernate, spot, tags };
      machine.ec2Id = await this.#runSomewhere(order, instance, `${runId}-${seq}-${index}`);
      machine.type = type;
      this.#board.turn(machine, "starting", null, clock.nowMs());
    }
    this.#report({ kind: "instance_placed", instance, node: null });
  }

  /** Another subnet is another order, so that its token is another one; instances begin at different ones. */
  async #runSomewhere(order: Omit<MachineOrder, "subnet" | "clientToken">, instance: InstanceId, token: string): Promise<string> {
    const { subnets } = this.#options.settings;
    const places = subnets.length === 0 ? [null] : subnets.map((_, i) => subnets[(instance + i) % subnets.length] as string);
    for (const [i, subnet] of places.entries()) {
      try {
        const placed = { ...order, subnet, clientToken: `${token}-${i}` };
        return await this.#ask(`launch ${instance}`, () => this.#machines.run(placed), "launch_failed");
      } catch (error) {
        const isFull = error instanceof AwsRefusal && error.reason === "no_capacity";
        if (!isFull || i === places.length - 1) throw error;
      }
    }
    throw new Error("there is a place to try");
  }

  async #stopInstance(instance: InstanceId): Promise<void> {
    const machine = this.#board.find(instance);
    if (machine !== undefined && machine.ec2Id !== null) {
      this.#board.turn(machine, "stopping", null, this.#options.clock.nowMs());
      await this.#terminate(instance, machine.ec2Id);
      this.#board.turn(machine, "gone", null, this.#options.clock.nowMs());
    }
    this.#report({ kind: "instance_stopped", instance });
  }

  async #suspend(decision: Suspend): Promise<void> {
    const { machine, ec2Id } = this.#there(decision.instance);
    const hibernate = this.#options.settings.apps.get(machine.app)?.hibernate ?? false;
    const { clock } = this.#options;
    this.#board.turn(machine, "suspending", decision, clock.nowMs());
    try {
      await this.#ask(`suspend ${decision.instance}`, () => this.#machines.stop(ec2Id, hibernate), "unsupported");
      this.#board.turn(machine, "suspending", decision, clock.nowMs());
    } catch (error) {
      this.#board.turn(machine, "ready", null, clock.nowMs());
      throw error;
    }
  }

  async #resume(decision: Resume): Promise<void> {
    const { machine, ec2Id } = this.#there(decision.instance);
    const { clock } = this.#options;
    this.#board.turn(machine, "resuming", decision, clock.nowMs());
    try {
      await this.#ask(`resume ${decision.instance}`, () => this.#machines.start(ec2Id), "launch_failed");
      this.#board.turn(machine, "resuming", decision, clock.nowMs());
    } catch (error) {
      this.#board.turn(machine, "suspended", null, clock.nowMs());
      throw error;
    }
  }

  /** Only a machine that is stopped changes its type; one that is large enough already needs not. */
  async #resize({ instance, size }: Resize): Promise<void> {
    const { machine, ec2Id } = this.#there(instance);
    const spec = this.#options.settings.apps.get(machine.app);
    const type = spec === undefined ? undefined : typeFor(spec, size);
    if (type === undefined) throw new AwsRefusal("unsupported", "no type of machine is so large");
    if (type !== machine.type) {
      if (machine.phase !== "suspended") throw new AwsRefusal("unsupported", "it is not stopped");
      await this.#ask(`resize ${instance}`, () => this.#machines.changeType(ec2Id, type), "unsupported");
      machine.type = type;
    }
    this.#report({ kind: "instance_resized", instance, size });
  }

  async #resizePool({ pool, nodes }: ResizePool): Promise<void> {
    const group = this.#groups.group(pool);
    if (group === undefined) throw new AwsRefusal("unsupported", "the pool has no Auto Scaling group");
    await this.#ask(`desired capacity of ${group.name}`, () => this.#groups.resize(group, nodes), "denied");
  }

  #there(instance: InstanceId): { machine: KnownMachine; ec2Id: string } {
    const machine = this.#board.find(instance);
    if (machine === undefined || machine.ec2Id === null) throw new AwsRefusal("unknown_target", "it is not there");
    return { machine, ec2Id: machine.ec2Id };
  }

  /** Until it is ended: nobody else would end it. One that is not there is ended. */
  async #terminate(instance: InstanceId, ec2Id: string): Promise<void> {
    const forMs = Number.POSITIVE_INFINITY;
    try {
      await this.#insistence.insist(`end ${instance}`, forMs, "denied", () => this.#machines.terminate(ec2Id));
    } catch (error) {
      if (!(error instanceof AwsRefusal) || error.reason !== "unknown_target") throw error;
    }
  }

  async #endStray(instance: InstanceId, ec2Id: string | null): Promise<void> {
    if (ec2Id === null || this.#insistence.isOver) return;
    const machine = this.#board.find(instance);
    try {
      if (machine?.ec2Id === ec2Id) this.#board.turn(machine, "stopping", null, this.#options.clock.nowMs());
      await this.#terminate(instance, ec2Id);
      this.#options.log(`ended ${ec2Id}, instance ${instance}, which the run knows nothing of`);
    } catch (error) {
      this.#options.log(`end ${ec2Id}: ${describeError(error)}`);
    }
  }

  /** In order with what else is done with the same. */
  #enqueue(decision: Decision, key: number, task: () => Promise<void>): void {
    this.#queue.add(key, async () => {
      if (this.#insistence.isOver) return;
      try {
        await task();
      } catch (error) {
        if (this.#insistence.isOver) return;
        this.#options.log(`${decision.kind} ${key}: ${describeError(error)}`);
        if (decision.kind === "launch") this.#board.forget(decision.instance);
        const reason: FailureReason = error instanceof AwsRefusal ? error.reason : "launch_failed";
        this.#report({ kind: "decision_failed", decisionSeq: decision.seq, decisionIndex: decision.index, reason });
      }
    });
  }

  #ask<T>(what: string, act: () => Promise<T>, otherwise: FailureReason = "denied"): Promise<T> {
    return this.#insistence.insist(what, this.#options.tryForMs ?? 600_000, otherwise, act);
  }

  /** What the run cannot do without. */
  async #reach<T>(action: string, act: () => Promise<T>): Promise<T> {
    try {
      return await this.#insistence.insist(action, REACH_MS, "denied", act);
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error;
      const hint = "allocator/live/aws/README.md has the policy that the credentials need";
      const path = `aws ${this.#options.settings.region}`;
      throw new LiveError([{ path, expected: `an answer to ${action}`, found: error.message, hint }]);
    }
  }

  /** Pools have their names only when the run begins. */
  #groupsOfPools(): ReadonlyMap<PoolId, AwsGroup> {
    const { settings, names, pools } = this.#options;
    return new Map(
      pools.flatMap((pool) => {
        const group = settings.groups.get(names.pool(pool));
        return group === undefined ? [] : [[pool, group] as const];
      }),
    );
  }

  #refuseMissing(missing: readonly string[]): void {
    if (missing.length === 0) return;
    const path = `aws ${this.#options.settings.region}`;
    throw new LiveError(missing.map((name) => ({ path, expected: `an Auto Scaling group ${name}`, found: "none" })));
  }

  #planLook(ms: number): void {
    const { clock } = this.#options;
    this.#cancelLook = clock.wakeAt(clock.nowMs() + ms, () => {
      this.#looking = this.#look();
    });
  }

  /** What became of things. Where AWS does not answer, nothing is said of anything. */
  async #look(): Promise<void> {
    const { clock, settings, log } = this.#options;
    const askedAtMs = clock.nowMs();
    let waitMs = settings.pollMs;
    try {
      const nodes = await this.#groups.nodes();
      const machines = await this.#machines.list();
      this.#looks.worked();
      for (const outcome of this.#nodeBoard.see(nodes)) this.#report(outcome);
      const { outcomes, strays } = this.#board.see(machines, askedAtMs, clock.nowMs());
      for (const outcome of outcomes) this.#report(outcome);
      for (const { instance, ec2Id } of strays) this.#queue.add(instance, () => this.#endStray(instance, ec2Id));
    } catch (error) {
      log(`look: ${describeError(error)}`);
      waitMs += jittered(this.#looks.nextMs());
    }
    if (!this.#insistence.isOver) this.#planLook(waitMs);
  }
}

/** The first type of the app's in which it fits. */
function typeFor(app: AwsApp, size: Resources): string | undefined {
  return app.instanceTypes.find(({ capacity }) => fits(size, capacity))?.type;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
