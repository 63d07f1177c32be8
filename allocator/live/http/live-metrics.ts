import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Decision } from "../../core/decisions.ts";
import type { AllocatorEvent } from "../../core/events.ts";
import { roomOn } from "../../core/nodes.ts";
import { RESOURCE_NAMES } from "../../core/resources.ts";
import type { State } from "../../core/state.ts";
import type { StepObserver } from "../../ports.ts";
import { viewFleet } from "../fleet-view.ts";
import type { Clock, Names, SourceSink } from "../ports.ts";
import { STAGES, type StageView, viewStage } from "../stages.ts";
import type { WatchReport } from "../watch/stage-watch.ts";
import { CountedSink } from "./counted-sink.ts";
import type { ReviewOutcome } from "./reviewed-tokens.ts";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];

/** What a run counts, as Prometheus reads it. Names no user. */
export class LiveMetrics implements StepObserver {
  readonly #registry = new Registry();
  readonly #events = new Counter({
    name: "prae_events_total",
    help: "Events taken in",
    labelNames: ["kind"],
    registers: [this.#registry],
  });
  readonly #decisions = new Counter({
    name: "prae_decisions_total",
    help: "Decisions, by the rule, the rung of the ladder of forecasts and the guardrail that made them",
    labelNames: ["kind", "rule", "rung", "guardrail"],
    registers: [this.#registry],
  });
  readonly #answered = new Histogram({
    name: "prae_answer_seconds",
    help: "From taking a request in to having it on the disk and decided",
    labelNames: ["state"],
    buckets: SECONDS,
    registers: [this.#registry],
  });

  readonly #tokenReviews = new Counter({
    name: "prae_token_reviews_total",
    help: "Unknown tokens, by what came of them: known, stranger, failed, or over_limit, which nobody was asked about",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });
  readonly #forecasts = new Counter({
    name: "prae_forecasts_total",
    help: "Forecasts asked for: issued, failed, or late, when the one before was not done yet",
    labelNames: ["model", "outcome"],
    registers: [this.#registry],
  });
  readonly #forecastSeconds = new Gauge({
    name: "prae_forecast_seconds",
    help: "How long the last forecast took",
    labelNames: ["model"],
    registers: [this.#registry],
  });

  readonly #forecastCorrection = new Gauge({
    name: "prae_forecast_correction",
    help: "With adapt: how far the most corrected level is from what the model said, in units of the forecast's spread and variation",
    labelNames: ["model"],
    registers: [this.#registry],
  });

  readonly #heldUnits = new Gauge({
    name: "prae_hold_units",
    help: "Where capacity is held in a cluster, in its units: wanted of a tier, and held; no held: it is only proposed",
    labelNames: ["tier", "of"],
    registers: [this.#registry],
  });

  #rehearsal: { view(): StageView } | null = null;

  /** @param run asked only once it runs. */
  constructor(
    run: () => { readonly state: State; readonly directory: Pick<Names, "pool">; readonly clock: Pick<Clock, "nowMs"> },
  ) {
    collectDefaultMetrics({ register: this.#registry });
    const state = () => run().state;
    const gauge = (name: string, help: string, set: (gauge: Gauge<string>) => void, labelNames: string[] = []) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers: [this.#registry],
        collect() {
          set(this);
        },
      });
    gauge(
      "prae_amount",
      "Capacity, and what of it is held, reserved and used; amounts in the unit that the resource names",
      (amounts) => {
        const view = viewFleet(state(), 0);
        for (const resource of RESOURCE_NAMES) {
          for (const of of ["capacity", "held", "reserved", "used"] as const) {
            const amount = view[of];
            if (amount !== null) amounts.set({ of, resource }, amount[resource]);
          }
        }
      },
      ["of", "resource"],
    );
    gauge(
      "prae_taken_by_others",
      "What others take of the nodes that are shared with them, in the unit that the resource names",
      (amounts) => {
        const shared = state()
          .nodes.all()
          .filter((node) => node.state !== "lost");
        for (const resource of RESOURCE_NAMES) {
          const taken = shared.reduce(
            (sum, { whole, capacity, owed }) => sum + whole[resource] - capacity[resource] + owed[resource],
            0,
          );
          amounts.set({ resource }, taken);
        }
      },
      ["resource"],
    );
    gauge("prae_full_nodes", "Ready nodes that have as many instances as they may, whatever room they have", (nodes) =>
      nodes.set(
        state()
          .nodes.all()
          .filter((node) => node.state === "ready" && roomOn(node) === null).length,
      ),
    );
    gauge(
      "prae_instances",
      "Instances by phase",
      (instances) => {
        instances.reset();
        for (const [phase, count] of Object.entries(viewFleet(state(), 0).instances)) instances.set({ phase }, count);
      },
      ["phase"],
    );
    gauge(
      "prae_pool_nodes",
      "Nodes of elastic pools: those that are ready, and how many the pool is to have",
      (pools) => {
        const { state: now, directory } = run();
        for (const { id, asked } of now.pools.elastic()) {
          const pool = directory.pool(id);
          pools.set({ pool, of: "ready" }, now.nodes.readyIn(id));
          pools.set({ pool, of: "wanted" }, asked);
        }
      },
      ["pool", "of"],
    );
    gauge("prae_frozen", "1 while nothing is done ahead of requests, else 0", (frozen) => frozen.set(state().frozen ? 1 : 0));
    gauge(
      "prae_stage",
      "1 for the stage of the candidate policy, or for none",
      (stages) => {
        const { stage } = this.#rehearsal?.view() ?? viewStage(state());
        for (const one of STAGES) stages.set({ stage: one }, one === stage ? 1 : 0);
      },
      ["stage"],
    );
    gauge(
      "prae_held_cost",
      "Where there is a budget, at its prices: what is held costs an hour now, and since midnight UTC",
      (costs) => {
        costs.reset();
        const { budget, ledger } = state();
        if (budget === null) return;
        costs.set({ per: "hour" }, budget.perHourMicros(ledger.total) / 1_000_000);
        costs.set({ per: "day" }, budget.spentTodayMicros / 1_000_000);
      },
      ["per"],
    );
    gauge("prae_canary_users", "Users that the candidate policy decides for", (users) =>
      users.set(viewStage(state()).users.candidate),
    );
    gauge(
      "prae_launches_given_up",
      "Apps of users, and shared apps, whose launches failed so often in a row that nothing is started ahead for them",
      (givenUp) => givenUp.set(state().launchFailures.givenUp(run().clock.nowMs())),
    );
    gauge("prae_waiting_requests", "Requests that wait for room", (waiting) => waiting.set([...state().waiting].length));
  }

  /** Of a candidate that rehearses beside the run: its stage counts from now on. */
  rehearse(rehearsal: { view(): StageView }): void {
    this.#rehearsal = rehearsal;
  }

  /** What was predicted of a candidate, and what is observed: from now on they are among the counts. */
  watch(report: () => WatchReport | null): void {
    new Gauge({
      name: "prae_stage_metric",
      help: "A metric of the candidate policy: predicted low and high, observed of its users and of the others",
      labelNames: ["metric", "of"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { metric, predicted, observed, others } of report()?.measures ?? []) {
          const values = { low: predicted.low, high: predicted.high, observed: observed.value, others };
          for (const [of, value] of Object.entries(values)) if (value !== null) this.set({ metric, of }, value);
        }
      },
    });
  }

  /** The sink, and what goes into it is counted from now on. */
  counted(sink: SourceSink, clock: Clock): SourceSink {
    return new CountedSink(sink, clock, this.#registry);
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    this.#events.inc({ kind: event.kind });
    for (const { kind, because } of decisions) {
      this.#decisions.inc({ kind, rule: because.rule, rung: because.rung, guardrail: because.guardrail });
    }
  }

  answered(state: string, ms: number): void {
    this.#answered.observe({ state }, ms / 1_000);
  }

  tokenReview(outcome: ReviewOutcome): void {
    this.#tokenReviews.inc({ outcome });
  }

  /** @param held `null`: what is wanted is not held, or another owner decides how much is. */
  heldUnits(tier: string, { wanted, held }: { wanted: number; held: number | null }): void {
    this.#heldUnits.set({ tier, of: "wanted" }, wanted);
    if (held === null) this.#heldUnits.remove({ tier, of: "held" });
    else this.#heldUnits.set({ tier, of: "held" }, held);
  }

  forecast({
    kind,
    model,
    elapsedMs,
    correction,
  }: {
    kind: string;
    model: string;
    elapsedMs?: number;
    correction?: number;
  }): void {
    this.#forecasts.inc({ model, outcome: kind });
    if (elapsedMs !== undefined) this.#forecastSeconds.set({ model }, elapsedMs / 1_000);
    if (correction !== undefined) this.#forecastCorrection.set({ model }, correction);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
