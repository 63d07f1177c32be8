import { cpus } from "node:os";
import type { Policy } from "../../allocator/core/policy.ts";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import type { Trace } from "../../datasets/trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { forecastPlans } from "../../models/feed/forecast-plan.ts";
import type { ForecastSet } from "../../models/forecast-set.ts";
import { StoredForecastSet } from "../../models/forecast-store.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import type { RunCells } from "../../reports/statistics/cells.ts";
import { digestOfCells } from "../../reports/statistics/cells-file.ts";
import type { UserSeries } from "../../reports/users/series.ts";
import { digestOfUsers } from "../../reports/users/series-file.ts";
import { type ClusterSpec, clusterReference } from "../cluster-spec.ts";
import { isUsageTrace, TrueUse } from "../measured-use.ts";
import type { ForecastOrigin, Prices, RunRecord, TraceReference, UsageSettings } from "../run-record.ts";
import { simulate } from "../simulate.ts";
import type { WorldChange } from "../world-change.ts";
import type { Prepared } from "./forecasts/prepare.ts";
import { digestOf, type NamedPolicy, policyOn } from "./inputs.ts";
import { withEvaluation } from "./policy-fit.ts";
import { codeRevision } from "./version.ts";
import { checkBefore, type Fork, isPolicyOf, StretchWriter } from "./what-if/fork.ts";

const DEFAULT_USAGE: UsageSettings = { limit: "none", graceMs: null };

/** What several policies are compared on. */
export interface Scenario {
  readonly trace: Trace;
  readonly cluster: ClusterSpec;
  readonly evaluateFromMs: number;
  readonly seed: number;
  readonly prices: Prices;
  /** How a usage trace is run and scored; absent: nothing is limited, and the grace is one sample window. */
  readonly usage?: UsageSettings;
  /** What is otherwise than in the trace that was read; absent: nothing. */
  readonly otherwise?: Otherwise;
  /** The run that it goes along with at first; absent: none. */
  readonly fork?: Fork;
  /** The forecasts of fitted models that the policies ask for. */
  readonly prepared?: Prepared;
}

/** What-ifs: what they do to the trace is in the scenario's trace already. */
export interface Otherwise {
  /** As written: "demand=1.2". */
  readonly texts: readonly string[];
  readonly changes: readonly WorldChange[];
  /** What `changes` do, in words. */
  readonly notes: readonly string[];
}

export interface PolicyRun {
  readonly record: RunRecord;
  readonly cells: RunCells;
  /** `null` where they were not asked for. */
  readonly users: UserSeries | null;
  readonly forecastSets: readonly (ForecastSet | StoredForecastSet)[];
}

/** Of a trace that has both, the requests are replayed. */
const USAGE_UNUSED = "usage samples are not replayed: only requests are";

/** Runs policies on one scenario: forecasts are made once a feed and shared. */
export class PolicyRunner {
  readonly #scenario: Scenario;
  readonly #forecasts = new Map<string, ForecastSet>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /**
   * @param journalPath where to write the journal; `null`: its digest only.
   * @param keepUsers whether to keep the series of each user, which a comparison shows and a sweep does not.
   */
  async run(
    named: NamedPolicy,
    journalPath: string | null,
    onProgress: (share: number) => void,
    keepUsers = true,
  ): Promise<PolicyRun> {
    const { trace, cluster, evaluateFromMs, seed, prices, usage = DEFAULT_USAGE, otherwise, fork } = this.#scenario;
    const changes = otherwise?.changes ?? [];
    const { text } = named;
    const policy = this.#policy(named);
    const measured = isUsageTrace(trace);
    const unusedUsage = trace.usage !== null && !measured;
    const truth = measured && usage.limit === "reservation" ? new TrueUse(trace) : null;
    const startedAt = new Date();
    const startedMs = performance.now();
    const { startMs, endMs } = trace.manifest.window;
    const fed = await this.#feed(policy, trace, this.#scenario.prepared);
    const fedBefore = fork === undefined ? null : await this.#feed(fork.policy, fork.trace, fork.prepared);
    const turn =
      fork === undefined
        ? null
        : { atMs: fork.atMs, policy: isPolicyOf(fork, policy) ? null : policy, forecasts: fed.map(({ set }) => set) };
    const before = fork === undefined ? null : new StretchWriter(fork.atMs);
    const all = distinct([...(fedBefore ?? []), ...fed]);
    const forecastSets = all.map(({ set }) => set);
    const metrics = new RunMetricsObserver({
      fromMs: evaluateFromMs,
      toMs: endMs,
      prices,
      graceMs: usage.graceMs,
      users: keepUsers,
      ...(truth === null ? {} : { demandAt: (sample) => truth.demandAt(sample) }),
    });
    const journal = new JournalWriter(journalPath);
    try {
      await simulate({
        trace,
        cluster,
        policy: fork?.policy ?? policy,
        forecasts: (fedBefore ?? fed).map(({ set }) => set),
        limit: usage.limit,
        changes,
        turn,
        observers: before === null ? [journal, metrics] : [journal, metrics, before],
        onProgress: (nowMs) => onProgress((nowMs - startMs) / (endMs - startMs)),
      });
    } catch (error) {
      journal.close();
      throw error;
    } finally {
      for (const { set } of [...(fedBefore ?? []), ...fed]) if (set instanceof StoredForecastSet) set.close();
    }
    if (fork !== undefined && before !== null) {
      try {
        checkBefore(fork, await before.finish(), codeRevision());
      } catch (error) {
        journal.close();
        throw error;
      }
    }
    const origins = all.flatMap(({ origin }) => (origin === null ? [] : [origin]));
    const inputs = {
      policy,
      trace: trace.manifest.digest,
      cluster: clusterReference(cluster),
      forecastSets: forecastSets.map(({ digest }) => digest),
      ...(origins.length > 0 ? { forecasts: origins } : {}),
      seed,
      window: { fromMs: evaluateFromMs, toMs: endMs },
      prices,
      ...(measured ? { usage } : {}),
      ...(changes.length > 0 ? { changes: digestOf(changes) } : {}),
      ...(fork === undefined ? {} : { fork: { run: fork.run, atMs: fork.atMs } }),
    };
    const runMetrics = metrics.finish();
    const cells = metrics.cells();
    const users = metrics.users();
    const { blockMs, blocks, units } = cells;
    const record: RunRecord = {
      recordVersion: 1,
      id: digestOf(inputs).slice(0, 12),
      policyText: text,
      ...inputs,
      ...(otherwise === undefined ? {} : { whatIf: otherwise.texts }),
      trace: traceReference(trace),
      journal: await journal.finish(),
      metrics: runMetrics,
      cells: { digest: digestOfCells(cells), blockMs, blocks, users: cells.users, units },
      ...(users === null ? {} : { users: { digest: digestOfUsers(users), binMs: users.binMs, bins: users.bins } }),
      assumptions: [
        ...trace.manifest.defaults,
        ...trace.manifest.notes,
        ...(otherwise?.notes ?? []),
        ...(unusedUsage ? [USAGE_UNUSED] : []),
      ],
      codeRevision: codeRevision(),
      environment: {
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cpu: cpus()[0]?.model ?? "unknown",
        startedAt: startedAt.toISOString(),
        wallMs: Math.round(performance.now() - startedMs),
        peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      },
    };
    return { record, cells, users, forecastSets };
  }

  /** That of a forked run goes on as it was. */
  #policy(named: NamedPolicy): Policy {
    const { trace, evaluateFromMs, fork } = this.#scenario;
    const policy = policyOn(trace, named);
    return fork !== undefined && isPolicyOf(fork, policy) ? policy : withEvaluation(policy, evaluateFromMs);
  }

  /** The forecasts of a trace that a policy asks for. */
  async #feed(policy: Policy, trace: Trace, prepared: Prepared = {}): Promise<readonly Fed[]> {
    if (policy.feed === null) return [];
    if (policy.feed.fitted === undefined) return [{ set: this.#clairvoyant(policy.feed, trace), origin: null }];
    const plans = forecastPlans(policy, trace).map(async (plan): Promise<Fed> => {
      const found = prepared[digestOf(plan)];
      if (found === undefined) throw new Error(`no forecasts of ${plan.model} were prepared: it must not see the future`);
      return { set: await StoredForecastSet.open(found.folder), origin: found.origin };
    });
    return Promise.all(plans);
  }

  #clairvoyant(feed: NonNullable<Policy["feed"]>, trace: Trace): ForecastSet {
    const key = `${trace.manifest.digest} ${digestOf(feed)}`;
    let set = this.#forecasts.get(key);
    if (set === undefined) {
      set = clairvoyantForecasts(trace, feed);
      this.#forecasts.set(key, set);
    }
    return set;
  }
}

interface Fed {
  readonly set: ForecastSet | StoredForecastSet;
  /** `null`: it knows the future. */
  readonly origin: ForecastOrigin | null;
}

function distinct(fed: readonly Fed[]): Fed[] {
  return [...new Map(fed.map((one) => [one.set.digest, one])).values()];
}

export function traceReference(trace: Trace): TraceReference {
  const { name, digest, synthetic, composite, license, citation, window } = trace.manifest;
  return {
    name,
    digest,
    synthetic,
    composite,
    license,
    citation,
    users: trace.users.length,
    apps: trace.apps.length,
    requests: trace.requests.count,
    tiers: trace.tiers,
    window,
  };
}
