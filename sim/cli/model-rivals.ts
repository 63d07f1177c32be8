import type { Backend } from "../../models/backend/backend.ts";
import { backtest } from "../../models/backtest/backtest.ts";
import { FEWEST_ORIGINS, planAfter, testPart } from "../../models/backtest/plan.ts";
import type { Interval } from "../../models/backtest/resampling.ts";
import type { Contestant } from "../../models/backtest/run-model.ts";
import type { Split } from "../../models/forecaster.ts";
import type { Panel } from "../../models/panel/panel.ts";
import type { StoredModel } from "../../models/registry/model-file.ts";
import { forecasterOf } from "../../models/training/network-forecaster.ts";

/** How two models forecast the same instants. */
export interface Rivalry {
  readonly metric: "sql" | "log_loss";
  readonly made: Scored;
  readonly old: Scored;
  /** Of the series' losses, the new model's by the old one's, pooled; below 1 the new one is better. */
  readonly ratio: number | null;
  /** 95 %. */
  readonly interval: Interval | null;
  readonly origins: number;
}

interface Scored {
  readonly id: string;
  readonly score: number | null;
}

const MOST_ORIGINS = 32;

/** A walk-forward backtest of both on what comes after `split.validationEnd`. @throws Error where one of them fails. */
export async function heldAgainst(
  made: StoredModel,
  old: StoredModel,
  panel: Panel,
  split: Split,
  seed: number,
  backend: Backend,
): Promise<Rivalry> {
  const { horizon, target } = made.model;
  const { room } = testPart(panel, split.validationEnd, horizon);
  const plan = planAfter(panel, split, horizon, Math.min(MOST_ORIGINS, Math.max(FEWEST_ORIGINS, room)), seed);
  const references = { simple: old.digest, classical: "" };
  const { models } = await backtest(
    plan,
    [old, made].map((stored) => contestantOf(stored, backend)),
    { references, fit: {} },
  );
  const found = (id: string) => {
    const result = models.find(({ name }) => name === id);
    if (result === undefined || result.fault !== null) throw new Error(`the model ${id} failed: ${result?.fault}`);
    return result;
  };
  const metric = target === "arrival" ? "log_loss" : "sql";
  const ratio = target === "arrival" ? "log_loss_ratio" : "sql_pooled_ratio";
  const [own, other] = [found(made.digest), found(old.digest)];
  return {
    metric,
    made: { id: made.digest, score: own.metrics[metric] ?? null },
    old: { id: old.digest, score: other.metrics[metric] ?? null },
    ratio: own.metrics[ratio] ?? null,
    interval: own.intervals[ratio] ?? null,
    origins: plan.origins.length,
  };
}

function contestantOf({ digest, model }: StoredModel, backend: Backend): Contestant {
  return { name: digest, family: "learned", fit: async () => forecasterOf(model, backend) };
}
