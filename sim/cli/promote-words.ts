import { SHORT_DIGITS } from "../../allocator/promotion/keys.ts";
import type { Gate, GateResult, Promotion } from "../../allocator/promotion/promotion.ts";
import type { Opened } from "../../allocator/promotion/signed-document.ts";
import { counted, duration, share, significant } from "../../reports/format.ts";
import { say, sayTable } from "./output.ts";
import type { Kept } from "./promotion-gate.ts";

/** What came of the gate, in words: the verdict, then every gate on every trace. */
export function sayOutcome(promotion: Promotion, kept: Kept | null): void {
  const { policy, incumbent, evidence } = promotion;
  const results = evidence.flatMap((one) => one.results);
  const failed = results.filter(({ passed }) => !passed);
  const vetoes = failed.filter(({ stage }) => stage === "sla");
  const which = `“${policy.text}” against “${incumbent.text}”`;
  if (kept !== null) say(`Promoted: ${which} passes ${counted(results.length, "gate", "gates")}.`);
  else {
    const veto = vetoes.length === 0 ? "" : `, ${vetoes.length} of them of service levels, which nothing makes up for`;
    say(`Refused: ${which} fails ${failed.length} of ${counted(results.length, "gate", "gates")}${veto}.`);
  }
  sayEvidence(promotion);
  if (kept === null) say("\nNothing was written.");
  else say(`\n${kept.id}\nis entry ${kept.sequence} of the history, and in force: ${kept.path}`);
}

/** A promotion with everything that it says. */
export function sayPromotion({ id, signedBy, body }: Opened<Promotion>): void {
  const { policy, incumbent, models, evidence, code, made } = body;
  say(`${id}\n`);
  sayTable([
    ["policy", `${policy.text} (${policy.digest.slice(0, SHORT_DIGITS)})`],
    ["against", `${incumbent.text} (${incumbent.digest.slice(0, SHORT_DIGITS)})`],
    ...models.map(({ target, kind, digest }) => ["model", `of ${target}: ${kind} (${digest.slice(0, SHORT_DIGITS)})`]),
    ...evidence.map(({ trace, cluster, seed }) => [
      "measured on",
      `${trace.name} (${trace.digest.slice(0, SHORT_DIGITS)}), ${cluster.description}, seed ${seed}`,
    ]),
    ["code", code],
    ["made", `${made.at} by ${made.by}${made.note === null ? "" : `: ${made.note}`}`],
    ["signed by", signedBy],
  ]);
  say(`\n${JSON.stringify(policy.document, null, 1)}`);
  sayEvidence(body);
}

/** Every gate on every trace, with what was measured. */
function sayEvidence({ evidence }: Promotion): void {
  for (const { trace, window, method, results } of evidence) {
    const { level, replicates, blocks, units } = method;
    const drawn = `${counted(units, "unit", "units")} of users × ${counted(blocks, "block", "blocks")} of time`;
    say(`\n${trace.name}${trace.synthetic ? " (synthetic)" : ""}, ${duration(window.toMs - window.fromMs)} held out`);
    say(`Intervals of ${share(level)} each, ${replicates} draws of ${drawn}\n`);
    sayTable([
      ["", "GATE", "CANDIDATE", "INCUMBENT", "CHANGE", "INTERVAL OF THE DIFFERENCE"],
      ...results.map((result) => [
        result.passed ? "pass" : "FAIL",
        `${result.stage}: ${gateText(result)}`,
        amount(result.candidate),
        amount(result.incumbent),
        changeText(result),
        intervalText(result),
      ]),
    ]);
    for (const { stage, metric, tier, reason } of results.filter(({ passed }) => !passed)) {
      say(`  ${stage}: ${metric}${tier === null ? "" : ` of ${tier}`}: ${reason}`);
    }
  }
}

export function gateText({ metric, tier, noWorseBy, betterBy, slack }: Gate): string {
  const scope = tier === null ? "" : ` of ${tier}`;
  if (noWorseBy === null) return `${metric}${scope} lower${betterBy === 0 ? "" : ` by ${share(betterBy as number)}`}`;
  return `${metric}${scope} at most ${share(noWorseBy)}${slack === 0 ? "" : ` and ${significant(slack)}`} higher`;
}

function changeText({ candidate, incumbent }: GateResult): string {
  if (candidate === null || incumbent === null || incumbent === 0) return "–";
  const change = (candidate - incumbent) / incumbent;
  return `${change > 0 ? "+" : ""}${share(change)}`;
}

function intervalText({ interval }: GateResult): string {
  return interval === null ? "none" : `${significant(interval[0])} to ${significant(interval[1])}`;
}

function amount(value: number | null): string {
  return value === null ? "–" : significant(value);
}
