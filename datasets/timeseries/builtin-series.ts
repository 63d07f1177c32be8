import { PUBLIC_TRACES } from "../catalogue.ts";

const SERVEGEN = PUBLIC_TRACES.servegen;

/** Mappings of public tables of time series, by name: `--mapping builtin:NAME`. */
export const BUILTIN_SERIES: Readonly<Record<string, string>> = {
  servegen: `layout: long
time: { column: t_s, unit: s }
stamp: start
windowMs: 600000
series: [pool, client]
keep: { pool: [m-large] }
amounts: { gpu_millis: { column: rate_rps, scale: 1000 } }
assume:
  - "a request takes one second of one GPU: gpu_millis = rate_rps x 1000"
source:
  license: ${JSON.stringify(SERVEGEN.license)}
  citation: ${JSON.stringify(SERVEGEN.citation)}
  homePage: ${JSON.stringify(SERVEGEN.homePage)}
`,
  "servegen-requests": `layout: long
time: { column: t_s, unit: s }
stamp: start
windowMs: 600000
series: [pool, client]
keep: { pool: [deepseek-r1] }
requests: { column: rate_rps, scale: 600, runMs: 1000, arrivals: "uniform:1", requested: { gpu_millis: 1000 } }
assume:
  - "a request takes one second of one GPU"
source:
  license: ${JSON.stringify(SERVEGEN.license)}
  citation: ${JSON.stringify(SERVEGEN.citation)}
  homePage: ${JSON.stringify(SERVEGEN.homePage)}
`,
};
