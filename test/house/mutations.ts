/**
 * `npm run mutations -- [pattern …] [--record]`: breaks the product in one place at a time (event ranks, boundaries, keep-alive rules) and
 * demands that a test of the core, the simulator, the metrics or the models fails. A rule that nothing guards is a failure here, and so is a
 * mutation whose text is gone: it would guard nothing. Ends with `N passed, N failed, N skipped`.
 *
 * The test that caught a mutation last is tried first, and alone: `--record` writes which that is. Where it lets the mutation pass, all others
 * that reach the file are tried, quickest first.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { buildMutant, type Mutation, reachedBy } from "../support/mutant.ts";
import { MUTATIONS } from "../support/mutations.ts";
import { type FileResult, runFiles } from "../support/runner.ts";
import { filesIn } from "../support/source-text.ts";

/** Rules, and the test that caught each last. */
const GUARDS = "test/support/mutation-guards.json";

/** How many mutations are tried at a time. */
const PLACES = 2;

const record = process.argv.includes("--record");
const patterns = process.argv.slice(2).filter((word) => word !== "--record");
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

const known: Record<string, string> = JSON.parse(readFileSync(GUARDS, "utf8"));
/** The tests that were run without any mutation, and how they fared. */
const unbroken = new Map<string, FileResult>();
/** Looked at only where a guard is not known, or lets a mutation pass. */
let everyTest: ReturnType<typeof lookAtEveryTest> | undefined;
let caught = 0;
let failed = 0;

await runUnbroken([...new Set(chosen.map(({ rule }) => known[rule]).filter((guard) => guard !== undefined))]);
const guards = new Map<string, string>();
const left = failed === 0 ? [...chosen] : [];
await Promise.all(Array.from({ length: PLACES }, (_, place) => tryMutations(place)));
if (chosen.length === 0) failed++;
if (record && failed === 0) writeGuards();
console.log(`\n${caught} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function tryMutations(place: number): Promise<void> {
  for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
    const by = await caughtBy(mutation, place).catch((error: Error) => `does not build: ${error.message}`);
    if (tests.includes(by)) {
      caught++;
      guards.set(mutation.rule, by);
    } else failed++;
    console.log(`${tests.includes(by) ? "ok  " : "FAIL"} ${mutation.rule}  ${by}`);
  }
}

/**
 * The test that fails with the mutation, or why none did.
 * @throws when it does not build.
 */
async function caughtBy(mutation: Mutation, place: number): Promise<string> {
  const guard = known[mutation.rule];
  if (guard !== undefined && tests.includes(guard) && (await fails([guard], mutation, place)) !== null) return guard;
  everyTest ??= lookAtEveryTest();
  const { reached, quickestFirst } = await everyTest;
  const others = quickestFirst.filter((test) => test !== guard && reached.get(test)!.has(mutation.file));
  for (let at = 0; at < others.length; at += 8) {
    const by = await fails(others.slice(at, at + 8), mutation, place);
    if (by !== null) return by;
  }
  return `${mutation.file}: ${others.length + (guard === undefined ? 0 : 1)} tests reach it, none fails`;
}

/** The first of the tests that fails with the mutation. */
async function fails(some: readonly string[], mutation: Mutation, place: number): Promise<string | null> {
  for (const file of await buildMutant(mutation, some, place)) {
    // A mutant that runs for ever is caught, too.
    const [result] = await runFiles([file], { limitMs: 5_000 + 5 * unbroken.get(file.source)!.elapsedMs, jobs: 1 });
    if (result!.problems.length > 0) return file.source;
  }
  return null;
}

/** What each test reaches, and which is how quick. */
async function lookAtEveryTest() {
  await runUnbroken(tests.filter((test) => !unbroken.has(test)));
  const reached = new Map<string, Set<string>>();
  for (const test of tests) reached.set(test, await reachedBy(test));
  const green = tests.filter((test) => unbroken.get(test)!.problems.length === 0);
  return { reached, quickestFirst: green.sort((a, b) => unbroken.get(a)!.elapsedMs - unbroken.get(b)!.elapsedMs) };
}

async function runUnbroken(some: readonly string[]): Promise<void> {
  if (some.length === 0) return;
  const place = PLACES;
  for (const result of await runFiles(await buildMutant(null, some, place), { limitMs: 240_000, jobs: PLACES })) {
    unbroken.set(result.source, result);
    if (result.problems.length === 0) continue;
    failed++;
    console.log(`FAIL ${result.source} without any mutation: ${result.problems.join("; ")}\n${result.output}`);
  }
}

function writeGuards(): void {
  const rules = MUTATIONS.map(({ rule }) => [rule, guards.get(rule) ?? known[rule]]).filter(([, guard]) => guard !== undefined);
  writeFileSync(GUARDS, `${JSON.stringify(Object.fromEntries(rules), null, 2)}\n`);
}
