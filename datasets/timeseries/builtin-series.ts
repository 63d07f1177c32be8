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
};
