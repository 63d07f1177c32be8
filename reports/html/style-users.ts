/** The style of the users' section. The shades of the heat map are one hue from pale to strong, so that lightness alone tells them apart. */
const LIGHT = `
  --heat-0: #dceaf5; --heat-1: #b3d3ea; --heat-2: #7fb3d9; --heat-3: #4a8bbd; --heat-4: #1f5f94; --heat-5: #08305c; --unused: #c3c9cc;`;
const DARK = `
  --heat-0: #173149; --heat-1: #1d4a70; --heat-2: #2a6a9b; --heat-3: #4990c4; --heat-4: #86bfe4; --heat-5: #d3ecfb; --unused: #4a5258;`;

export const USERS_STYLE = `
:root { ${LIGHT} --row: 15px; --side: 12rem; }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
@media print { :root { ${LIGHT} } }

#users .controls { margin-bottom: .8rem; }
#users figure + figure { margin-top: 2rem; }
input[type="search"] { font: inherit; color: var(--ink); background: var(--raised); border: 1px solid var(--axis); border-radius: 4px; padding: .2rem .4rem; width: 15rem; max-width: 100%; }
input:focus-visible, #heat-users:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.by-user { display: grid; grid-template-columns: var(--side) minmax(0, 1fr); gap: 0 .6rem; margin-top: .8rem; }
.side { font-size: .78rem; line-height: 1.3; color: var(--muted); }
.side b { color: var(--ink); font-weight: 600; }
.brush { cursor: crosshair; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
#fleet { position: relative; }
#fleet svg { display: block; width: 100%; height: 64px; background: var(--raised); }
.shade { position: absolute; top: 0; height: 64px; background: #8883; border: solid var(--ink); border-width: 0 1px; pointer-events: none; }
.ranges { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; align-items: center; font-size: .82rem; color: var(--muted); }
.ranges label { display: inline-flex; gap: .4rem; align-items: center; }
.ranges input { accent-color: var(--accent); width: 9rem; }
#users button { font: inherit; font-size: .82rem; color: var(--ink); background: var(--raised); border: 1px solid var(--axis); border-radius: 4px; padding: .1rem .5rem; cursor: pointer; }
#users button:disabled { color: var(--muted); cursor: default; opacity: .6; }
#users button.link { background: none; border: 0; padding: 0; color: var(--accent); text-decoration: underline; }
#heat-users { font-size: 11px; line-height: var(--row); }
#heat-users li { height: var(--row); padding-left: .3rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; cursor: pointer; border-left: 3px solid transparent; }
#heat-users li.pointed { background: var(--raised); }
#heat-users li[aria-selected="true"] { border-color: var(--accent); background: var(--raised); font-weight: 650; }
#heat-cells svg { display: block; width: 100%; shape-rendering: crispEdges; cursor: pointer; background: linear-gradient(var(--grid) 1px, transparent 1px) 0 0 / 100% calc(5 * var(--row)); }
#heat-cells path, .strip path, #fleet path { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.time-axis { position: relative; height: 1.4em; font-size: 11px; color: var(--muted); border-top: 1px solid var(--axis); }
.time-axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.time-axis span::before { content: ""; position: absolute; left: 50%; top: -1px; height: 4px; border-left: 1px solid var(--axis); }
.time-axis .end { transform: translateX(-100%); }
.time-axis .end::before { left: auto; right: 0; }
.strip { position: relative; margin-top: .35rem; }
.strip p { font-size: .76rem; color: var(--muted); line-height: 1.4; }
.strip .top { position: absolute; top: 0; right: 0; font-size: .72rem; color: var(--muted); line-height: 1.5; }
.plot { border-top: 1px dotted var(--rule); border-bottom: 1px solid var(--rule); }
.plot svg { display: block; width: 100%; height: 100%; }
#user-table-box { margin-top: 1rem; }
#users thead th { white-space: normal; }
#user-policies { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
@media (max-width: 560px) {
  :root { --side: 6.5rem; }
  .ranges input { width: 6rem; }
}
@media print {
  .ranges, #users .controls, #users button, .side p { display: none; }
  #figure-user { break-inside: avoid; }
}
`;
