import type { ForecastOrigin } from "../../sim/run-record.ts";
import type { ComparedRun } from "../compared-run.ts";
import { count, duration, NOT_APPLICABLE, significant } from "../format.ts";
import { type Fragment, type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";
import { numbers, table, words } from "./table.ts";

/** By which models' forecasts policies acted, and what those had seen; `null` where none did. */
export function forecastsSection(runs: readonly ComparedRun[]): Html | null {
  const rows = runs.flatMap((run) => (run.forecasts ?? []).map((origin) => ({ run, origin })));
  if (rows.length === 0) return null;
  return html`<h3>Forecasts</h3>
  <p class="note">None of these models is clairvoyant: each was fitted to, and chosen by, what came before the evaluation, or
    another trace. Every forecast is available only after the latency that it is charged.</p>
  ${table(
    "Forecasts, scrolls sideways",
    [
      ...["policy", "model", "trained on", "forecasts", "computed by"].map(words),
      ...["score on validation", "latency charged"].map(numbers),
      ...["features", "model digest", "forecast set"].map(words),
    ],
    rows.map(({ run, origin }) => row(policyName(run, runs), run, origin)),
  )}`;
}

function row(name: Fragment, run: ComparedRun, origin: ForecastOrigin): Fragment[] {
  const { trainedOn, everyMs, stepMs, steps, levelsPpm } = origin;
  const isOwn = trainedOn.digest === run.trace.digest;
  const seen = `${duration(trainedOn.trainEndMs - trainedOn.fromMs)}, chosen by the ${duration(trainedOn.validationEndMs - trainedOn.trainEndMs)} after`;
  const levels = levelsPpm.map((level) => `p${significant(level / 10_000)}`).join(", ");
  const scores = Object.entries(origin.metrics).flatMap(([metric, value]) =>
    value === null ? [] : [`${metric} ${significant(value)}`],
  );
  return [
    name,
    origin.model === origin.kind ? origin.kind : html`${origin.kind} <small>${origin.model}</small>`,
    isOwn ? seen : html`${seen} of ${trainedOn.trace}`,
    html`${origin.target}, ${count(steps)} steps of ${duration(stepMs)} every ${duration(everyMs)}<small class="interval">${levels}</small>`,
    origin.backend ?? "plain code",
    scores.length === 0 ? NOT_APPLICABLE : scores.join(", "),
    duration(origin.latencyMs),
    origin.features.length === 0 ? NOT_APPLICABLE : origin.features.join(", "),
    html`<code class="digest">${origin.modelDigest.slice(0, 12)}</code>`,
    html`<code class="digest">${origin.set.slice(0, 12)}</code>`,
  ];
}
