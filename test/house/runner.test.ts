import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const RUNNER = resolve("dist-test/test/run.js");
const HEAD = `import { test, suite } from "uvu"; import * as assert from "uvu/assert";\n`;
// Written in two parts, so that the runner does not refuse this file for them.
const RUN = ["test", "run();\n"].join(".");
const ONLY = ["test", "only"].join(".");
const SUITE = ["su", "ite"].join("");

interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
  readonly lastLine: string;
}

/** Runs the runner over files that exist only for this call; the source and the built file are the same text. */
function runOn(files: Record<string, string>, ...options: string[]): Outcome {
  const folder = mkdtempSync(join(tmpdir(), "prae-runner-"));
  try {
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"), "dir");
    writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
    mkdirSync(join(folder, "test"));
    for (const [name, text] of Object.entries(files)) {
      const built = join(folder, "built", "test", name.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(built), { recursive: true });
      writeFileSync(join(folder, "test", name), text);
      writeFileSync(built, text);
    }
    const ran = spawnSync(process.execPath, [RUNNER, "--built", "built", ...options], { cwd: folder, encoding: "utf8" });
    const output = ran.stdout + ran.stderr;
    return { exitCode: ran.status, output, lastLine: output.trimEnd().split("\n").at(-1) ?? "" };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isRed(outcome: Outcome, counts: string, reason: RegExp): void {
  assert.is(outcome.exitCode, 1, outcome.output);
  assert.is(outcome.lastLine, counts, outcome.output);
  assert.match(outcome.output, reason);
}

const GOOD = `${HEAD}test("one", () => assert.is(1, 1)); test("two", async () => {});\n${RUN}`;

test("a good file is green and the closing line stands alone", () => {
  const outcome = runOn({ "good.test.ts": GOOD, "more.test.ts": GOOD });
  assert.is(outcome.exitCode, 0, outcome.output);
  assert.is(outcome.lastLine, "4 passed, 0 failed, 0 skipped");
});

test("a failing test is shown in full beside those that pass", () => {
  const outcome = runOn({
    "bad.test.ts": `${HEAD}test("one", () => {}); test("sum", () => assert.is(1 + 1, 3));\n${RUN}`,
    "good.test.ts": GOOD,
  });
  isRed(outcome, "3 passed, 1 failed, 0 skipped", /FAIL {2}"sum"[\s\S]*Expected values to be strictly equal/);
});

test("a throwing before hook is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test.before(() => { throw new Error("no"); }); test("one", () => {});\n${RUN}` }),
    "0 passed, 1 failed, 0 skipped",
    /a hook threw/,
  );
});

test("a throwing before.each hook is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test.before.each(() => { throw new Error("no"); }); test("one", () => {});\n${RUN}` }),
    "0 passed, 1 failed, 0 skipped",
    /1 of 1 tests failed/,
  );
});

test("a throwing after.each hook is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test.after.each(() => { throw new Error("no"); }); test("one", () => {});\n${RUN}` }),
    "0 passed, 1 failed, 0 skipped",
    /a hook threw/,
  );
});

test("a throwing after hook is red", () => {
  const outcome = runOn({ "a.test.ts": `${HEAD}test.after(() => { throw new Error("no"); }); test("one", () => {});\n${RUN}` });
  isRed(outcome, "0 passed, 1 failed, 0 skipped", /ended without uvu's summary/);
});

test("a test that never resolves is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test("hangs", () => new Promise(() => {}));\n${RUN}` }),
    "0 passed, 1 failed, 0 skipped",
    /never resolved/,
  );
});

test("a file that forgot to run is red", () => {
  isRed(runOn({ "a.test.ts": `${HEAD}test("one", () => {});\n` }), "0 passed, 1 failed, 0 skipped", /last statement/);
});

test("a test after the run is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test("one", () => {});\n${RUN}test("two", () => {});\n` }),
    "0 passed, 1 failed, 0 skipped",
    /last statement/,
  );
});

test("a suite that does not run beside one that does is red", () => {
  const text = `${HEAD}const a = ${SUITE}("a"); a("one", () => {});\nconst b = ${SUITE}("b"); b("two", () => {});\nb.run();\n`;
  isRed(runOn({ "a.test.ts": text }), "0 passed, 1 failed, 0 skipped", /2 suites, but only 1/);
});

test("a file without a test is red", () => {
  isRed(runOn({ "a.test.ts": `${HEAD}${RUN}` }), "0 passed, 1 failed, 0 skipped", /no test in the file/);
});

test("only left in is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}${ONLY}("one", () => {}); test("two", () => {});\n${RUN}` }),
    "0 passed, 1 failed, 0 skipped",
    /`\.only\(` is left in/,
  );
});

test("a pattern that matches nothing is red, also beside one that does", () => {
  isRed(runOn({ "good.test.ts": GOOD }, "good", "nowhere"), "2 passed, 1 failed, 0 skipped", /no test file matches nowhere/);
  isRed(runOn({}), "0 passed, 1 failed, 0 skipped", /no test file matches \*\.test\.ts/);
});

test("a process that stops in the middle is red", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test("one", () => process.exit(0));\n${RUN}` }),
    "0 passed, 1 failed, 0 skipped",
    /without uvu's summary/,
  );
});

test("a rejection that nobody awaits is red", () => {
  const text = `${HEAD}test("one", () => { setTimeout(() => Promise.reject(new Error("late")), 20); });\n${RUN}`;
  isRed(runOn({ "a.test.ts": text }), "1 passed, 1 failed, 0 skipped", /exit code 1/);
});

test("a file that was not built is red", () => {
  isRed(runOn({ "a.test.ts": GOOD }, "--built", "elsewhere"), "0 passed, 1 failed, 0 skipped", /was not built/);
});

test("the time limit ends a file and what it started", () => {
  const text = `${HEAD}import { spawn } from "node:child_process";
test("one", () => { spawn("sleep", ["60"], { stdio: "inherit" }); while (true); });\n${RUN}`;
  const startedMs = performance.now();
  isRed(runOn({ "a.test.ts": text }, "--limit-seconds", "1"), "0 passed, 1 failed, 0 skipped", /time limit/);
  assert.ok(performance.now() - startedMs < 30_000, "the child it started kept the runner waiting");
});

test("a skip without a reason is red, one with a reason is counted and repeated", () => {
  isRed(
    runOn({ "a.test.ts": `${HEAD}test("one", () => {}); test.skip("two", () => {});\n${RUN}` }),
    "1 passed, 1 failed, 0 skipped",
    /1 tests skipped, 0 reasons/,
  );
  const outcome = runOn({ "a.test.ts": `${HEAD}console.log("SKIP two: no traces"); test.skip("two", () => {});\n${RUN}` });
  assert.is(outcome.exitCode, 0, outcome.output);
  assert.is(outcome.lastLine, "0 passed, 0 failed, 1 skipped");
  assert.match(outcome.output, /skipped:\n {2}two: no traces/);
});

test.run();
