import { createHash } from "node:crypto";
import { API } from "./script/api.ts";
import { BASICS } from "./script/basics.ts";
import { DECISIONS } from "./script/decisions.ts";
import { FAN } from "./script/fan.ts";
import { FLEET } from "./script/fleet.ts";
import { SESSION } from "./script/session.ts";
import { STAGE } from "./script/stage.ts";
import { USER } from "./script/user.ts";
import { WHY } from "./script/why.ts";
import { STYLE } from "./style.ts";
import { WORDS } from "./words.ts";

/** Plain browser JavaScript in parts that share one scope, tested in a real browser (test/browser). */
const SCRIPT = `"use strict";
(() => {
  const WORDS = ${JSON.stringify(WORDS)};
${[BASICS, API, FAN, FLEET, STAGE, DECISIONS, WHY, USER, SESSION].join("\n")}
})();
`;

const swatch = (shapes: string): string => `<svg viewBox="0 0 32 15" aria-hidden="true">${shapes}</svg>`;
const KEY = [
  `${swatch('<rect class="fill-used" y="4" width="32" height="7"/>')}used`,
  `${swatch('<path class="line line-reserved" d="M0 8H32"/>')}reserved: guaranteed to users`,
  `${swatch('<rect class="fill-held" width="32" height="15"/>')}held: the larger of that and their instances`,
  `${swatch('<path class="line line-capacity" d="M0 8H32"/>')}capacity`,
];
const FORECAST_KEY = `${swatch('<rect class="area-forecast" width="32" height="15"/><path class="line line-forecast" d="M0 8H32"/>')}forecast`;

const STAGE_KEY = [
  `${swatch('<rect class="fill-held" y="1" width="32" height="13"/>')}predicted`,
  `${swatch('<rect class="fill-used" x="14" width="4" height="15"/>')}<span id="observed-key">observed of its users</span>`,
  `${swatch('<rect class="fill-free mark-others" x="14" y="3" width="4" height="9"/>')}<span id="others-key">of the others</span>`,
];

const BODY = `<body>
<header>
<h1>PRAE live</h1>
<p id="policy"></p>
<p id="status" role="status" data-state="none">starting</p>
<button id="leave" class="small" type="button" hidden>Forget the token</button>
</header>
<noscript><p>This page needs JavaScript. The same is at <code>v1/fleet</code> and <code>v1/decisions</code>, for programs.</p></noscript>
<main>
<section id="enter" hidden>
<h2>Token</h2>
<form id="give">
<label for="token">A token that may read</label>
<div class="row"><input id="token" type="password" autocomplete="off" spellcheck="false" required aria-describedby="kept refused"><button>Show the fleet</button></div>
</form>
<p id="refused" class="bad" role="alert"></p>
<p id="kept" class="note">It is kept in this tab alone, until that is closed. <code>prae tokens add FILE --name me --scopes read</code> makes one.</p>
</section>
<div id="fleet" hidden>
<p id="not-fleet" class="note" hidden></p>
<div id="now">
<section aria-labelledby="h-now"><h2 id="h-now">Now</h2><dl id="facts" class="facts"></dl></section>
<section id="candidate" aria-labelledby="h-candidate" hidden><h2 id="h-candidate">Candidate</h2>
<p id="candidate-stage"></p>
<p id="candidate-why" class="note"></p>
<div id="predicted">
<ul class="key">${STAGE_KEY.map((text) => `<li>${text}</li>`).join("")}</ul>
<table><thead><tr><th scope="col">metric</th><th scope="col">predicted</th><th scope="col">observed</th><th id="others-head" scope="col">of the others</th><th class="drawn"></th><th scope="col">verdict</th></tr></thead><tbody id="measures"></tbody></table>
</div>
<p id="observed-since" class="note"></p>
</section>
<section aria-labelledby="h-resources"><h2 id="h-resources">Resources</h2>
<ul class="key">${KEY.map((text) => `<li>${text}</li>`).join("")}<li id="key-forecast" hidden>${FORECAST_KEY}</li></ul>
<p id="forecast-note" class="note" hidden></p>
<p id="no-cards" class="note" hidden>No capacity yet, and nothing held.</p>
<div id="cards" class="cards"></div>
</section>
</div>
<div class="columns">
<section aria-labelledby="h-decisions">
<div class="heading"><h2 id="h-decisions">Last decisions</h2><button id="pause" class="small" type="button" aria-pressed="false">Pause</button></div>
<p id="no-decisions" class="note" hidden>None yet.</p>
<ol id="decisions" class="decisions"></ol>
</section>
<div>
<section aria-labelledby="h-user"><h2 id="h-user">One user</h2>
<form id="find">
<label for="user">Name of a user</label>
<div class="row"><input id="user" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="253"><button>Look up</button></div>
</form>
<p id="user-status" class="note" role="status"></p>
<div id="user-found" tabindex="-1"></div>
</section>
<section aria-labelledby="h-counts"><h2 id="h-counts">Decided how</h2>
<p id="counted" class="note"></p>
<h3>Rungs of the ladder of forecasts</h3><ul id="rungs" class="counts"></ul>
<h3>Guardrails</h3><ul id="guardrails" class="counts"></ul>
<h3>Kinds</h3><ul id="kinds" class="counts"></ul>
</section>
</div>
</div>
</div>
</main>
</body>`;

/** The page: one document, which asks for nothing but the API beside it. It holds no data and no token. */
export const LIVE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>PRAE live</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
${BODY.replace("</body>", `<script>${SCRIPT}</script>\n</body>`)}
</html>
`;

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only this script and this style, known by their digests, and only this server is asked; text never becomes markup. */
export const LIVE_PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${digest(SCRIPT)}`,
  `style-src ${digest(STYLE)}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
