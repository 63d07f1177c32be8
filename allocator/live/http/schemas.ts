import { ROLLOUT_STAGES } from "../../core/rollout.ts";
import { WAITS_FOR } from "../request-view.ts";
import { STAGES } from "../stages.ts";

/** JSON schemas of what goes over the wire: they check bodies and make the OpenAPI document. */
const amount = { type: "integer", minimum: 0, maximum: 0xffff_ffff } as const;
export const NAME = { type: "string", pattern: "^[\\x21-\\x7e]{1,253}$" } as const;
export const orNull = <T extends string>(type: T) => ({ type: [type, "null"] }) as const;

export const RESOURCES = {
  type: "object",
  description: "Thousandths of a core, MiB, thousandths of a GPU, kbit/s",
  additionalProperties: false,
  properties: { cpuMillis: amount, memoryMiB: amount, gpuMillis: amount, networkKbps: amount },
} as const;

export const REQUEST_PARAMS = {
  type: "object",
  properties: { request: { ...NAME, description: "Chosen by the client; sent again, the same request" } },
} as const;

export const USER_PARAMS = { type: "object", properties: { user: NAME } } as const;

export const REQUEST_BODY = {
  type: "object",
  required: ["user", "app"],
  additionalProperties: false,
  properties: { user: NAME, app: NAME, requested: { ...RESOURCES, description: "At most the app's shape [default: all of it]" } },
} as const;

export const REQUEST_VIEW = {
  type: "object",
  properties: {
    request: { type: "string" },
    user: { type: "string" },
    app: { type: "string" },
    state: { type: "string", enum: ["waiting", "starting", "running", "ended", "rejected"] },
    instance: orNull("integer"),
    node: orNull("string"),
    expectedReadyAtMs: { ...orNull("integer"), description: "Unix time; null: it is ready, or nobody can say" },
    waitsFor: {
      ...orNull("string"),
      enum: [...WAITS_FOR, null],
      description:
        "Of one that waits: room, its user's quota or its tier's, what other tiers lend, or that launches are tried again",
    },
  },
} as const;

/** Samples in one body. */
const MOST_OBSERVATIONS = 1_000;
export const USAGE_BODY = {
  type: "object",
  required: ["observations"],
  additionalProperties: false,
  properties: {
    observations: {
      type: "array",
      minItems: 1,
      maxItems: MOST_OBSERVATIONS,
      items: {
        type: "object",
        required: ["user", "used", "windowMs"],
        additionalProperties: false,
        properties: {
          user: NAME,
          used: RESOURCES,
          windowMs: { type: "integer", minimum: 1, maximum: 86_400_000, description: "The mean over so long, up to now" },
          saturated: { type: "boolean", description: "It was cut by a limit: more may have been wanted" },
        },
      },
    },
  },
} as const;

export const PROFILE_BODY = {
  type: "object",
  required: ["tier"],
  additionalProperties: false,
  properties: {
    tier: NAME,
    role: { type: "string", maxLength: 253 },
    timeZone: { type: "string", maxLength: 64, description: "IANA name" },
    permissions: { type: ["array", "null"], maxItems: 10_000, items: NAME, description: "Apps that the user may run; null: any" },
    optOut: { type: "array", maxItems: 10_000, items: NAME, description: "Apps of which nothing is started ahead" },
  },
} as const;

export const USER_VIEW = {
  type: "object",
  properties: {
    user: { type: "string" },
    tier: { type: "string" },
    policy: {
      ...orNull("string"),
      description: "The one that decides for the user: in a canary, the candidate or the incumbent",
    },
    reserved: RESOURCES,
    used: { ...RESOURCES, description: "The last observation" },
    demanded: { ...RESOURCES, description: "By requests that wait or run" },
    instances: {
      type: "array",
      items: {
        type: "object",
        properties: {
          instance: { type: "integer" },
          app: { type: "string" },
          phase: { type: "string" },
          node: orNull("string"),
          requests: { type: "array", items: { type: "string" } },
        },
      },
    },
  },
} as const;

export const BECAUSE = {
  type: "object",
  properties: {
    rule: { type: "string" },
    batchIndex: { type: "integer" },
    levelPpm: { type: "integer" },
    factorPpm: { type: "integer" },
    guardrail: { type: "string" },
    rung: { type: "string" },
  },
} as const;

export const DECISION = {
  type: "object",
  properties: {
    token: { type: "string" },
    atMs: { type: "integer" },
    kind: { type: "string" },
    user: orNull("string"),
    app: orNull("string"),
    request: orNull("string"),
    instance: orNull("integer"),
    resources: { type: ["object", "null"], properties: RESOURCES.properties },
    pool: orNull("string"),
    nodes: { ...orNull("integer"), description: "How many the pool is to have" },
    because: BECAUSE,
    event: { type: "string" },
  },
} as const;

export const FLEET_VIEW = {
  type: "object",
  properties: {
    atMs: { type: "integer" },
    policy: orNull("string"),
    frozen: { type: "boolean", description: "Nothing is done ahead of requests, or taken from anybody" },
    capacity: { type: ["object", "null"], properties: RESOURCES.properties },
    held: RESOURCES,
    reserved: RESOURCES,
    used: RESOURCES,
    users: { type: "integer" },
    nodes: { type: "integer" },
    waiting: { type: "integer" },
    instances: { type: "object", additionalProperties: { type: "integer" } },
    shadows: { type: "integer" },
  },
} as const;

export const STAGE_BODY = {
  type: "object",
  required: ["stage"],
  additionalProperties: false,
  properties: {
    stage: { type: "string", enum: ROLLOUT_STAGES },
    share: { type: "number", minimum: 0, maximum: 1, description: "Of the users, while it is canary [default: as it was]" },
    reason: { type: "string", maxLength: 1000, description: "Kept in the journal, with the token's name" },
  },
} as const;

const WATCHED = {
  type: "object",
  properties: {
    metric: { type: "string" },
    unit: { type: "string" },
    predicted: { type: "object", properties: { low: { type: "number" }, high: { type: "number" } } },
    observed: {
      type: "object",
      description: "Of the candidate's users, in a rehearsal of all; atLeast: three standard errors below the value",
      properties: { value: orNull("number"), atLeast: orNull("number"), users: { type: "integer" } },
    },
    others: { ...orNull("number"), description: "Of the other users, or of the run beside a rehearsal, over the same time" },
    verdict: { type: "string", enum: ["too_few", "worse", "above", "within", "better"] },
  },
} as const;

/** null: nothing was predicted. */
const WATCH_REPORT = {
  type: ["object", "null"],
  properties: {
    windowMs: { type: "integer" },
    sinceMs: { type: "integer", description: "The window, or less after a start or a move of the candidate" },
    observations: { type: "integer", description: "Requests that were decided, and samples of use" },
    leastObservations: { type: "integer", description: "From which on something is concluded" },
    measures: { type: "array", items: WATCHED },
    unfollowed: { type: "array", items: { type: "string" }, description: "Metrics of the gates that are not counted here" },
  },
} as const;

export const STAGE_VIEW = {
  type: "object",
  properties: {
    stage: { type: "string", enum: STAGES },
    policy: { ...orNull("string"), description: "In force; beside a candidate, for those that it does not decide for" },
    candidate: orNull("string"),
    promotion: orNull("string"),
    share: { type: "number", description: "Of the users, from 0 to 1" },
    users: {
      type: "object",
      description: "How many the candidate decides for now, of how many",
      properties: { candidate: { type: "integer" }, all: { type: "integer" } },
    },
    seed: orNull("integer"),
    reason: orNull("string"),
    observed: WATCH_REPORT,
  },
} as const;

const STEPS = { type: "array", items: { type: "array", items: { type: "integer" } } } as const;

/** null: there is no forecast. */
export const FORECAST_VIEW = {
  type: "object",
  properties: {
    forecast: {
      type: ["object", "null"],
      properties: {
        target: { type: "string" },
        issuedAtMs: { type: "integer", description: "Nothing observed after this instant was used" },
        firstStepMs: { type: "integer" },
        stepMs: { type: "integer" },
        levelsPpm: { type: "array", items: { type: "integer" }, description: "Quantile levels, in parts per million" },
        amounts: {
          type: "object",
          description: "By step, then by level, in the units of resources",
          properties: { cpuMillis: STEPS, memoryMiB: STEPS, gpuMillis: STEPS, networkKbps: STEPS },
        },
      },
    },
  },
} as const;

export const ERROR = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        code: { type: "string" },
        message: { type: "string" },
        issues: {
          type: "array",
          items: {
            type: "object",
            properties: { path: { type: "string" }, expected: { type: "string" }, found: { type: "string" } },
          },
        },
      },
    },
    requestId: { type: "string" },
  },
} as const;

export const DECISIONS_QUERY = {
  type: "object",
  additionalProperties: false,
  properties: {
    user: NAME,
    limit: { type: "string", pattern: "^[1-9][0-9]{0,3}$", description: "At most so many [default: 100]" },
  },
} as const;

export const FREEZE = {
  type: "object",
  required: ["frozen"],
  additionalProperties: false,
  properties: { frozen: { type: "boolean" } },
} as const;
