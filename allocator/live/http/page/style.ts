const LIGHT = `
  --paper: #fdfdfb; --raised: #f5f5f1; --ink: #1b1f23; --muted: #5a636b; --rule: #dcdcd5; --axis: #8d928f; --accent: #0a5c9e;
  --used: #01396f; --held: #91c6f7; --reserved: #b4470f; --free: #e5e2db; --forecast: #488d5d; --bad: #a33a08; --good: #1f6b3a;`;
const DARK = `
  --paper: #15181b; --raised: #1d2125; --ink: #e4e3de; --muted: #9ba4ac; --rule: #31373d; --axis: #737b83; --accent: #79b8ee;
  --used: #56b9e4; --held: #0c5b9d; --reserved: #f0965f; --free: #313335; --forecast: #88b783; --bad: #f0965f; --good: #88b783;`;

/** The live page's style: the reports' colours, light and dark, from a phone's width on. */
export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 1400px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, ol, dl, dd, form, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 1.6rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
h2 { font-size: .8rem; font-weight: 650; letter-spacing: .08em; text-transform: uppercase; color: var(--muted); }
h3 { font-size: 1rem; font-weight: 650; }
.note { color: var(--muted); font-size: .85rem; }
.bad { color: var(--bad); }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; align-items: baseline; }
header p { color: var(--muted); }
#status::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .45em; background: var(--axis); }
#status[data-state="live"]::before { background: var(--good); }
#status[data-state="away"]::before { background: transparent; border: 2px solid var(--bad); }
#leave { margin-left: auto; }
section { margin-top: 1.75rem; padding-top: .75rem; border-top: 1px solid var(--rule); min-width: 0; }
section > h2 { margin-bottom: .75rem; }
.heading { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; margin-bottom: .5rem; }

input, button { font: inherit; color: inherit; }
input { width: 100%; min-width: 0; background: var(--raised); border: 1px solid var(--axis); border-radius: 4px; padding: .4rem .6rem; }
button { background: var(--raised); border: 1px solid var(--axis); border-radius: 4px; padding: .4rem .9rem; cursor: pointer; white-space: nowrap; }
button.small { font-size: .85rem; padding: .15rem .6rem; }
button.name { all: unset; cursor: pointer; color: var(--accent); font-weight: 600; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; }
button.ask { all: unset; cursor: pointer; color: var(--accent); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; margin-left: .6em; }
:is(#user-found, #why-answer):focus { outline: none; }
:is(input, button, button.name, button.ask):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.row { display: flex; gap: .5rem; max-width: 34rem; margin-top: .35rem; }
label { font-weight: 600; }
#enter { max-width: 34rem; margin-top: 3rem; }
#enter p { margin-top: .6rem; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: .75rem 1.25rem; }
.facts div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.facts dt { color: var(--muted); font-size: .85rem; line-height: 1.3; }
.facts dd { font-size: 1.5rem; font-weight: 600; line-height: 1.2; letter-spacing: -.01em; }
.stale :is(.facts, .cards, #candidate) { opacity: .55; }

.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .82rem; color: var(--muted); }
.key svg { width: 1.6rem; height: .75rem; margin-right: .4rem; vertical-align: -.05rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 1.5rem clamp(1.5rem, 3vw, 2.5rem); margin-top: 1rem; }
.cards > * { min-width: 0; }
.cards dl { display: grid; grid-template-columns: repeat(4, auto); justify-content: space-between; gap: 0 .75rem; font-size: .85rem; margin: .3rem 0 .5rem; }
.cards dl div { min-width: 0; }
.cards dt { color: var(--muted); }
.cards dd { font-weight: 600; }
.cards svg { display: block; width: 100%; }
.bar { height: 1.1rem; }
.history { height: 5rem; margin-top: .6rem; border-bottom: 1px solid var(--axis); overflow: visible; }
.axis { display: flex; justify-content: space-between; font-size: .75rem; color: var(--muted); margin-top: .15rem; }
.axis.future > :nth-child(2) { margin: 0 auto 0 calc(60% - 5.5rem); }
.fill-free { fill: var(--free); } .fill-held { fill: var(--held); } .fill-used { fill: var(--used); } .fill-reserved { fill: var(--reserved); }
.line { fill: none; stroke-width: 1.75; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.line-used { stroke: var(--used); } .line-capacity { stroke: var(--axis); stroke-dasharray: 5 4; }
.line-reserved { stroke: var(--reserved); stroke-dasharray: 2 3; }
.line-forecast { stroke: var(--forecast); } .line-now { stroke: var(--rule); }
.area-forecast { fill: var(--forecast); opacity: .35; }
.area-held { fill: var(--held); opacity: .75; }

#predicted { margin-top: .75rem; overflow-x: auto; }
#predicted table { width: 100%; border-collapse: collapse; font-size: .9rem; margin-top: .35rem; }
#predicted :is(th, td) { overflow-wrap: normal; text-align: left; font-weight: 400; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--rule); }
#predicted thead th { color: var(--muted); font-size: .82rem; }
#predicted .drawn { width: 30%; min-width: 8rem; }
#predicted .drawn svg { display: block; width: 100%; height: 1rem; }
#predicted [data-verdict="worse"] .verdict { color: var(--bad); font-weight: 600; }
.mark-others { stroke: var(--muted); stroke-width: 1; vector-effect: non-scaling-stroke; }
#observed-since { margin-top: .6rem; }

.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 3rem; }
@media (min-width: 1000px) { .columns { grid-template-columns: minmax(0, 2fr) minmax(280px, 1fr); } }
.decisions li { display: grid; grid-template-columns: 5.2rem 1fr; gap: 0 .75rem; padding: .4rem 0; border-bottom: 1px solid var(--rule); font-size: .9rem; line-height: 1.4; }
.decisions time { color: var(--muted); }
.decisions .why { grid-column: 2; color: var(--muted); font-size: .85rem; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 3px; padding: 0 .35em; font-size: .82em; line-height: 1.45; margin-left: .4em; white-space: nowrap; }
.tag.guardrail { color: var(--bad); }
#counted { margin-bottom: .6rem; }
.counts { margin-top: .35rem; }
.counts li { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; font-size: .88rem; padding: .3rem 0; }
.counts svg { grid-column: 1 / -1; width: 100%; height: .4rem; display: block; }
.counts + h3, #user-found > * + h3, #why { margin-top: 1rem; }
#user-found { margin-top: .75rem; }
#user-found dl div { display: grid; grid-template-columns: 6rem 1fr; gap: .5rem; padding: .2rem 0; font-size: .9rem; border-bottom: 1px solid var(--rule); }
#why h4 { margin: .9rem 0 .2rem; font-size: .9rem; font-weight: 650; }
#why dl { margin-top: .5rem; }
.actions { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: baseline; margin-top: .4rem; }
#why-answer time { color: var(--muted); }
#why-answer .asked { border-left: 3px solid var(--accent); padding-left: .5rem; }
#user-found figure { margin-top: .4rem; } #user-found .history { height: 3.5rem; margin-top: .2rem; display: block; width: 100%; }
#user-found dt { color: var(--muted); }
#user-found li { font-size: .9rem; padding: .25rem 0; border-bottom: 1px solid var(--rule); }
@media (max-width: 560px) {
  .cards dl { grid-template-columns: repeat(2, 1fr); row-gap: .25rem; }
  .decisions li { grid-template-columns: 1fr; }
  .decisions .why { grid-column: 1; }
  #leave { margin-left: 0; }
  #predicted .drawn { display: none; }
}
`;
