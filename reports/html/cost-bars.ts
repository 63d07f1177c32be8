import { type ComparedRun, metric } from "../compared-run.ts";
import { money } from "../format.ts";
import { type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";

/** Cost by policy at a glance, lowest first, as bars of its two parts; `null` where no run has both. */
export function costBars(runs: readonly ComparedRun[]): Html | null {
  const bars = runs.flatMap((run) => {
    const [waste, violations] = [metric(run, "waste_cost"), metric(run, "violation_cost")];
    return waste === null || violations === null ? [] : [{ run, waste, violations, total: waste + violations }];
  });
  const longest = Math.max(...bars.map(({ total }) => total));
  if (bars.length === 0 || longest <= 0) return null;
  const width = (amount: number) => html`style="width: ${((amount / longest) * 100).toFixed(3)}%"`;
  const { currency } = (runs[0] as ComparedRun).prices;
  return html`<div class="bars"><h3>Cost by policy</h3>
    <ul>${bars
      .sort((a, b) => a.total - b.total)
      .map(
        ({ run, waste, violations, total }) => html`<li${run.reference ? html` class="reference"` : null}>
      <span class="bar-name">${policyName(run, runs)}</span><span class="bar-total">${money(total, currency)}</span>
      <span class="bar" aria-hidden="true"><span class="waste" ${width(waste)}></span><span class="violations" ${width(violations)}></span></span></li>`,
      )}</ul>
    <p class="note"><span class="part waste"></span>wasted capacity <span class="part violations"></span>SLA violations</p></div>`;
}
