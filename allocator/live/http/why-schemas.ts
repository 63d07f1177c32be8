import { ROLLOUT_STAGES } from "../../core/rollout.ts";
import { BECAUSE, NAME, orNull, RESOURCES } from "./schemas.ts";

/** JSON schemas of an explanation: `Explanation` in sim/why. */
const AMOUNTS = { type: "object", properties: RESOURCES.properties } as const;
const AMOUNTS_OR_NULL = { type: ["object", "null"], properties: RESOURCES.properties } as const;

export const WHY_QUERY = {
  type: "object",
  additionalProperties: false,
  properties: {
    at: {
      type: "string",
      maxLength: 64,
      description:
        "Unix time in ms, 2026-12-24T18:00:00Z, or from the start 2h after it; no later than the last event [default: now]",
    },
    app: { ...NAME, description: "Only what concerns this app [default: all]" },
    from: {
      type: "string",
      enum: ["start", "snapshot"],
      description:
        "From where the journal is replayed: its first event, or the newest snapshot, of which what was decided before is not known [default: start]",
    },
  },
} as const;

const DECIDED = {
  type: "object",
  properties: {
    kind: { type: "string" },
    atMs: { type: "integer" },
    event: { type: "string", description: "That it answered" },
    app: orNull("string"),
    because: BECAUSE,
    forecast: {
      type: ["object", "null"],
      description: "What it rests on; null: no forecast, or one of before sinceMs",
      properties: { set: { type: "string" }, batch: { type: "integer" }, issuedAtMs: { type: "integer" } },
    },
    text: { type: "string" },
  },
} as const;

export const WHY_VIEW = {
  type: "object",
  properties: {
    user: { type: "string" },
    tier: { type: "string" },
    atMs: { type: "integer" },
    policy: { ...orNull("string"), description: "The one that decides for the user" },
    trial: {
      type: ["object", "null"],
      description: "Of a candidate policy: how far it has come, and whether it decides for the user",
      properties: {
        stage: { type: "string", enum: ROLLOUT_STAGES },
        candidate: { type: "string" },
        decides: { type: "boolean" },
      },
    },
    now: {
      type: "object",
      properties: {
        reserved: AMOUNTS,
        held: { ...AMOUNTS, description: "The larger of what is reserved and what its instances take" },
        demanded: AMOUNTS,
        used: { ...AMOUNTS, description: "The last observation" },
        instances: {
          type: "array",
          items: {
            type: "object",
            properties: {
              instance: { type: "integer" },
              app: { type: "string" },
              phase: { type: "string" },
              size: AMOUNTS,
              requests: { type: "integer" },
            },
          },
        },
        waiting: {
          type: "array",
          items: {
            type: "object",
            properties: {
              request: { type: "string" },
              app: { type: "string" },
              requested: AMOUNTS,
              why: { type: "string" },
            },
          },
        },
      },
    },
    decided: { type: "array", items: DECIDED, description: "The latest of each kind, the last one first" },
    notDecided: {
      type: "array",
      items: {
        type: "object",
        properties: { slot: { type: "string", enum: ["reserve", "warm"] }, app: orNull("string"), text: { type: "string" } },
      },
    },
    counterfactuals: {
      type: "array",
      description: "What the reserve slot would want otherwise",
      items: {
        type: "object",
        properties: { otherwise: { type: "string" }, wanted: AMOUNTS_OR_NULL, text: { type: "string" } },
      },
    },
    ended: { type: "boolean", description: "Whether what was asked about is over, and all there: false of now" },
    sinceMs: { ...orNull("integer"), description: "From when on decisions are known: the snapshot's time; null: from the first" },
  },
} as const;
