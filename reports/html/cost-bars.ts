import { type ComparedRun, metric } from "../compared-run.ts";
import { money } from "../format.ts";
import { type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";

/** A bar more than this many times the median is cut: the others would not show. */
const LONGEST = 8;

/** Cost by policy at a glance, lowest first, as bars of its two parts; `null` where no run has both. */
export function costBars(runs: readonly ComparedRun[]): Html | null {
  const bars = runs
    .flatMap((run) => {
      const [waste, violations] = [metric(run, "waste_cost"), metric(run, "violation_cost")];
      return waste === null || violations === null ? [] : [{ run, waste, violations, total: waste + violations }];
    })
    .sort((a, b) => a.total - b.total);
  const median = bars[Math.floor(bars.length / 2)]?.total ?? 0;
  const longest = Math.max(0, ...bars.map(({ total }) => total).filter((total) => total <= LONGEST * median));
  if (longest === 0) return null;
  const { currency } = (runs[0] as ComparedRun).prices;
  const isCut = (total: number) => total > longest;
  const part = (name: string, amount: number, total: number) => {
    const percent = (amount / (isCut(total) ? total : longest)) * 100;
    return html`<span class="${name}" style="width: ${percent.toFixed(3)}%"></span>`;
  };
  const cut = bars.some(({ total }) => isCut(total)) ? " A bar with a gap is cut: it would be longer." : null;
  return html`<div class="bars"><h3>Cost by policy</h3>
    <ul>${bars.map(
      ({ run, waste, violations, total }) => html`<li${run.reference ? html` class="reference"` : null}>
      <span>${policyName(run, runs)}</span><span>${money(total, currency)}</span>
      <span class="bar${isCut(total) ? " cut" : ""}" aria-hidden="true">${part("waste", waste, total)}${part("violations", violations, total)}</span></li>`,
    )}</ul>
    <p class="note"><span class="part waste"></span>wasted capacity <span class="part violations"></span>SLA violations.${cut}</p></div>`;
}
