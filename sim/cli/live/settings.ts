import { homedir } from "node:os";
import { join } from "node:path";
import type { Policy } from "../../../allocator/core/policy.ts";
import { gapIn, segmentsOf } from "../../../allocator/journal/segments.ts";
import type { AwsSettings } from "../../../allocator/live/aws/aws-document.ts";
import { type Fleet, fleetFromDocument } from "../../../allocator/live/fleet.ts";
import { type Token, tokensFromDocument } from "../../../allocator/live/http/tokens.ts";
import { kafkaFromDocument } from "../../../allocator/live/kafka/kafka-document.ts";
import { type KubernetesSettings, kubernetesFromDocument } from "../../../allocator/live/kubernetes/kubernetes-document.ts";
import { prometheusFromDocument } from "../../../allocator/live/prometheus/prometheus-document.ts";
import type { Trial } from "../../../allocator/live/stages.ts";
import type { Predictions } from "../../../allocator/live/watch/predictions.ts";
import type { WatchOptions } from "../../../allocator/live/watch/stage-watch.ts";
import { budgetFromDocument } from "../../../allocator/policy-budget.ts";
import { parseDurationMs } from "../../../allocator/policy-document.ts";
import { PolicyError } from "../../../allocator/policy-issue.ts";
import { IssueList } from "../../../datasets/issue-list.ts";
import { InputError } from "../../../datasets/issues.ts";
import { type ForecastPlan, forecastPlans } from "../../../models/feed/forecast-plan.ts";
import { Registry, registryFolder } from "../../../models/registry/registry.ts";
import { isKind } from "../forecasts/feed-model.ts";
import { registeredFor } from "../forecasts/registered-model.ts";
import { readYaml } from "../inputs.ts";
import type { LiveArguments } from "../live.ts";
import { readLivePolicy } from "./promoted-policy.ts";
import { noteAws, noteUnpromoted, readAws } from "./target-settings.ts";
import type { SourceSettings } from "./telemetry.ts";

/** What `prae live` was given, read and checked. */
export interface LiveSettings extends SourceSettings {
  readonly host: string;
  readonly port: number;
  readonly fleet: Fleet;
  readonly policy: Policy;
  /** Id of the promotion that it, or the candidate, is of; `null`: nobody promoted it. */
  readonly promotion: string | null;
  /** A candidate to try beside the policy; `null`: none. */
  readonly trial: Trial | null;
  /** A candidate that only rehearses beside the policy, and which forecasts it asks for; `null`: none. */
  readonly rehearsed: { readonly policy: Policy; readonly plans: readonly ForecastPlan[] } | null;
  /** What to watch of either, and how; `null`: nothing was predicted. */
  readonly watch: { readonly predictions: Predictions; readonly options: WatchOptions } | null;
  readonly tokens: readonly Token[];
  /** `null`: the target is another. */
  readonly aws: AwsSettings | null;
  /** Which forecasts the policy asks for; the models are ids of the registry. */
  readonly plans: readonly ForecastPlan[];
  /** Folder of the models. */
  readonly registry: string;
}

/** @throws InputError with all that is wrong with any of it. */
export async function readSettings(args: LiveArguments): Promise<LiveSettings> {
  const issues = new IssueList();
  const attempt = async <T>(where: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof PolicyError) for (const issue of error.issues) issues.add({ where, ...issue });
      else if (error instanceof InputError) for (const issue of error.issues) issues.add(issue);
      else throw error;
      return undefined;
    }
  };
  const address = /^(.+):(\d{1,5})$/.exec(args.listen);
  const port = Number(address?.[2]);
  if (address === null || port > 65_535)
    issues.add({ where: "--listen", expected: "an address and a port, such as 127.0.0.1:7070", found: `"${args.listen}"` });
  if (!Number.isSafeInteger(args.rate) || args.rate < 1)
    issues.add({ where: "--rate", expected: "a whole number of at least 1", found: String(args.rate) });
  if (!((parseDurationMs(args.history) ?? 0) > 0))
    issues.add({ where: "--history", expected: "a duration, such as 8d", found: `"${args.history}"` });
  const options = { windowMs: parseDurationMs(args.watch) ?? 0, leastObservations: args.watchLeast };
  if (options.windowMs < 60_000)
    issues.add({ where: "--watch", expected: "a duration of at least a minute, such as 1h", found: `"${args.watch}"` });
  if (!Number.isSafeInteger(args.watchLeast) || args.watchLeast < 1)
    issues.add({ where: "--watch-least", expected: "a whole number of at least 1", found: String(args.watchLeast) });
  const fleet = await attempt(args.fleet, async () => fleetFromDocument(await readYaml(args.fleet)));
  const chosen = await attempt("--policy", () => readLivePolicy(args));
  const policy = chosen?.policy;
  const tokens = await attempt(String(args.tokens), async () =>
    args.tokens === undefined ? [] : tokensFromDocument(await readYaml(args.tokens)),
  );
  const prometheus = await attempt(String(args.prometheus), async () =>
    args.prometheus === undefined ? null : prometheusFromDocument(await readYaml(args.prometheus)),
  );
  const kafka = await attempt(String(args.kafka), async () =>
    args.kafka === undefined ? null : kafkaFromDocument(await readYaml(args.kafka)),
  );
  const budget = await attempt(String(args.budget), async () =>
    args.budget === undefined ? undefined : budgetFromDocument(await readYaml(args.budget)),
  );
  const within = (one: Policy): Policy => (budget === undefined ? one : { ...one, budget });
  const trial = chosen?.trial ?? null;
  const registry = registryFolder(args.registry);
  // Of two, one has a feed, or both the same.
  const fed = [chosen?.trial?.candidate, policy].find((one) => one !== undefined && one.feed !== null) ?? policy;
  const plansOf = async (one: Policy | undefined) => {
    if (one === undefined) return [];
    noteFeed(one, issues);
    const plans = fleet === undefined ? [] : forecastPlans(one, fleet);
    for (const plan of plans)
      if (!isKind(plan.model)) await attempt("--policy", () => registeredFor(plan, new Registry(registry)));
    return plans;
  };
  const plans = await plansOf(fed);
  const rehearsed = chosen?.rehearsed ?? null;
  const rehearsedPlans = rehearsed === null ? [] : await plansOf(rehearsed);
  noteJournal(args, plans.length + rehearsedPlans.length > 0, issues);
  noteUnpromoted(args, issues);
  if (fleet !== undefined) notePools(fleet, args, issues);
  const kubernetes = await attempt(String(args.kubernetes ?? "--kubernetes"), async () => readKubernetes(args, fleet));
  const aws = await attempt(args.aws ?? "--aws", async () => readAws(args, issues));
  if (fleet !== undefined && aws != null) noteAws(fleet, aws, args, issues);
  issues.throwIfAny();
  const host = (address?.[1] ?? "").replace(/^\[(.*)\]$/, "$1");
  return {
    host,
    port,
    fleet: fleet as Fleet,
    policy: within(policy as Policy),
    promotion: chosen?.promotion ?? null,
    trial: trial && { ...trial, candidate: within(trial.candidate) },
    rehearsed: rehearsed && { policy: within(rehearsed), plans: rehearsedPlans },
    watch: chosen?.predictions == null ? null : { predictions: chosen.predictions, options },
    tokens: tokens ?? [],
    aws: aws ?? null,
    plans,
    registry,
    prometheus: prometheus ?? null,
    kubernetes: kubernetes ?? null,
    kafka: kafka ?? null,
  };
}

/** Forecasts and a database begin at the journal's first event; the run itself goes on from its snapshot. */
function noteJournal({ segmentMib, state, database }: LiveArguments, forecasts: boolean, issues: IssueList): void {
  if (!(segmentMib > 0)) issues.add({ where: "--segment-mib", expected: "a number above 0", found: String(segmentMib) });
  const gap = gapIn(segmentsOf(join(state, "journal.prae.gz")), 0);
  if (gap === null || (database === undefined && !forecasts)) return;
  const expected = `all of the journal, for ${forecasts ? "a policy that forecasts" : "--database"}`;
  issues.add({ where: state, expected, found: `it is missing ${gap}`, hint: "put the files back that were moved away" });
}

/** @throws PolicyError */
async function readKubernetes(
  { target, kubernetes }: LiveArguments,
  fleet: Fleet | undefined,
): Promise<KubernetesSettings | null> {
  if (target !== "kubernetes") {
    if (kubernetes === undefined) return null;
    throw new PolicyError([{ path: "", expected: "--target kubernetes with it", found: `--target ${target}` }]);
  }
  if (kubernetes === undefined) throw new PolicyError([{ path: "", expected: "the YAML file of a cluster", found: "nothing" }]);
  if (fleet === undefined) return null; // each of its apps needs an image
  const names = (rows: readonly { readonly name: string }[]) => rows.map(({ name }) => name);
  return kubernetesFromDocument(await readYaml(kubernetes), { apps: names(fleet.apps), pools: names(fleet.pools) }, homedir());
}

/** Nodes that a platform has are its own to tell of; where it has none, the fleet says them. */
function notePools({ pools }: Fleet, { target, fleet: where }: LiveArguments, issues: IssueList): void {
  const path = "pools";
  if (target === "dry-run" && pools.some(({ unlimited, nodes, elastic }) => !unlimited && nodes === 0 && elastic === null)) {
    const expected = "nodes and capacity, or max and capacity, or unlimited, for --target dry-run";
    issues.add({ where, path, expected, found: "a pool with neither" });
  }
  if (target === "kubernetes" && pools.some(({ nodes }) => nodes > 0)) {
    const expected = "no nodes for --target kubernetes: those labelled prae.dev/pool count";
    issues.add({ where, path, expected, found: "a pool with nodes" });
  }
}

/** Live, a model has to be one that is trained: there is no part of a trace before an evaluation to fit one on. */
function noteFeed({ feed }: Policy, issues: IssueList): void {
  if (feed === null) return;
  const where = "--policy";
  const path = "feed.model";
  const hint = "prae import journal, then prae train, and name the id that it prints";
  if (feed.fitted === undefined || isKind(feed.model))
    issues.add({ where, path, expected: "the id of a trained model", found: `"${feed.model}"`, hint });
  if (feed.fitted?.adaptPpm !== undefined && feed.fitted.adaptMostPpm === undefined)
    issues.add({
      where,
      path: "feed.adaptMost",
      expected: "how far a level may be corrected, live: such as 1",
      found: "nothing",
    });
}
