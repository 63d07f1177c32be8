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

/** The drawings that `policyName` refers to; once a page. */
export function policyDrawings(runs: readonly { readonly reference: boolean }[]): Html {
  const drawings = policyMarks(runs).map(
    ({ color, dash, shape }, index) =>
      `<g id="mark-${index}" fill="none"><path d="M0 6H30" stroke="${color}" stroke-width="2" stroke-dasharray="${dash.join(" ")}"/>` +
      `<path d="${shape}" transform="translate(15 6) scale(4.6)" fill="${color}" stroke="var(--paper)" stroke-width=".25"/></g>`,
  );
  return trusted(`<svg class="hidden" aria-hidden="true"><defs>${drawings.join("")}</defs></svg>`);
}

function swatch(run: ComparedRun, runs: readonly ComparedRun[]): Html {
  return html`<svg class="swatch" viewBox="0 0 30 12" aria-hidden="true"><use href="#mark-${runs.indexOf(run)}"/></svg>`;
}
