import type { Policy } from "../../../allocator/core/policy.ts";
import type { Promotion } from "../../../allocator/promotion/promotion.ts";
import { InputError } from "../../../datasets/issues.ts";
import { readPolicies } from "../inputs.ts";
import type { LiveArguments } from "../live.ts";
import { openStore, refusals } from "../promotion-store.ts";

/** The policy of a live run, and the promotion that it is of. */
export interface LivePolicy {
  readonly policy: Policy;
  /** Its id; `null`: nobody promoted it. */
  readonly promotion: string | null;
}

/**
 * What `--promotion` names, once it verifies; or what `--policy` says.
 * @throws InputError when it does not verify, there is none, or both are given, or neither.
 */
export async function readLivePolicy({ policy, promotion, store, trust }: LiveArguments): Promise<LivePolicy> {
  if ((policy === undefined) === (promotion === undefined)) {
    const found = policy === undefined ? "neither" : "both";
    throw new InputError([{ where: "prae live", expected: "either --promotion or --policy", found, hint: "prae live --help" }]);
  }
  if (promotion === undefined) {
    for (const [flag, value] of Object.entries({ "--store": store, "--trust": trust })) {
      if (value !== undefined) throw new InputError([{ where: flag, expected: "--promotion with it", found: "--policy" }]);
    }
    const [named] = await readPolicies(policy as string, "--policy");
    return { policy: (named as NonNullable<typeof named>).policy, promotion: null };
  }
  const { store: promotions, trusted } = openStore({ store, trust, key: undefined, by: undefined });
  const keys = trusted();
  const found = refusals(() =>
    promotion === "active" ? promotions.active(keys) : promotions.read(promotions.resolve(promotion, "--promotion"), keys),
  );
  if (found === null) {
    const expected = `a promotion in force in ${promotions.folder}`;
    throw new InputError([{ where: "--promotion", expected, found: "none", hint: "prae promote makes one" }]);
  }
  return { policy: withModel(found.body), promotion: found.id };
}

/** The policy with the very model that was promoted, however its feed named it. */
function withModel({ policy: { document }, models }: Promotion): Policy {
  const [model, ...others] = models;
  if (document.feed === null || model === undefined) return document;
  if (model.trained && others.length === 0) return { ...document, feed: { ...document.feed, model: model.digest } };
  const found =
    others.length > 0 ? `${models.length}: ${models.map(({ digest }) => digest.slice(0, 12)).join(", ")}` : model.kind;
  const hint = "prae train, then prae promote --candidate predictive:model=ID";
  throw new InputError([{ where: "--promotion", path: "models", expected: "one trained model", found, hint }]);
}
