import * as assert from "uvu/assert";
import { AllocatorCore } from "../../allocator/core/core.ts";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, ElasticPool, EventKind, EventOf, FailureReason } from "../../allocator/core/events.ts";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import { checkThoroughly } from "../../allocator/core/invariants.ts";
import type { Policy } from "../../allocator/core/policy.ts";
import { equal, NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";
import type { Rollout, RolloutStage } from "../../allocator/core/rollout.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { policyFromText } from "../../allocator/policy-text.ts";

/**
 * Plays a script to a fresh core and holds each line's decisions to what stands behind its `->` (nothing there: no decision).
 *
 *     tier standard 1                      # a tier and its priority; also: level 0.9, preempts
 *     user ana standard                    # may run any app; also: may web,api, never-ahead web
 *     app web start 100                    # also: slots 2, resume 20, concurrency 2, shared; a launch of another size says so
 *     policy keep-alive:ttl=10ms           # as on a command line, or a document as JSON
 *     pool big elastic 4 max 3             # only where pools are the story: nodes of four slots; also nodes, min, price, provision
 *     0 node n0 1                          # of the first pool, or `of big`; one slot: 1 core, 1 GiB, 1 GPU, 1 Mbit/s; also, as of an app, `cores 9 gib 18`
 *     3 canary 0.5 keep-alive:ttl=5ms seed 7   # a candidate decides for half of the users; then `full`, `roll-back`
 *     5 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
 *     105 ready i0
 *     200 end r0 -> timer at 210
 *     210 timer -> stop i0 (keep_alive_ended)
 *
 * Instances are named i0, i1, … by the core. Every invariant is checked after every line.
 */
export function story(script: string): void {
  const world = new Narrator();
  const lines = script
    .split("\n")
    .map((line) => line.replace(/#.*$/, "").trim().replace(/\s+/g, " "))
    .filter((line) => line !== "");
  const told = lines.map((line) => {
    const [event = ""] = line.split(" ->");
    const decisions = world.tell(event.trim());
    return decisions.length === 0 ? event : `${event} -> ${decisions.join(", ")}`;
  });
  assert.equal(told, lines);
}

type Words = readonly string[];

class Narrator {
  readonly #core = new AllocatorCore();
  readonly #names: Record<string, string[]> = { tier: [], pool: [], user: [], app: [], node: [], request: [] };
  readonly #tierOf = new Map<string, string>();
  /** By instance or pool: the decision by which it was last launched, suspended, resumed or resized, which may fail. */
  readonly #asked = new Map<string, Decision>();
  readonly #shapes: Resources[] = [];
  #seq = 0;
  #nowMs = 0;
  #timer = -1;
  #pool = false;
  #rollout: Pick<Rollout, "candidate" | "sharePpm" | "seed"> | null = null;

  /** @returns the decisions in words. */
  tell(line: string): string[] {
    const words = line.split(" ");
    const definition = this.#definition(words, line);
    if (definition !== null) return this.#step(definition);
    const [atMs = "", kind = "", ...rest] = words;
    this.#nowMs = Number(atMs);
    assert.ok(Number.isInteger(this.#nowMs), `no line of a story: ${line}`);
    return this.#step(this.#event(kind, rest));
  }

  #step(event: AllocatorEvent): string[] {
    const decisions = this.#core.step(event);
    checkThoroughly(this.#core.state);
    return decisions.map((decision) => this.#inWords(decision));
  }

  #definition(words: Words, line: string): AllocatorEvent | null {
    const [kind = "", name = "", ...rest] = words;
    switch (kind) {
      case "tier":
        return this.#of("tier_defined", {
          tier: this.#id("tier", name),
          name,
          priority: Number(rest[0]),
          targetStartMs: 100,
          levelPpm: Number(option(rest, "level") ?? 0.95) * 1_000_000,
          mayPreempt: rest.includes("preempts"),
        });
      case "pool":
        this.#pool = true;
        return this.#of("pool_defined", {
          pool: this.#id("pool", name),
          name,
          unlimited: rest[0] === "unlimited",
          provisionMs: Number(option(rest, "provision") ?? 0),
          elastic: elasticPool(rest),
        });
      case "user": {
        this.#tierOf.set(name, rest[0] ?? "");
        const may = option(rest, "may");
        const permissions = may === null ? null : may.split(",").map((app) => this.#id<never>("app", app));
        const tier = this.#id<never>("tier", rest[0] ?? "");
        const optOut = (option(rest, "never-ahead")?.split(",") ?? []).map((app) => this.#id<never>("app", app));
        const who = { user: this.#id<never>("user", name), name, tier, role: option(rest, "as") ?? "", timeZone: "UTC" };
        return this.#of("user_defined", { ...who, permissions, optOut });
      }
      case "app": {
        const app = this.#id<number>("app", name);
        this.#shapes[app] = coresAndGib(rest) ?? slots(Number(option(rest, "slots") ?? 1));
        return this.#of("app_defined", {
          app: app as never,
          name,
          shape: this.#shapes[app] as Resources,
          coldStartMs: Number(option(rest, "start") ?? 0),
          resumeMs: Number(option(rest, "resume") ?? 0),
          shared: rest.includes("shared"),
          concurrency: Number(option(rest, "concurrency") ?? 1),
        });
      }
      case "policy": {
        const text = line.slice("policy ".length);
        return this.#of("policy_activated", { policy: policyOf(text) });
      }
      default:
        return null;
    }
  }

  #event(kind: string, rest: Words): AllocatorEvent {
    const [name = "", ...more] = rest;
    const instance = Number(name.slice(1)) as never;
    switch (kind) {
      case "arrive":
        return this.#of("request_arrived", {
          request: this.#id("request", name),
          name,
          user: this.#id("user", more[0] ?? ""),
          app: this.#id("app", more[1] ?? ""),
          requested: slots(Number(option(more, "asks") ?? 1)),
          tier: this.#id("tier", option(more, "tier") ?? this.#tierOf.get(more[0] ?? "") ?? ""),
        });
      case "end":
        return this.#of("request_ended", { request: this.#id("request", name) });
      case "cancel":
        return this.#of("request_cancelled", { request: this.#id("request", name) });
      case "ready":
        return this.#of("instance_ready", { instance });
      case "stopped":
        return this.#of("instance_stopped", { instance });
      case "suspended":
        return this.#of("instance_suspended", { instance });
      case "resized":
        return this.#of("instance_resized", { instance, size: slots(Number(more[0])) });
      case "lost":
        return this.#of("instance_lost", { instance });
      case "failed": {
        const asked = this.#asked.get(name);
        const reason = (more[0] ?? "launch_failed") as FailureReason;
        return this.#of("decision_failed", { decisionSeq: asked?.seq ?? -1, decisionIndex: asked?.index ?? -1, reason });
      }
      case "node":
        if (!this.#pool) this.tell("pool default");
        return this.#of("node_ready", {
          node: this.#id("node", name),
          name,
          pool: this.#id("pool", option(more, "of") ?? this.#names["pool"]?.[0] ?? ""),
          capacity: coresAndGib(more) ?? slots(Number(more[0])),
        });
      case "shared":
        return this.#of("node_shared", {
          node: this.#id("node", name),
          name,
          pool: this.#id("pool", this.#names["pool"]?.[0] ?? ""),
          capacity: slots(Number(more[0])),
          offered: slots(Number(option(more, "offers") ?? more[0])),
          places: Number(option(more, "places") ?? 110),
        });
      case "drain":
        return this.#of("node_draining", { node: this.#id("node", name) });
      case "node-lost":
        return this.#of("node_lost", { node: this.#id("node", name) });
      case "tick":
        return this.#of("tick", {});
      case "freeze":
      case "thaw":
        return this.#of("freeze_set", { frozen: kind === "freeze" });
      case "canary":
        this.#rollout = {
          candidate: policyOf(more[0] ?? ""),
          sharePpm: Number(name) * 1_000_000,
          seed: Number(option(more, "seed") ?? 0),
        };
        return this.#stage("canary");
      case "full":
        return this.#stage("full");
      case "roll-back":
        return this.#stage("rolled_back");
      case "usage":
        return this.#of("usage_observed", {
          user: this.#id("user", name),
          used: slots(Number(more[0])),
          windowMs: 1,
          saturated: false,
        });
      case "timer":
        return this.#of("timer", { timerId: this.#timer as never });
      case "forecast":
        return this.#of("forecast_issued", { setDigest: "", batchIndex: 0, batchDigest: "", batch: this.#batch(rest) });
      default:
        throw new Error(`no event of a story: ${kind}`);
    }
  }

  /** `demand ana 2,3,0 step 10 from 100`, `concurrency web …`, `concurrency ana/web …`: one level, 1; or `2|3,0|1 levels 0.5,0.9`. */
  #batch([target = "", whom = "", values = "", ...more]: Words): ForecastBatch {
    const parts = whom.split("/");
    const steps = values.split(",").map((step) => step.split("|").map(Number));
    const numbers = steps.flat();
    const levels = (option(more, "levels") ?? "1").split(",").map((level) => Math.round(Number(level) * 1_000_000));
    const user = target === "demand" || parts.length === 2;
    return {
      target: target as ForecastBatch["target"],
      entity: target === "demand" ? "user" : user ? "user_app" : "app",
      issuedAtMs: this.#nowMs,
      availableAtMs: this.#nowMs,
      firstStepMs: Number(option(more, "from") ?? this.#nowMs),
      stepMs: Number(option(more, "step")),
      steps: steps.length,
      ids: Uint32Array.from(parts.map((part, i) => this.#id<number>(i === 0 && user ? "user" : "app", part))),
      levelsPpm: Uint32Array.from(levels),
      values: Uint32Array.from(
        target === "demand" ? RESOURCE_NAMES.flatMap((name) => numbers.map((value) => slots(value)[name])) : numbers,
      ),
    };
  }

  #stage(stage: RolloutStage): AllocatorEvent {
    return this.#of("stage_set", {
      stage,
      promotion: "",
      reason: "",
      ...(this.#rollout as Pick<Rollout, "candidate" | "sharePpm" | "seed">),
    });
  }

  #of<K extends EventKind>(kind: K, fields: Omit<EventOf<K>, "kind" | "seq" | "atMs">): AllocatorEvent {
    const event = { kind, seq: this.#seq, atMs: this.#nowMs, ...fields };
    this.#seq += 1;
    return event as unknown as AllocatorEvent;
  }

  #inWords(decision: Decision): string {
    const { rule, guardrail, rung } = decision.because;
    const why = `(${[rule, guardrail, rung].filter((part) => part !== "none").join(", ")})`;
    const name = (table: string, id: number) => this.#names[table]?.[id] ?? `${table} ${id}`;
    switch (decision.kind) {
      case "launch": {
        const { instance, app, user, node, request } = decision;
        this.#asked.set(`i${instance}`, { ...decision });
        const whose = user === null ? "as a shadow" : `for ${name("user", user)}`;
        const where = node === null ? "" : ` on ${name("node", node)}`;
        const bound = guardrail === "none" ? "" : ` (${guardrail})`;
        const whom = request === null ? ` ${why}` : `, ${name("request", request)} waits for it${bound}`;
        const size = equal(decision.size, this.#shapes[app] as Resources) ? "" : ` at ${cpuAndMemory(decision.size)}`;
        return `launch i${instance} of ${name("app", app)}${size} ${whose}${where}${whom}`;
      }
      case "bind":
        return `bind i${decision.instance} to ${name("request", decision.request)} ${why}`;
      case "stop":
      case "suspend":
      case "resume":
        if (decision.kind !== "stop") this.#asked.set(`i${decision.instance}`, { ...decision });
        return `${decision.kind} i${decision.instance} ${why}`;
      case "resize":
        return `resize i${decision.instance} to ${cpuAndMemory(decision.size)} ${why}`;
      case "queue":
      case "reject":
        return `${decision.kind} ${name("request", decision.request)} ${why}`;
      case "preempt":
        return `preempt ${name("request", decision.request)} on i${decision.instance}`;
      case "reserve":
        return `reserve ${slotCount(decision.resources)} for ${name("user", decision.user)} ${why}`;
      case "release":
        return `release ${name("user", decision.user)} ${why}`;
      case "set_timer":
        this.#timer = decision.timerId;
        return `timer at ${decision.timerAtMs}`;
      case "cancel_timer":
        return "no timer";
      case "resize_pool":
        this.#asked.set(name("pool", decision.pool), { ...decision });
        return `resize ${name("pool", decision.pool)} to ${decision.nodes} ${why}`;
    }
  }

  #id<T>(table: string, name: string): T {
    const names = this.#names[table] as string[];
    const known = names.indexOf(name);
    return (known >= 0 ? known : names.push(name) - 1) as T;
  }
}

/** `elastic 2`: nodes of two slots; also `nodes 1`, `min 0`, `max 10` and `price 3`. */
function elasticPool(words: Words): ElasticPool | null {
  const size = option(words, "elastic");
  if (size === null) return null;
  const number = (name: string, fallback: number) => Number(option(words, name) ?? fallback);
  return {
    capacity: slots(Number(size)),
    nodes: number("nodes", 0),
    least: number("min", 0),
    most: number("max", 10),
    priceMicrosPerHour: number("price", 0),
  };
}

function policyOf(text: string): Policy {
  return text.startsWith("{") ? policyFromDocument(JSON.parse(text)) : policyFromText(text);
}

function option(words: Words, name: string): string | null {
  const at = words.indexOf(name);
  return at < 0 ? null : (words[at + 1] ?? null);
}

/** A slot is one of everything, so that every resource counts and a story needs one number. */
function slots(count: number): Resources {
  return { cpuMillis: count * 1000, memoryMiB: count * 1024, gpuMillis: count * 1000, networkKbps: count * 1000 };
}

/** `cores 3 gib 1`: where resources are not to be alike. */
function coresAndGib(words: Words): Resources | null {
  const [cores, gib] = [option(words, "cores"), option(words, "gib")];
  if (cores === null || gib === null) return null;
  return { cpuMillis: Number(cores) * 1000, memoryMiB: Number(gib) * 1024, gpuMillis: 0, networkKbps: 0 };
}

function cpuAndMemory({ cpuMillis, memoryMiB }: Resources): string {
  return `${cpuMillis}m ${memoryMiB}MiB`;
}

function slotCount(resources: Resources): number {
  const count = resources.cpuMillis / 1000;
  assert.equal(resources, count === 0 ? NO_RESOURCES : slots(count), "a story's amounts are whole slots");
  return count;
}
