import { createHash } from "node:crypto";
import type { Policy } from "../../../allocator/core/policy.ts";
import { indivisible } from "../../../allocator/core/rollout.ts";
import type { Trial } from "../../../allocator/live/stages.ts";
import { type Predictions, predictionsOf } from "../../../allocator/live/watch/predictions.ts";
import type { Promotion } from "../../../allocator/promotion/promotion.ts";
import type { Opened } from "../../../allocator/promotion/signed-document.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import { readPolicy } from "../inputs.ts";
import type { LiveArguments } from "../live.ts";
import { openStore, refusals } from "../promotion-store.ts";

/** The policy of a live run, and the promotion that it is of. */
export interface LivePolicy {
  /** In force: the incumbent, where there is a candidate to try beside it. */
  readonly policy: Policy;
  /** Id of the promotion of the policy, or of the candidate; `null`: nobody promoted it. */
  readonly promotion: string | null;
  readonly trial: Trial | null;
  /** A candidate that only rehearses beside the policy, and decides for nobody; `null`: none. */
  readonly rehearsed: Policy | null;
  /** What the candidate's evidence predicts of it; `null`: there is none. */
  readonly predictions: Predictions | null;
}

/**
 * What `--promotion` names, once it verifies; or what `--policy` says. With `--canary` or `--rehearse` that is the candidate.
 * @throws InputError when it does not verify, there is none, both are given or neither, or it cannot be tried on some users alone.
 */
export async function readLivePolicy(args: LiveArguments): Promise<LivePolicy> {
  const { policy, promotion, canary, rehearse, incumbent, canarySeed } = args;
  if ((policy === undefined) === (promotion === undefined)) {
    const found = policy === undefined ? "neither" : "both";
    throw new InputError([{ where: "prae live", expected: "either --promotion or --policy", found, hint: "prae live --help" }]);
  }
  const stray: [string, unknown][] =
    promotion === undefined
      ? [
          ["--store", args.store],
          ["--trust", args.trust],
        ]
      : [];
  noneOf(stray, "--promotion with it", "--policy");
  if (canary === undefined) noneOf([["--canary-seed", canarySeed]], "--canary with it", "none");
  else if (rehearse) noneOf([["--rehearse", true]], "one of the two: a rehearsal comes before a canary", "--canary with it");
  if (canary === undefined && !rehearse) noneOf([["--incumbent", incumbent]], "--canary or --rehearse with it", "none");
  const opened = promotion === undefined ? null : openPromoted(promotion, "--promotion", args);
  const candidate =
    opened === null ? (await readPolicy(policy as string, "--policy")).policy : withModel(opened.body, "--promotion");
  const id = opened?.id ?? null;
  const alone = { trial: null, rehearsed: null, predictions: null };
  if (canary === undefined && !rehearse) return { policy: candidate, promotion: id, ...alone };
  const inForce = await incumbentOf(opened?.body ?? null, args);
  const predictions = opened === null ? null : predictionsOf(opened.body);
  if (canary === undefined) return { policy: inForce, promotion: id, ...alone, rehearsed: candidate, predictions };
  const sharePpm = shareOf(canary);
  const seed = canarySeed ?? seedOf(id ?? "");
  const issues = triedIssues(inForce, candidate);
  if (sharePpm === null) {
    issues.unshift({ where: "--canary", expected: "a share above 0 % and up to 100 %, such as 10%", found: `"${canary}"` });
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    issues.push({ where: "--canary-seed", expected: "a whole number from 0 to 4294967295", found: String(seed) });
  }
  if (issues.length > 0) throw new InputError(issues);
  const trial = { candidate, promotion: id ?? "", sharePpm: sharePpm as number, seed };
  return { policy: inForce, promotion: id, ...alone, trial, predictions };
}

function noneOf(flags: readonly [string, unknown][], expected: string, found: string): void {
  for (const [flag, value] of flags) if (value !== undefined) throw new InputError([{ where: flag, expected, found }]);
}

function openPromoted(which: string, where: string, { store, trust }: LiveArguments): Opened<Promotion> {
  const { store: promotions, trusted } = openStore({ store, trust, key: undefined, by: undefined });
  const keys = trusted();
  const found = refusals(() =>
    which === "active" ? promotions.active(keys) : promotions.read(promotions.resolve(which, where), keys),
  );
  if (found !== null) return found;
  const expected = `a promotion in force in ${promotions.folder}`;
  throw new InputError([{ where, expected, found: "none", hint: "prae promote makes one" }]);
}

/** What a candidate is tried beside: what it was measured against, unless something else is named. */
async function incumbentOf(promotion: Promotion | null, args: LiveArguments): Promise<Policy> {
  const { incumbent } = args;
  if (promotion === null) {
    if (incumbent !== undefined) return (await readPolicy(incumbent, "--incumbent")).policy;
    const flag = args.rehearse ? "--rehearse" : "--canary";
    throw new InputError([{ where: flag, expected: "--incumbent with it, of a policy that nobody promoted", found: "none" }]);
  }
  if (incumbent === undefined) return promotion.incumbent.document;
  return withModel(openPromoted(incumbent, "--incumbent", args).body, "--incumbent");
}

/** `null`: it is none. */
function shareOf(text: string): number | null {
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim()) ?? [];
  const ppm = percent === undefined ? Number.NaN : Math.round(Number(percent) * 10_000);
  return ppm > 0 && ppm <= 1_000_000 ? ppm : null;
}

/** Promotions try themselves on different users. */
function seedOf(promotion: string): number {
  return promotion === "" ? 0 : createHash("sha256").update(promotion).digest().readUInt32LE(0);
}

/** What keeps the candidate from being tried on some users alone. */
function triedIssues(inForce: Policy, candidate: Policy): Issue[] {
  const hint = "such a candidate takes over for all at once: leave out --canary and --incumbent";
  const issues = indivisible(inForce, candidate).map((slot) => {
    return {
      where: "--canary",
      path: slot,
      expected: "what the incumbent has: it is for the fleet as a whole",
      found: "another",
      hint,
    };
  });
  const both = inForce.feed !== null && candidate.feed !== null;
  if (both && JSON.stringify(inForce.feed) !== JSON.stringify(candidate.feed)) {
    const expected = "the incumbent's feed, or none: a run has the forecasts of one feed";
    issues.push({ where: "--canary", path: "feed", expected, found: "another", hint });
  }
  return issues;
}

/** The policy with the very model that was promoted, however its feed named it. */
export function withModel({ policy: { document }, models }: Promotion, where: string): Policy {
  const [model, ...others] = models;
  if (document.feed === null || model === undefined) return document;
  if (model.trained && others.length === 0) return { ...document, feed: { ...document.feed, model: model.digest } };
  const found =
    others.length > 0 ? `${models.length}: ${models.map(({ digest }) => digest.slice(0, 12)).join(", ")}` : model.kind;
  const hint = "prae train, then prae promote --candidate predictive:model=ID";
  throw new InputError([{ where, path: "models", expected: "one trained model", found, hint }]);
}
