import type { DecisionKind, Guardrail, Rule, Rung } from "../../../core/decisions.ts";
import type { Phase } from "../../../core/instances.ts";
import type { Verdict } from "../../watch/stage-watch.ts";

/** What a decision does, in words; a part between bars is left out where what it names is not known. */
const KINDS: Readonly<Record<Exclude<DecisionKind, "set_timer" | "cancel_timer">, string>> = {
  reserve: "Hold| {amount}| for {user}",
  release: "Hold nothing beyond instances| for {user}",
  launch: "Start instance {instance}| of {app}| for {user}| to run {request}",
  bind: "Run {request}| of {user}| on instance {instance}| of {app}",
  suspend: "Suspend instance {instance}| of {app}| for {user}",
  resume: "Resume instance {instance}| of {app}| for {user}",
  stop: "Stop instance {instance}| of {app}| for {user}",
  resize: "Resize instance {instance}| of {app}| for {user}| to {amount}",
  preempt: "Take instance {instance}| of {app}| from {request}| of {user}",
  resize_pool: "Let the pool {pool} have {nodes} nodes",
  queue: "Let {request}| of {user}| wait for an instance| of {app}",
  reject: "Refuse {request}| of {user}| an instance| of {app}",
};

/** What a decision rests on, in words. */
const RULES: Readonly<Record<Rule, string>> = {
  arrival: "a request needs an instance",
  warm_hit: "an idle instance serves it",
  shadow_hit: "a shadow that is ready serves it",
  late_join: "an instance that is starting serves it",
  resume_hit: "a suspended instance serves it",
  no_fit: "nothing has room now",
  cannot_fit: "nothing will ever have room",
  not_permitted: "the user may not run the app",
  last_value: "it was demanded in the last interval",
  forecast: "a forecast says so",
  nothing_kept: "the policy keeps nothing idle",
  keep_alive_ended: "it was idle for as long as the policy keeps it",
  surplus: "there are more instances than wanted",
  evicted: "it makes room for a request that waits",
  cancelled: "the request was cancelled",
  agenda: "its time had come",
  node_lost: "a node was lost",
  resized: "an instance was resized",
  moving_quantile: "it is a quantile of what was demanded lately",
  seasonal_naive: "it was demanded one season ago",
  static_peak: "it is the largest demand before the evaluation",
  autopilot: "Autopilot's windows over use say so",
  vpa: "the Vertical Pod Autoscaler recommends it",
  idle_histogram: "the app's idle times say so",
  prewarm: "the next use is expected soon",
  replicas: "the app is to have more instances",
  not_worth_holding: "its next use is too unlikely, too soon",
  crane: "it is Crane's percentile of use",
  demand_above: "more was demanded than is held",
  warm_pool: "the app's pool is to have more instances",
  crane_dsp: "Crane's DSP predicts it",
  suspension_ended: "it was suspended for as long as the policy says",
  refused: "the platform would not suspend or resume it",
  preempted: "it makes room for a request of a higher priority",
  hand_over: "its node drains",
  pool_pending: "what waits has no room on the nodes that there are",
  pool_unneeded: "nodes were used too little for long enough",
  pool_late: "nodes were not ready in time",
  drained: "its node leaves",
  pool_headroom: "pools are to have room to spare",
  pool_ahead: "it is expected before a node asked for now would be ready",
  reclaimed: "its tier borrowed what another tier asks back",
  quota_lowered: "more was reserved than its tier's quota is now",
  over_budget: "more is held in all than the budget allows",
  pool_consolidated: "what is on its nodes has room on others, or on a cheaper one",
  joint: "one forecast says how many instances there are, and how large each is",
};

/** Where on the ladder of forecasts a decision stands. */
const RUNGS: Readonly<Record<Rung, string>> = {
  none: "rests on no forecast",
  fresh: "the forecast that speaks of now",
  last_good: "an older forecast, within the age that the policy allows",
  seasonal: "what was one season ago",
  reactive: "what was last",
  hold: "nothing is known: what was held stays",
};

/** What kept a decision from being as it was wanted. */
const GUARDRAILS: Readonly<Record<Guardrail, string>> = {
  none: "as it was wanted",
  capacity: "less than was wanted: no more is free",
  rate: "it grows no faster",
  hold: "it falls only after a time",
  minimum: "no less than the policy's minimum",
  maximum: "no more than the policy's maximum",
  quota: "its tier's quota is used up",
  cohort: "no tier has quota left to lend",
  user_quota: "what this user alone may hold is used up",
  borrowed: "beyond its tier's own quota, of what others leave idle",
  budget: "no more may be held ahead of requests in all",
  given_up: "launches for it failed again and again: it is tried every five minutes, and nothing is started ahead",
};

const PHASES: Readonly<Record<Phase, string>> = {
  starting: "starting",
  ready: "ready",
  resuming: "resuming",
  suspending: "being suspended",
  suspended: "suspended",
  stopping: "stopping",
};

/** What follows for a candidate policy from what is observed of it. */
const VERDICTS: Readonly<Record<Verdict, string>> = {
  too_few: "too few to say",
  worse: "surely worse than predicted",
  above: "above what was predicted, not surely",
  within: "as predicted",
  better: "better than predicted",
};

/** What the page says of codes that the API sends; a code that is not here is shown as it is. */
export const WORDS = { kinds: KINDS, rules: RULES, rungs: RUNGS, guardrails: GUARDRAILS, phases: PHASES, verdicts: VERDICTS };
