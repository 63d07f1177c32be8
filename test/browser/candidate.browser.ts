/** A candidate policy on the live page, in a real headless Chromium. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fleetFromDocument } from "../../allocator/live/fleet.ts";
import { browserTest, closePage, screenshot, scrollsSideways, useBrowser, visit } from "../support/browser.ts";
import { policyOf, predicted } from "../support/live-fleet.ts";
import { type ListeningRun, listeningRun, tokenCalled } from "../support/live-server.ts";
import { testFolder } from "../support/prae.ts";

useBrowser();

const USERS = Array.from({ length: 20 }, (_, i) => `u${i}`);
const FLEET = fleetFromDocument({
  tiers: [{ name: "standard", targetStart: "30s", priority: 100, level: 0.9 }],
  pools: [{ name: "cloud", unlimited: true }],
  apps: [{ name: "notebook", shape: { cpuMillis: 1000, memoryMiB: 2048 }, coldStart: "100ms" }],
  users: USERS.map((name) => ({ name, tier: "standard" })),
});
const TRIAL = { candidate: policyOf("hybrid-histogram"), promotion: "ab12", sharePpm: 500_000, seed: 5 };
let live: ListeningRun;

test.before(async () => {
  const beside = { trial: TRIAL, predictions: predicted("cold_fraction", 0.1, 0.25) };
  live = await listeningRun(
    join(testFolder("candidate-page"), "state"),
    FLEET,
    "keep-alive",
    [tokenCalled("reader", ["read"])],
    beside,
  );
});
test.after(async () => {
  await live.server.close();
  await live.run.stop();
});

for (const [width, scheme] of [
  [390, "light"],
  [1300, "light"],
  [1301, "dark"],
] as const) {
  browserTest(
    `at ${width} pixels, ${scheme}: for whom a candidate decides, and what was predicted beside what is observed`,
    async () => {
      for (const user of USERS) await live.run.arrive({ request: `${width}-${user}`, user, app: "notebook", requested: null });
      const opened = await visit(`${live.url}/`, (url) => url.startsWith(`${live.url}/`), width, scheme);
      const { page } = opened;
      await page.fill("#token", "reader");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#measures tr");
      const { users } = (await (await fetch(`${live.url}/v1/stage`, { headers: { authorization: "Bearer reader" } })).json()) as {
        users: { candidate: number };
      };
      const whom = `hybrid-histogram decides for ${users.candidate} of 20 users (50 %), keep-alive for the others.`;
      assert.is(await page.textContent("#candidate-stage"), whom);
      const [row, ...none] = await page.locator("#measures tr").allTextContents();
      assert.equal(none, []);
      assert.match(row as string, /^cold fraction of requests10 % to 25 %100 %100 %/);
      assert.match(
        (await page.getAttribute("#measures svg", "aria-label")) as string,
        "cold fraction, per cent of requests: predicted 10 % to 25 %, observed 100 %, of the others 100 %",
      );
      assert.not.ok(await scrollsSideways(page));
      await screenshot(page, `candidate-${width}`);
      await closePage(opened);
    },
  );
}

browserTest("rolled back, it is said why; a policy without a candidate has no such part", async () => {
  await live.run.stage({ stage: "rolled_back", reason: "too many cold starts" });
  const opened = await visit(`${live.url}/`, (url) => url.startsWith(`${live.url}/`), 1300, "light");
  const { page } = opened;
  await page.fill("#token", "reader");
  await page.keyboard.press("Enter");
  await page.locator("#candidate-stage", { hasText: "was rolled back: keep-alive decides for everybody." }).waitFor();
  assert.is(await page.textContent("#candidate-why"), "Why: too many cold starts.");
  await closePage(opened);
});

browserTest("a rehearsal: that it decides for nobody, and what is observed of it and of the policy in force", async () => {
  const beside = { rehearsed: "keep-alive:ttl=1h", predictions: predicted("cold_fraction", 0.3, 0.6) };
  const folder = join(testFolder("rehearsal-page"), "state");
  const own = await listeningRun(folder, FLEET, "keep-alive:ttl=50ms", [tokenCalled("reader", ["read"])], beside);
  for (const round of ["a", "b"]) {
    for (const user of USERS) await own.run.arrive({ request: `${round}-${user}`, user, app: "notebook", requested: null });
    await sleep(300);
    for (const user of USERS) await own.run.ended(`${round}-${user}`);
    await sleep(300);
  }
  const opened = await visit(`${own.url}/`, (url) => url.startsWith(`${own.url}/`), 1300, "light");
  const { page } = opened;
  await page.fill("#token", "reader");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#measures tr");
  const whom = "keep-alive (the candidate) rehearses and decides for nobody, keep-alive (in force) decides for everybody.";
  assert.is(await page.textContent("#candidate-stage"), whom);
  const [row] = await page.locator("#measures tr").allTextContents();
  assert.match(row as string, /^cold fraction of requests30 % to 60 %50 %100 %/);
  assert.is(await page.textContent("#others-head"), "of the policy in force");
  await screenshot(page, "rehearsal");
  await closePage(opened);
  await own.server.close();
  await own.run.stop();
  await own.rehearsal?.stop();
});

browserTest("two versions of one policy are told apart", async () => {
  const folder = join(testFolder("candidate-page-same"), "state");
  const trial = { ...TRIAL, candidate: policyOf("keep-alive:ttl=1m") };
  const same = await listeningRun(folder, FLEET, "keep-alive", [tokenCalled("reader", ["read"])], { trial });
  const opened = await visit(`${same.url}/`, (url) => url.startsWith(`${same.url}/`), 900, "light");
  const { page } = opened;
  await page.fill("#token", "reader");
  await page.keyboard.press("Enter");
  await page.locator("#candidate-stage", { hasText: "keep-alive (in force) for the others." }).waitFor();
  assert.match((await page.textContent("#candidate-stage")) ?? "", /^keep-alive \(promotion ab12\) decides for \d+ of 20 users/);
  await screenshot(page, "candidate-same-name");
  await closePage(opened);
  await same.server.close();
  await same.run.stop();
});

test.run();
