import { RESOURCE_NAMES, type ResourceName, type Resources } from "../../allocator/core/resources.ts";
import type { ComparedRun } from "../compared-run.ts";
import type { Explained, ExplainedRun } from "../explained.ts";
import { count } from "../format.ts";
import { type Html, html } from "./html.ts";
import { policyName } from "./policy-key.ts";
import { numbers, table, words } from "./table.ts";

/** What `prae why` says of chosen users and times of each run; `null`: nothing was asked for. */
export function explainedSection(runs: readonly ComparedRun[], explained: readonly ExplainedRun[]): Html | null {
  const shown = explained.filter((one) => one.explained.length > 0);
  if (shown.length === 0) return null;
  return html`<section id="explained" aria-labelledby="explained-title"><h2 id="explained-title">Why</h2>
  <p class="note">What stood for a user at an instant: what was decided last and because of what, what was not, and what would have been
    otherwise. <code>prae why RUN --user NAME --at TIME</code> says the same of any other.</p>
  ${shown.map(({ run, explained: found }) => {
    const of = runs.find(({ id }) => id === run) as ComparedRun;
    return html`<h3>${policyName(of, runs)}</h3>${found.map(explanation)}`;
  })}</section>`;
}

function explanation({ title, user, tier, at, now, waiting, instances, decided, notDecided, otherwise }: Explained): Html {
  return html`<details class="explained"><summary><b class="name">${user}</b> (${tier}) at ${at}: ${title}</summary>
    ${
      waiting.length === 0
        ? null
        : list(
            "Waits",
            waiting.map(({ what, why }) => html`<b>${what}</b>: ${why}`),
          )
    }
    ${amounts(now)}
    ${
      instances.length === 0
        ? null
        : list(
            "Instances",
            instances.map((text) => html`${text}`),
          )
    }
    ${list(
      "Decided, the latest of each kind",
      decided.map(({ at: then, text }) => html`<time>${then}</time> ${text}`),
      "Nothing, so far.",
    )}
    ${list(
      "Not decided",
      notDecided.map(({ slot, text }) => html`<b>${slot}</b>: ${text}`),
    )}
    ${
      otherwise.length === 0
        ? null
        : list(
            "What the reserve slot would want otherwise",
            otherwise.map((text) => html`${text}`),
          )
    }</details>`;
}

function list(title: string, lines: readonly Html[], none = ""): Html {
  return html`<h4>${title}</h4>${lines.length === 0 ? html`<p>${none}</p>` : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`}`;
}

const HEADS: Readonly<Record<ResourceName, string>> = {
  cpuMillis: "CPU, millicores",
  memoryMiB: "Memory, MiB",
  gpuMillis: "GPU, thousandths",
  networkKbps: "Network, kbit/s",
};

/** Only what there is any of. */
function amounts(now: Explained["now"]): Html {
  const rows: (readonly [string, Resources])[] = [
    ["Demanded", now.demanded],
    ["Held", now.held],
    ["Reserved", now.reserved],
    ["Last measured use", now.used],
  ];
  const names = RESOURCE_NAMES.filter((name) => rows.some(([, amount]) => amount[name] > 0));
  const heads = [words(""), ...names.map((name) => numbers(HEADS[name]))];
  return table(
    "What the user has, scrolls sideways",
    heads,
    rows.map(([label, amount]) => [label, ...names.map((name) => count(amount[name]))]),
  );
}
