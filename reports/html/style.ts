/**
 * The page's style. Colours are custom properties, for light, dark and print; the charts use the same ones. Policies and
 * capacity parts are told apart without colour too: by mark, dash and label, by order in the stack and in the key. The twelve
 * hues were searched for: the nearest two are more than 20 ΔE (CIE 1976) apart in normal, protan, deutan and tritan vision.
 */
const LIGHT = `
  --paper: #fdfdfb; --raised: #f5f5f1; --ink: #1b1f23; --muted: #5a636b; --rule: #dcdcd5; --axis: #a9aca8; --grid: #e9e9e3;
  --shade: #0002; --accent: #0a5c9e; --mark: #b4470f; --waste: #5b8fb9; --violation: #b4470f; --violation-pale: #f3cdb6;
  --policy-0: #2f90e1; --policy-1: #904317; --policy-2: #015846; --policy-3: #b78e17; --policy-4: #3d1862; --policy-5: #e96799;
  --part-used: #01396f; --part-slack: #91c6f7; --part-starting: #b54508; --part-idle: #f5ca5a; --part-shadow: #95709e;
  --part-headroom: #488d5d; --part-free: #e5e2db;`;
const DARK = `
  --paper: #15181b; --raised: #1d2125; --ink: #e4e3de; --muted: #9ba4ac; --rule: #31373d; --axis: #5d656d; --grid: #262b30;
  --shade: #0009; --accent: #79b8ee; --mark: #f0965f; --waste: #5b8fb9; --violation: #f0965f; --violation-pale: #6b3a1c;
  --policy-0: #2f8ade; --policy-1: #d8553f; --policy-2: #97f6ba; --policy-3: #ffca59; --policy-4: #dac7ff; --policy-5: #b05c7d;
  --part-used: #56b9e4; --part-slack: #0c5b9d; --part-starting: #bb6632; --part-idle: #e3b04c; --part-shadow: #a37ea2;
  --part-headroom: #88b783; --part-free: #313335;`;

export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
@media print { :root { color-scheme: light; ${LIGHT} --paper: #fff; --raised: #fff; } }

*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3.5rem) 4rem; max-width: 1500px; background: var(--paper); color: var(--ink);
  font: 15px/1.55 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, dl, dd, figure, fieldset { margin: 0; padding: 0; border: 0; }
ul { list-style: none; }
h1 .tag { font-size: .45em; vertical-align: .4em; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
h2 { font-size: .8rem; font-weight: 650; letter-spacing: .08em; text-transform: uppercase; color: var(--muted); }
h3 { font-size: 1rem; font-weight: 650; }
h4 { font-size: .9rem; font-weight: 600; }
small { font-size: .85em; color: var(--muted); font-weight: 400; }
code, pre { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.eyebrow { color: var(--muted); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; font-weight: 650; }
.summary, .note { color: var(--muted); }
.note { font-size: .85rem; margin-top: .6rem; max-width: 90ch; }
.tag {
  display: inline-block; border: 1px solid currentColor; border-radius: 3px; padding: 0 .35em; font-size: .82em; line-height: 1.45;
  font-weight: 500; letter-spacing: 0; color: var(--muted); vertical-align: .12em; white-space: nowrap;
}
section { margin-top: 2.25rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
section > h2 { margin-bottom: 1rem; }

.headline { font-size: 1.45rem; line-height: 1.35; letter-spacing: -.01em; max-width: 44em; text-wrap: pretty; }
.name { font-weight: 650; }
.verdict { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.5rem clamp(2rem, 6vw, 6rem); }
@media (min-width: 1000px) { .verdict { grid-template-columns: minmax(0, 1.7fr) minmax(300px, 1fr); } }
.bars ul { margin-top: .5rem; }
.bars li { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; font-size: .88rem; padding: .35rem 0; }
.bar { grid-column: 1 / -1; display: flex; height: .6rem; background: var(--raised); }
.waste { background: var(--waste); }
.violations { background: repeating-linear-gradient(135deg, var(--violation) 0 2px, transparent 2px 4px) var(--violation-pale); }
.bar, .part { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.cut { mask: linear-gradient(100deg, #000 88%, transparent 88% 90%, #000 90%); }
.bars .reference { color: var(--muted); }
.bars .reference .bar > span { opacity: .55; }
.bars .note .part + .part, .bars .note .violations { margin-left: .8rem; }
.findings, .caveats { max-width: 78ch; }
.findings { margin-top: 1rem; }
.findings li { margin-top: .4rem; }
.caveats { margin-top: 1.1rem; padding-left: .9rem; border-left: 3px solid var(--rule); color: var(--muted); font-size: .9rem; }

.wide {
  position: relative; overflow-x: auto; max-width: 100%;
  background: linear-gradient(90deg, transparent, var(--paper) 70%) 100% 0 / 3rem 100% no-repeat local,
    linear-gradient(90deg, transparent, var(--shade)) 100% 0 / 1rem 100% no-repeat scroll;
}
.wide:focus-visible, button:focus-visible, select:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .82rem; line-height: 1.35; overflow-wrap: normal; }
th { text-align: left; font-weight: 600; }
td, th { padding: .38rem .6rem; vertical-align: baseline; }
td { white-space: nowrap; }
td.number, th.number { text-align: right; }
td:first-child, th:first-child { padding-left: 0; }
thead th { color: var(--muted); font-weight: 500; white-space: nowrap; vertical-align: bottom; border-bottom: 1px solid var(--axis); }
tbody tr { border-bottom: 1px solid var(--rule); }

.scoreboard { text-align: right; min-width: 100%; }
.scoreboard thead th, .scoreboard td { text-align: right; }
.scoreboard .groups th { text-align: left; border: 0; color: var(--ink); font-size: .95em; padding-bottom: 0; border-left: 1px solid var(--rule); }
.scoreboard .first { border-left: 1px solid var(--rule); }
.scoreboard th:first-child, .scoreboard .groups td {
  position: sticky; left: 0; z-index: 1; background: var(--paper); text-align: left; min-width: 11rem; border-left: 0; box-shadow: 1px 0 var(--rule);
}
.scoreboard .words { text-align: left; white-space: normal; }
.scoreboard tbody th { font-weight: 500; }
.scoreboard .reference { color: var(--muted); }
.scoreboard thead th { vertical-align: top; }
.scoreboard button { all: unset; cursor: pointer; color: var(--muted); position: relative; border-radius: 2px; }
.scoreboard thead small { display: block; min-height: 1.35em; }
.scoreboard button::before { content: "↕"; position: absolute; right: 100%; padding-right: .2em; opacity: 0; font-size: .85em; }
.scoreboard button[data-sort="text"]::before { right: auto; left: 100%; padding: 0 0 0 .3em; }
.scoreboard th button:hover::before, .scoreboard th button:focus-visible::before { opacity: .6; }
.scoreboard th[aria-sort="ascending"] button::before { content: "↑"; opacity: 1; }
.scoreboard th[aria-sort="descending"] button::before { content: "↓"; opacity: 1; }
.scoreboard th:is([aria-sort="ascending"], [aria-sort="descending"]) button { color: var(--ink); font-weight: 650; }
.best { font-weight: 700; }
.star { color: var(--mark); font-size: .7em; margin-right: .35em; vertical-align: .1em; }

.policy { display: inline-flex; gap: .5rem; align-items: baseline; }
.swatch { flex: none; align-self: center; width: 30px; height: 12px; }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.3rem; font-size: .82rem; margin: .5rem 0; }
.digest { font-size: 11px; }
.runs { margin-top: 1.5rem; }
.interval { display: block; font-size: .78em; line-height: 1.3; white-space: nowrap; }
.part { display: inline-block; width: .85rem; height: .85rem; border-radius: 2px; margin-right: .4rem; vertical-align: -.1rem; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 2.25rem clamp(1.5rem, 4vw, 3.5rem); }
.figures > * { min-width: 0; }
.figures > :not(.full) { display: grid; grid-template-rows: subgrid; grid-row: span 3; gap: 0; }
.figures > :not(.full) > * { min-width: 0; align-self: start; }
.full { grid-column: 1 / -1; }
figcaption p { color: var(--muted); font-size: .88rem; max-width: 80ch; }
.chart { width: 100%; min-height: 120px; margin-top: .5rem; }
.chart svg { display: block; max-width: 100%; height: auto; }
.chart .mark-text.role-mark text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.multiples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 1.2rem clamp(1.5rem, 4vw, 3.5rem); margin-top: 1rem; }
.multiple { min-width: 0; }
.readout { font-size: .78rem; color: var(--muted); min-height: 1.5em; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; }
.select, .check, .choice { font-size: .85rem; color: var(--muted); margin-top: .5rem; }
.select { display: inline-flex; gap: .5rem; align-items: center; }
select { font: inherit; color: var(--ink); background: var(--raised); border: 1px solid var(--axis); border-radius: 4px; padding: .2rem .4rem; max-width: 100%; }
.choice { display: flex; flex-wrap: wrap; gap: .25rem; align-items: center; margin: 0 0 .8rem; }
.choice legend { float: left; margin-right: .5rem; padding: 0; }
.choice input { position: absolute; opacity: 0; pointer-events: none; }
.choice label span { display: inline-block; padding: .12rem .6rem; border: 1px solid var(--rule); border-radius: 4px; cursor: pointer; color: var(--ink); }
.choice input:checked + span { background: var(--ink); border-color: var(--ink); color: var(--paper); }
.choice input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; }
details { margin-top: .6rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--muted); font-size: .85rem; width: fit-content; }
details .wide { margin-top: .5rem; }
details h4 { margin: 1rem 0 .3rem; }
#explained h3 { margin-top: 1.25rem; }
.explained > summary { color: var(--ink); font-size: .9rem; width: auto; }
.explained[open] { border-left: 2px solid var(--rule); padding-left: 1rem; }
.explained li { padding: .15rem 0; max-width: 110ch; }
.explained time { font-variant-numeric: tabular-nums; color: var(--muted); white-space: nowrap; margin-right: .5em; }

.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 1.5rem 3rem; }
.columns > * { min-width: 0; }
.columns h3:not(:first-child) { margin-top: 1rem; }
.columns ul { list-style: disc; padding-left: 1.1em; }
.columns li { margin-top: .25rem; }
.columns li::marker { color: var(--axis); }
dl { font-size: .88rem; }
dl div { display: grid; grid-template-columns: 11rem 1fr; gap: .2rem 1rem; padding: .25rem 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--muted); }
pre { white-space: pre-wrap; background: var(--raised); border: 1px solid var(--rule); border-radius: 4px; padding: .7rem .9rem; margin: .4rem 0; }
.command { display: flex; gap: .75rem; align-items: flex-start; }
.command pre { flex: 1; margin: 0; min-width: 0; }
#copy { font: inherit; font-size: .85rem; color: var(--ink); background: var(--raised); border: 1px solid var(--axis); border-radius: 4px; padding: .45rem .9rem; cursor: pointer; }

@media (max-width: 560px) {
  dl div { grid-template-columns: 1fr; gap: 0; }
  .headline { font-size: 1.2rem; }
  .command { flex-direction: column; }
  .scoreboard th:first-child { min-width: 8.5rem; max-width: 9.5rem; white-space: normal; }
  .scoreboard .swatch { display: none; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .wide { overflow: visible; }
  table { font-size: 7pt; }
  .scoreboard { font-size: 6pt; }
  .scoreboard td, .scoreboard th, .scoreboard th:first-child { padding: 2pt 2.5pt; position: static; min-width: 0; white-space: normal; box-shadow: none; }
  .scoreboard td { white-space: nowrap; }
  .scoreboard .swatch, button::before, .extra { display: none; }
  .digest, .wide code { font-size: 6pt; }
  .interval { font-size: 4.6pt; }
  .choice, .select, .check, #copy, summary { display: none; }
  figure, .multiple, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
