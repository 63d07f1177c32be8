/**
 * `npm run mutations -- [pattern …]`: breaks the product in one place at a time (event ranks, boundaries, keep-alive rules) and
 * demands that a test of the core, the simulator, the metrics or the models fails. A rule that nothing guards is a failure here, and so is a
 * mutation whose text is gone: it would guard nothing. Ends with `N passed, N failed, N skipped`.
 */
import { buildMutant, buildTests, builtTest, type Mutation } from "../support/mutant.ts";
import { MUTATIONS } from "../support/mutations.ts";
import { runFiles } from "../support/runner.ts";
import { filesIn } from "../support/source-text.ts";

const patterns = process.argv.slice(2);
const chosen = MUTATIONS.filter(
  ({ rule, file }) => patterns.length === 0 || patterns.some((pattern) => rule.includes(pattern) || file.includes(pattern)),
);

// Real traces add minutes and guard nothing that the small tests do not.
process.env["PRAE_TEST_TRACES"] = "dist-test/no-traces";
const models = ["panel", "arrival", "scoring", "backtest"].map((folder) => `test/models/${folder}`);
const rooms = ["test/allocator", "test/sim", "test/reports/metrics", ...models];
const tests = [
  ...filesIn(rooms, [".test.ts"]).filter((path) => !path.startsWith("test/sim/cli/")),
  "test/models/clairvoyant.test.ts",
];
const reached = await buildTests(tests);
const baseline = await runFiles(tests.map(builtTest), { limitMs: 240_000, jobs: 2 });
const red = baseline.filter((result) => result.problems.length > 0);
for (const { source, problems, output } of red)
  console.log(`FAIL ${source} without any mutation: ${problems.join("; ")}\n${output}`);
const quickestFirst = [...baseline].sort((a, b) => a.elapsedMs - b.elapsedMs);

let caught = 0;
let failed = red.length;
for (const mutation of red.length === 0 ? chosen : []) {
  const by = await caughtBy(mutation);
  if (by.startsWith("test/")) caught++;
  else failed++;
  console.log(`${by.startsWith("test/") ? "ok  " : "FAIL"} ${mutation.rule}  ${by}`);
}
if (chosen.length === 0) failed++;
console.log(`\n${caught} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

/** The test that fails with the mutation, or why none did. */
async function caughtBy(mutation: Mutation): Promise<string> {
  const reaching = quickestFirst.filter(({ source }) => reached.get(source)!.has(mutation.file));
  const guards = reaching.map(({ source }) => source);
  try {
    await buildMutant(mutation, guards);
  } catch (error) {
    return `does not build: ${(error as Error).message}`;
  }
  for (let at = 0; at < guards.length; at += 2) {
    const results = await runFiles(guards.slice(at, at + 2).map(builtTest), {
      // A mutant that runs for ever is caught, too.
      limitMs: 5_000 + 5 * reaching[Math.min(at + 1, reaching.length - 1)]!.elapsedMs,
      jobs: 2,
    });
    const failing = results.find((result) => result.problems.length > 0);
    if (failing !== undefined) return failing.source;
  }
  return `${mutation.file}: ${guards.length} tests reach it, none fails`;
}
