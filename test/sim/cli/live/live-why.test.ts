/** Questions why, in order, by threads of the test's own, which take as long as they are told. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { WhyOutcome } from "../../../../allocator/live/explainer.ts";
import { LiveWhy } from "../../../../sim/cli/live/live-why.ts";
import { testFolder } from "../../../support/prae.ts";

const path = join(testFolder("live-why"), "worker.mjs");
writeFileSync(
  path,
  `import { parentPort, workerData } from "node:worker_threads";
const { question, untilByte } = workerData;
if (question.user === "fails") throw new Error("as asked");
if (question.user === "busy") for (;;);
if (question.user === "never") setInterval(() => {}, 1000);
else if (question.user !== "ends") parentPort.postMessage({ kind: "answer", answer: { user: question.user, untilByte } });
`,
);
let byte = 0;
const run = {
  mark: async () => {
    byte += 1;
    return { byte, events: 0, tail: "" };
  },
};
const desk = (mostWaiting = 4, limitMs = 20_000) =>
  new LiveWhy({ journal: "journal.prae.gz", run, mostWaiting, limitMs, worker: pathToFileURL(path) });
const ask = (why: LiveWhy, user: string, signal = new AbortController().signal): Promise<WhyOutcome> =>
  why.explain({ user, from: "start" }, signal);
const kinds = async (outcomes: readonly Promise<WhyOutcome>[]) => (await Promise.all(outcomes)).map(({ kind }) => kind);

test("one after another, each up to what is synced when it is its turn", async () => {
  byte = 0;
  const why = desk();
  const outcomes = await Promise.all(["ann", "bob", "eve"].map((user) => ask(why, user)));
  assert.equal(
    outcomes.map((outcome) => outcome.kind === "answer" && outcome.answer),
    [
      { user: "ann", untilByte: 1 },
      { user: "bob", untilByte: 2 },
      { user: "eve", untilByte: 3 },
    ],
  );
});

test("of more than may wait, the last is told when to come again; the others are answered", async () => {
  const why = desk(1);
  const outcomes = [ask(why, "ann"), ask(why, "bob"), ask(why, "eve")];
  const [, , last] = await Promise.all(outcomes);
  assert.equal(last, { kind: "busy", retryAfterMs: 1_000 });
  assert.equal(await kinds(outcomes), ["answer", "answer", "busy"]);
  assert.is((await ask(why, "eve")).kind, "answer");
});

test("one that takes too long is ended, also in the middle of its work, and the next has its turn", async () => {
  const why = desk(4, 300);
  assert.equal(await Promise.all([ask(why, "busy"), ask(why, "never")]), [
    { kind: "too_long", limitMs: 300 },
    { kind: "too_long", limitMs: 300 },
  ]);
});

test("who goes away is not waited for, whether it waits or is being answered", async () => {
  const why = desk();
  const [first, second] = [new AbortController(), new AbortController()];
  const outcomes = [ask(why, "never", first.signal), ask(why, "bob", second.signal), ask(why, "eve")];
  second.abort();
  assert.is((await (outcomes[1] as Promise<WhyOutcome>)).kind, "given_up");
  first.abort();
  assert.equal(await kinds(outcomes), ["given_up", "given_up", "answer"]);
  assert.is((await ask(why, "bob", AbortSignal.abort())).kind, "given_up");
});

test("a stop gives up whoever waits, and takes no more", async () => {
  const why = desk();
  const outcomes = [ask(why, "never"), ask(why, "bob")];
  await why.stop();
  assert.equal(await kinds([...outcomes, ask(why, "eve")]), ["given_up", "given_up", "given_up"]);
});

test("one that fails says so, and the next has its turn", async () => {
  const why = desk();
  const failed = async (user: string) => {
    try {
      await ask(why, user);
      return "nothing";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const messages = Promise.all([failed("fails"), failed("ends")]);
  assert.is((await ask(why, "ann")).kind, "answer");
  assert.equal(await messages, ["as asked", "the thread that explains ended without an answer"]);
});

test.run();
