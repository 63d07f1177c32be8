import { policyMarks } from "../charts/theme.ts";
import type { ComparedRun } from "../compared-run.ts";
import { type Html, html, trusted } from "./html.ts";

/** A policy's name, after the mark it has in the charts. */
export function policyName(run: ComparedRun, runs: readonly ComparedRun[]): Html {
  const tag = run.reference ? html` <span class="tag">reference</span>` : null;
  return html`<span class="policy">${swatch(run, runs)}<span>${run.label}${tag}</span></span>`;
}

/** Which mark is which policy. */
export function policyKey(runs: readonly ComparedRun[]): Html {
  return html`<ul class="key">${runs.map((run) => html`<li>${policyName(run, runs)}</li>`)}</ul>`;
}

function swatch(run: ComparedRun, runs: readonly ComparedRun[]): Html {
  const mark = policyMarks(runs)[runs.indexOf(run)];
  if (mark === undefined) return html``;
  return trusted(
    `<svg class="swatch" viewBox="0 0 30 12" width="30" height="12" aria-hidden="true"><path d="M0 6H30" stroke="${mark.color}" ` +
      `stroke-width="2" stroke-dasharray="${mark.dash.join(" ")}"/><path d="${mark.shape}" transform="translate(15 6) scale(4.6)" ` +
      `fill="${mark.color}" stroke="var(--paper)" stroke-width=".25"/></svg>`,
  );
}
