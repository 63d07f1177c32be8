import { InputError } from "../../../datasets/issues.ts";
import { MODEL_KINDS } from "../../../models/catalogue.ts";
import type { ForecastPlan } from "../../../models/feed/forecast-plan.ts";
import type { StoredModel } from "../../../models/registry/model-file.ts";
import type { Registry } from "../../../models/registry/registry.ts";
import { ARCHITECTURES } from "../../../models/training/training-spec.ts";

/**
 * The model that a plan names by the id of a trained one.
 * @throws InputError when there is no such model, or it cannot forecast what the plan asks for.
 */
export async function registeredFor(plan: ForecastPlan, registry: Registry): Promise<StoredModel> {
  const stored = await registry.read(resolveModel(plan, registry));
  const { model } = stored;
  const refuse = (expected: string, found: string, hint?: string): never => {
    const where = `feed.model "${plan.model}"`;
    throw new InputError([{ where, expected, found, ...(hint === undefined ? {} : { hint }) }]);
  };
  if (model.target !== plan.target) refuse(`a model of ${plan.target}`, `one of ${model.target}`);
  if (model.stepMs !== plan.stepMs) refuse(`a model of steps of ${plan.stepMs} ms`, `one of ${model.stepMs} ms`, "step=");
  if (model.horizon < plan.steps) {
    refuse(`a model that looks ${plan.steps} steps ahead`, `one that looks ${model.horizon}`, "train it with a longer --horizon");
  }
  checkLevels(plan, model.levelsPpm);
  return stored;
}

function resolveModel({ model, target }: ForecastPlan, registry: Registry): string {
  try {
    return registry.resolve(model, "feed.model");
  } catch (error) {
    if (!(error instanceof InputError) || /^[0-9a-f]+$/.test(model)) throw error;
    const kinds = MODEL_KINDS.filter(({ targets }) => targets.includes(target)).map(({ name }) => name);
    const expected = `one of ${[...new Set([...ARCHITECTURES, ...kinds])].join(", ")}, or the id of a trained model`;
    throw new InputError([{ where: "feed.model", expected, found: JSON.stringify(model) }]);
  }
}

/** @throws InputError when the plan asks for levels beyond those that a model was trained for. */
export function checkLevels({ levelsPpm, model }: ForecastPlan, trained: readonly number[]): void {
  const lowest = trained[0] ?? 0;
  const highest = trained[trained.length - 1] ?? 1_000_000;
  const beyond = levelsPpm.filter((level) => level < lowest || level > highest);
  if (beyond.length === 0) return;
  throw new InputError([
    {
      where: `feed.model "${model}"`,
      expected: `levels from ${lowest / 1e6} to ${highest / 1e6}, which it was trained for`,
      found: beyond.map((level) => level / 1e6).join(", "),
      hint: "level=0.95, or other levels in the trace's tiers",
    },
  ]);
}
