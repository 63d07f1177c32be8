import type { Decision } from "../../allocator/core/decisions.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import { NO_RESOURCES } from "../../allocator/core/resources.ts";
import { Stream } from "./stream.ts";

const USERS = ["ana", "bob", "cem", "dia"];
const APPS = ["web", "pair", "tool"];
const NODES = ["n1", "n2", "n3"];
const TIERS = ["premium", "standard"];

interface Instance {
  readonly name: string;
  readonly app: string;
  readonly launch: Decision;
  phase: "starting" | "ready" | "suspended" | "resuming";
  node: string | null;
  requests: string[];
}

/**
 * A stream that could be a run's, whatever the numbers: each takes some milliseconds and does something that is possible then.
 * No arbiter sees to it that what is held fits the nodes.
 * @param choices three a step: milliseconds since the last step, what to do, and with what.
 */
export function randomStream(choices: readonly (readonly [gapMs: number, action: number, pick: number])[]): Stream {
  const run = new RandomRun();
  for (const [gapMs, action, pick] of choices) run.step(gapMs, action, pick);
  return run.stream;
}

class RandomRun {
  readonly stream = new Stream();
  #nowMs = 0;
  #pick = 0;
  #names = 0;
  readonly #nodes = new Set<string>();
  #instances: Instance[] = [];
  #waiting: { readonly name: string; readonly app: string }[] = [];

  constructor() {
    for (const tier of TIERS) this.stream.tier(tier, { targetStartMs: tier === "premium" ? 100 : 400 });
    this.stream.pool();
    for (const [i, user] of USERS.entries()) this.stream.user(user, TIERS[i % TIERS.length]);
    this.stream.app("web").app("pair", { concurrency: 2 }).app("tool", { shared: true });
  }

  step(gapMs: number, action: number, pick: number): void {
    this.#nowMs += gapMs;
    this.#pick = pick;
    const actions = [
      () => this.#arrive(),
      () => this.#arrive(),
      () => this.#ready(),
      () => this.#ready(),
      () => this.#end(false),
      () => this.#end(false),
      () => this.#end(true),
      () => this.#stop(),
      () => this.#suspend(),
      () => this.#lose(),
      () => this.#fail(),
      () => this.#resize(),
      () => this.#place(),
      () => this.#node(),
      () => this.#reserve(),
      () => this.#reserve(),
      () => this.#prepare(),
      () => this.#preempt(),
    ];
    actions[action % actions.length]!();
  }

  /** One of `from`, by the present pick; each call uses some of it up. */
  #one<T>(from: readonly T[]): T | undefined {
    if (from.length === 0) return undefined;
    const chosen = from[this.#pick % from.length];
    this.#pick = Math.floor(this.#pick / from.length);
    return chosen;
  }

  #amounts(): Resources {
    const some = [NO_RESOURCES, size(1, 256), size(2, 0), size(0, 1024), size(3, 777)];
    return this.#one(some)!;
  }

  #of(...phases: Instance["phase"][]): Instance[] {
    return this.#instances.filter(({ phase }) => phases.includes(phase));
  }

  #arrive(): void {
    const name = `r${this.#names++}`;
    const app = this.#one(APPS)!;
    this.stream.arrive(this.#nowMs, name, this.#one(USERS)!, app, this.#amounts());
    this.#waiting.push({ name, app });
    this.#serve();
  }

  /** Decides something about the last one that waits. */
  #serve(): void {
    const request = this.#waiting.pop();
    if (request === undefined) return;
    const room = this.#instances.filter(({ app, requests }) => app === request.app && requests.length < (app === "pair" ? 2 : 1));
    const what = this.#one(["bind", "bind", "launch", "queue", "reject"]);
    const instance = this.#one(room);
    if (what === "bind" && instance !== undefined) {
      if (instance.phase === "suspended") {
        this.stream.resume(instance.name);
        instance.phase = "resuming";
      }
      this.stream.bind(instance.name, request.name);
      instance.requests.push(request.name);
    } else if (what === "launch") {
      this.#launch(request.app, { request: request.name });
    } else if (what === "reject") {
      this.stream.reject(request.name);
    } else {
      this.stream.queue(request.name);
      this.#waiting.unshift(request);
    }
  }

  #launch(app: string, options: { request?: string; user?: string }): void {
    const name = `i${this.#names++}`;
    const node = this.#one([undefined, ...this.#nodes]);
    this.stream.launch(name, app, { ...options, size: this.#amounts(), ...(node === undefined ? {} : { node }) });
    const requests = options.request === undefined ? [] : [options.request];
    this.#instances.push({ name, app, launch: this.stream.last, phase: "starting", node: node ?? null, requests });
  }

  #ready(): void {
    const instance = this.#one(this.#of("starting", "resuming"));
    if (instance === undefined) return;
    this.stream.ready(this.#nowMs, instance.name);
    instance.phase = "ready";
    this.#serve();
  }

  #end(cancelled: boolean): void {
    const instance = this.#one(this.#of(...(cancelled ? (["starting", "resuming", "ready"] as const) : (["ready"] as const))));
    const request = instance?.requests[0];
    if (instance === undefined || request === undefined) return;
    if (cancelled) this.stream.cancel(this.#nowMs, request);
    else this.stream.end(this.#nowMs, request);
    instance.requests.shift();
    this.#serve();
  }

  #stop(): void {
    const instance = this.#one(this.#instances.filter(({ requests }) => requests.length === 0));
    if (instance === undefined) return;
    this.stream.stopped(this.#nowMs, instance.name);
    this.#forget(instance);
  }

  #suspend(): void {
    const instance = this.#one(this.#of("ready").filter(({ requests }) => requests.length === 0));
    if (instance === undefined) return;
    this.stream.suspended(this.#nowMs, instance.name);
    instance.phase = "suspended";
  }

  #lose(): void {
    const instance = this.#one(this.#instances);
    if (instance === undefined) return;
    this.stream.lost(this.#nowMs, instance.name);
    this.#forget(instance);
    this.#serve();
  }

  #fail(): void {
    const instance = this.#one(this.#of("starting"));
    if (instance === undefined) return;
    this.stream.failed(this.#nowMs, instance.launch);
    this.#forget(instance);
  }

  #resize(): void {
    const instance = this.#one(this.#instances);
    if (instance !== undefined) this.stream.resized(this.#nowMs, instance.name, this.#amounts());
  }

  #place(): void {
    const instance = this.#one(this.#of("starting", "resuming"));
    const node = this.#one([...this.#nodes]);
    if (instance === undefined || node === undefined) return;
    this.stream.placed(this.#nowMs, instance.name, node);
    instance.node = node;
  }

  #node(): void {
    const node = this.#one(NODES)!;
    if (!this.#nodes.delete(node)) {
      this.stream.node(this.#nowMs, node, size(8, 4096));
      this.#nodes.add(node);
      return;
    }
    this.stream.nodeLost(this.#nowMs, node);
    for (const instance of this.#instances.filter((one) => one.node === node)) this.#forget(instance);
  }

  #reserve(): void {
    const user = this.#one(USERS)!;
    this.stream.tick(this.#nowMs);
    if (this.#one([true, true, true, false])) this.stream.reserve(user, this.#amounts());
    else this.stream.release(user);
  }

  /** A shadow, or an instance prewarmed for somebody. */
  #prepare(): void {
    this.stream.tick(this.#nowMs);
    const user = this.#one([undefined, ...USERS]);
    this.#launch(this.#one(APPS)!, user === undefined ? {} : { user });
  }

  #preempt(): void {
    const instance = this.#one(this.#of("ready").filter(({ requests }) => requests.length > 0));
    const request = instance?.requests.shift();
    if (instance === undefined || request === undefined) return;
    this.stream.tick(this.#nowMs).preempt(instance.name, request);
    this.#waiting.push({ name: request, app: instance.app });
  }

  /** Its requests wait again. */
  #forget(instance: Instance): void {
    this.#instances = this.#instances.filter((one) => one !== instance);
    for (const name of instance.requests) this.#waiting.push({ name, app: instance.app });
  }
}

function size(cores: number, memoryMiB: number): Resources {
  return { cpuMillis: cores * 1000, memoryMiB, gpuMillis: 10 * cores, networkKbps: memoryMiB * 3 };
}
