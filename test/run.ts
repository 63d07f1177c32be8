/**
 * `npm test -- [options] [pattern …]`: runs the test files whose path contains one of the patterns (without a pattern: all), and
 * ends with `N passed, N failed, N skipped`. Options: `--kind browser` runs `*.browser.ts` instead of `*.test.ts`,
 * `--limit-seconds N` is the time limit of one file (240), `--jobs N` how many run at a time (2).
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type FileResult, killRunning, runFiles } from "./support/runner.ts";

const { values, positionals: patterns } = parseArgs({
  allowPositionals: true,
  options: {
    kind: { type: "string", default: "test" },
    in: { type: "string", default: "test" },
    built: { type: "string", default: "dist-test" },
    "limit-seconds": { type: "string", default: "240" },
    jobs: { type: "string", default: "2" },
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    killRunning();
    process.exit(130);
  });
}

const suffix = `.${values.kind}.ts`;
const sources = readdirSync(values.in, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(suffix))
  .map((name) => join(values.in, name).replaceAll("\\", "/"))
  .sort();
const chosen = sources.filter((source) => patterns.length === 0 || patterns.some((pattern) => source.includes(pattern)));
const idle = patterns.filter((pattern) => !sources.some((source) => source.includes(pattern)));
if (patterns.length === 0 && sources.length === 0) idle.push(`*${suffix}`);

const results = await runFiles(
  chosen.map((source) => ({ source, built: join(values.built, source.replace(/\.ts$/, ".js")) })),
  { limitMs: Number(values["limit-seconds"]) * 1000, jobs: Number(values.jobs), onResult: print },
);
for (const pattern of idle) console.log(`FAIL no test file matches ${pattern}`);

const skips = results.flatMap((result) => result.skips);
if (skips.length > 0) console.log(`\nskipped:\n${skips.map((reason) => `  ${reason}`).join("\n")}`);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, idle.length);
const red = results.filter((result) => result.problems.length > 0);
if (red.length > 0)
  console.log(`\nfailed:\n${red.map((result) => `  ${result.source}: ${result.problems.join("; ")}`).join("\n")}`);
console.log(`\n${passed} passed, ${failed} failed, ${skips.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function print(result: FileResult): void {
  const verdict = result.problems.length === 0 ? "ok  " : "FAIL";
  const skipped = result.skips.length === 0 ? "" : `, ${result.skips.length} skipped`;
  console.log(`${verdict} ${result.source}  ${result.passed} passed${skipped}  ${(result.elapsedMs / 1000).toFixed(1)} s`);
  if (result.problems.length === 0) return;
  for (const problem of result.problems) console.log(`     ${problem}`);
  if (result.output.trim() !== "") console.log(result.output.replace(/^/gm, "     | "));
}
