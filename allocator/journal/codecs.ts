import type { ByteReader, ByteWriter } from "../core/bytes.ts";
import {
  type Because,
  type DecisionKind,
  type DecisionOf,
  GUARDRAILS,
  type Guardrail,
  RULES,
  RUNGS,
  type Rule,
  type Rung,
} from "../core/decisions.ts";
import { type EventKind, type EventOf, FAILURE_REASONS, type FailureReason } from "../core/events.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, TierId, TimerId, UserId } from "../core/ids.ts";
import type { Policy } from "../core/policy.ts";
import { ROLLOUT_STAGES, type RolloutStage } from "../core/rollout.ts";

/** One record's fixed layout. JOURNAL.md lists them; a change of layout is a change of the format's version. */
interface Codec<T, Read> {
  readonly code: number;
  write(out: ByteWriter, value: T): void;
  read(from: ByteReader): Read;
}

type EventFields<K extends EventKind> = Omit<EventOf<K>, "seq" | "atMs" | "kind" | "name" | "batch">;
type EventCodecs = { readonly [K in EventKind]: Codec<EventOf<K>, EventFields<K>> };
type DecisionFields<K extends DecisionKind> = Omit<DecisionOf<K>, "seq" | "index" | "because" | "kind">;
type DecisionCodecs = { readonly [K in DecisionKind]: Codec<DecisionOf<K>, DecisionFields<K>> };

/** Names are in `id_defined` records, numbers of a forecast in its forecast set. */
export const EVENT_CODECS: EventCodecs = {
  tier_defined: {
    code: 1,
    write(out, e) {
      out.u32(e.tier);
      out.u64(e.targetStartMs);
      out.i32(e.priority);
      out.u32(e.levelPpm);
      out.bool(e.mayPreempt);
    },
    read: (from) => ({
      tier: from.u32() as TierId,
      targetStartMs: from.u64(),
      priority: from.i32(),
      levelPpm: from.u32(),
      mayPreempt: from.bool(),
    }),
  },
  pool_defined: {
    code: 2,
    write(out, e) {
      out.u32(e.pool);
      out.bool(e.unlimited);
      out.u64(e.provisionMs);
      out.bool(e.elastic !== null);
      if (e.elastic === null) return;
      out.resources(e.elastic.capacity);
      out.u32(e.elastic.nodes);
      out.u32(e.elastic.least);
      out.u32(e.elastic.most);
      out.u64(e.elastic.priceMicrosPerHour);
    },
    read: (from) => ({
      pool: from.u32() as PoolId,
      unlimited: from.bool(),
      provisionMs: from.u64(),
      elastic: from.bool()
        ? {
            capacity: from.resources(),
            nodes: from.u32(),
            least: from.u32(),
            most: from.u32(),
            priceMicrosPerHour: from.u64(),
          }
        : null,
    }),
  },
  user_defined: {
    code: 3,
    write(out, e) {
      out.u32(e.user);
      out.u32(e.tier);
      out.text(e.role);
      out.text(e.timeZone);
      out.bool(e.permissions !== null);
      if (e.permissions !== null) out.u32s(Uint32Array.from(e.permissions));
      out.u32s(Uint32Array.from(e.optOut));
    },
    read: (from) => ({
      user: from.u32() as UserId,
      tier: from.u32() as TierId,
      role: from.text(),
      timeZone: from.text(),
      permissions: from.bool() ? ([...from.u32s()] as AppId[]) : null,
      optOut: [...from.u32s()] as AppId[],
    }),
  },
  app_defined: {
    code: 4,
    write(out, e) {
      out.u32(e.app);
      out.resources(e.shape);
      out.u64(e.coldStartMs);
      out.u64(e.resumeMs);
      out.bool(e.shared);
      out.u32(e.concurrency);
    },
    read: (from) => ({
      app: from.u32() as AppId,
      shape: from.resources(),
      coldStartMs: from.u64(),
      resumeMs: from.u64(),
      shared: from.bool(),
      concurrency: from.u32(),
    }),
  },
  policy_activated: {
    code: 5,
    write: (out, e) => out.text(JSON.stringify(e.policy)),
    read: (from) => ({ policy: readPolicy(from.text()) }),
  },
  forecast_issued: {
    code: 6,
    write(out, e) {
      out.text(e.setDigest);
      out.u32(e.batchIndex);
      out.text(e.batchDigest);
    },
    read: (from) => ({ setDigest: from.text(), batchIndex: from.u32(), batchDigest: from.text() }),
  },
  usage_observed: {
    code: 7,
    write(out, e) {
      out.u32(e.user);
      out.resources(e.used);
      out.u32(e.windowMs);
      out.bool(e.saturated);
    },
    read: (from) => ({ user: from.u32() as UserId, used: from.resources(), windowMs: from.u32(), saturated: from.bool() }),
  },
  request_arrived: {
    code: 8,
    write(out, e) {
      out.u32(e.request);
      out.u32(e.user);
      out.u32(e.app);
      out.resources(e.requested);
      out.u32(e.tier);
    },
    read: (from) => ({
      request: from.u32() as RequestId,
      user: from.u32() as UserId,
      app: from.u32() as AppId,
      requested: from.resources(),
      tier: from.u32() as TierId,
    }),
  },
  request_ended: { code: 9, write: (out, e) => out.u32(e.request), read: (from) => ({ request: from.u32() as RequestId }) },
  request_cancelled: { code: 10, write: (out, e) => out.u32(e.request), read: (from) => ({ request: from.u32() as RequestId }) },
  node_ready: {
    code: 11,
    write(out, e) {
      out.u32(e.node);
      out.u32(e.pool);
      out.resources(e.capacity);
    },
    read: (from) => ({ node: from.u32() as NodeId, pool: from.u32() as PoolId, capacity: from.resources() }),
  },
  node_draining: { code: 12, write: (out, e) => out.u32(e.node), read: (from) => ({ node: from.u32() as NodeId }) },
  node_lost: { code: 13, write: (out, e) => out.u32(e.node), read: (from) => ({ node: from.u32() as NodeId }) },
  instance_placed: {
    code: 14,
    write(out, e) {
      out.u32(e.instance);
      out.optional(e.node);
    },
    read: (from) => ({ instance: from.u32() as InstanceId, node: from.optional<NodeId>() }),
  },
  instance_ready: { code: 15, write: (out, e) => out.u32(e.instance), read: (from) => ({ instance: from.u32() as InstanceId }) },
  instance_stopped: {
    code: 16,
    write: (out, e) => out.u32(e.instance),
    read: (from) => ({ instance: from.u32() as InstanceId }),
  },
  instance_suspended: {
    code: 17,
    write: (out, e) => out.u32(e.instance),
    read: (from) => ({ instance: from.u32() as InstanceId }),
  },
  instance_resized: {
    code: 18,
    write(out, e) {
      out.u32(e.instance);
      out.resources(e.size);
    },
    read: (from) => ({ instance: from.u32() as InstanceId, size: from.resources() }),
  },
  instance_lost: { code: 19, write: (out, e) => out.u32(e.instance), read: (from) => ({ instance: from.u32() as InstanceId }) },
  decision_failed: {
    code: 20,
    write(out, e) {
      out.u32(e.decisionSeq);
      out.u32(e.decisionIndex);
      out.u8(FAILURE_REASONS.indexOf(e.reason));
    },
    read: (from) => ({
      decisionSeq: from.u32(),
      decisionIndex: from.u32(),
      reason: meaningOf<FailureReason>(from.u8(), FAILURE_REASONS),
    }),
  },
  timer: { code: 21, write: (out, e) => out.u32(e.timerId), read: (from) => ({ timerId: from.u32() as TimerId }) },
  tick: { code: 22, write() {}, read: () => ({}) },
  source_read: {
    code: 23,
    write(out, e) {
      out.text(e.source);
      out.text(e.position);
    },
    read: (from) => ({ source: from.text(), position: from.text() }),
  },
  freeze_set: { code: 24, write: (out, e) => out.bool(e.frozen), read: (from) => ({ frozen: from.bool() }) },
  stage_set: {
    code: 25,
    write(out, e) {
      out.u8(ROLLOUT_STAGES.indexOf(e.stage));
      out.text(e.promotion);
      out.text(JSON.stringify(e.candidate));
      out.u32(e.sharePpm);
      out.u32(e.seed);
      out.text(e.reason);
    },
    read: (from) => ({
      stage: meaningOf<RolloutStage>(from.u8(), ROLLOUT_STAGES),
      promotion: from.text(),
      candidate: readPolicy(from.text()),
      sharePpm: from.u32(),
      seed: from.u32(),
      reason: from.text(),
    }),
  },
  node_shared: {
    code: 26,
    write(out, e) {
      out.u32(e.node);
      out.u32(e.pool);
      out.resources(e.capacity);
      out.resources(e.offered);
      out.u32(e.places);
    },
    read: (from) => ({
      node: from.u32() as NodeId,
      pool: from.u32() as PoolId,
      capacity: from.resources(),
      offered: from.resources(),
      places: from.u32(),
    }),
  },
};

export const DECISION_CODECS: DecisionCodecs = {
  reserve: {
    code: 64,
    write(out, d) {
      out.u32(d.user);
      out.resources(d.resources);
    },
    read: (from) => ({ user: from.u32() as UserId, resources: from.resources() }),
  },
  release: { code: 65, write: (out, d) => out.u32(d.user), read: (from) => ({ user: from.u32() as UserId }) },
  launch: {
    code: 66,
    write(out, d) {
      out.u32(d.instance);
      out.u32(d.app);
      out.optional(d.user);
      out.resources(d.size);
      out.u32(d.pool);
      out.optional(d.node);
      out.optional(d.request);
    },
    read: (from) => ({
      instance: from.u32() as InstanceId,
      app: from.u32() as AppId,
      user: from.optional<UserId>(),
      size: from.resources(),
      pool: from.u32() as PoolId,
      node: from.optional<NodeId>(),
      request: from.optional<RequestId>(),
    }),
  },
  bind: {
    code: 67,
    write(out, d) {
      out.u32(d.instance);
      out.u32(d.request);
    },
    read: (from) => ({ instance: from.u32() as InstanceId, request: from.u32() as RequestId }),
  },
  suspend: { code: 68, write: (out, d) => out.u32(d.instance), read: (from) => ({ instance: from.u32() as InstanceId }) },
  resume: { code: 69, write: (out, d) => out.u32(d.instance), read: (from) => ({ instance: from.u32() as InstanceId }) },
  stop: { code: 70, write: (out, d) => out.u32(d.instance), read: (from) => ({ instance: from.u32() as InstanceId }) },
  resize: {
    code: 71,
    write(out, d) {
      out.u32(d.instance);
      out.resources(d.size);
    },
    read: (from) => ({ instance: from.u32() as InstanceId, size: from.resources() }),
  },
  preempt: {
    code: 72,
    write(out, d) {
      out.u32(d.instance);
      out.u32(d.request);
    },
    read: (from) => ({ instance: from.u32() as InstanceId, request: from.u32() as RequestId }),
  },
  resize_pool: {
    code: 73,
    write(out, d) {
      out.u32(d.pool);
      out.u32(d.nodes);
    },
    read: (from) => ({ pool: from.u32() as PoolId, nodes: from.u32() }),
  },
  queue: { code: 74, write: (out, d) => out.u32(d.request), read: (from) => ({ request: from.u32() as RequestId }) },
  reject: { code: 75, write: (out, d) => out.u32(d.request), read: (from) => ({ request: from.u32() as RequestId }) },
  set_timer: {
    code: 76,
    write(out, d) {
      out.u32(d.timerId);
      out.u64(d.timerAtMs);
    },
    read: (from) => ({ timerId: from.u32() as TimerId, timerAtMs: from.u64() }),
  },
  cancel_timer: { code: 77, write: (out, d) => out.u32(d.timerId), read: (from) => ({ timerId: from.u32() as TimerId }) },
};

/** @throws SyntaxError, RangeError when the text is no policy. */
function readPolicy(text: string): Policy {
  const policy: unknown = JSON.parse(text);
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) throw new RangeError("a policy is a mapping");
  return policy as Policy;
}

/** @throws RangeError when the code stands for nothing. */
function meaningOf<T>(code: number, meanings: readonly T[]): T {
  const meaning = meanings[code];
  if (meaning === undefined) throw new RangeError(`code ${code} stands for none of ${meanings.join(", ")}`);
  return meaning;
}

const RULE_CODE = Object.fromEntries(RULES.map((rule, code) => [rule, code])) as Readonly<Record<Rule, number>>;
const GUARDRAIL_CODE = Object.fromEntries(GUARDRAILS.map((guardrail, code) => [guardrail, code])) as Readonly<
  Record<Guardrail, number>
>;
const RUNG_CODE = Object.fromEntries(RUNGS.map((rung, code) => [rung, code])) as Readonly<Record<Rung, number>>;

export function writeBecause(out: ByteWriter, because: Because): void {
  out.u8(RULE_CODE[because.rule]);
  out.u8(GUARDRAIL_CODE[because.guardrail]);
  out.u8(RUNG_CODE[because.rung]);
  out.i32(because.batchIndex);
  out.u32(because.levelPpm);
  out.u32(because.factorPpm);
}

export function readBecause(from: ByteReader): Because {
  return {
    rule: meaningOf<Rule>(from.u8(), RULES),
    guardrail: meaningOf<Guardrail>(from.u8(), GUARDRAILS),
    rung: meaningOf<Rung>(from.u8(), RUNGS),
    batchIndex: from.i32(),
    levelPpm: from.u32(),
    factorPpm: from.u32(),
  };
}

/** Tables whose rows have names. */
export const NAME_TABLES = ["tier", "pool", "user", "app", "node", "request"] as const;
export type NameTable = (typeof NAME_TABLES)[number];

/** Record codes beside events and decisions. */
export const ID_DEFINED = 128;
export const JOURNAL_ENDED = 255;
export const JOURNAL_MAGIC = "PRAEJRNL";
export const JOURNAL_VERSION = 2;
