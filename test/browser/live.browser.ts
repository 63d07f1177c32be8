/** The live page in a real headless Chromium, on a dry run that listens on loopback. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fleetFromDocument } from "../../allocator/live/fleet.ts";
import { browserTest, closePage, type OpenedPage, screenshot, scrollsSideways, useBrowser, visit } from "../support/browser.ts";
import { type ListeningRun, listeningRun, tokenCalled } from "../support/live-server.ts";
import { testFolder } from "../support/prae.ts";

useBrowser();

const folder = testFolder("live-page");
const HOSTILE = `<img/src/onerror="document.title='taken'">`;
const FLEET = fleetFromDocument({
  tiers: [
    { name: "premium", targetStart: "1s", priority: 200, level: 0.99, mayPreempt: true },
    { name: "standard", targetStart: "30s", priority: 100, level: 0.9 },
  ],
  pools: [{ name: "general", nodes: 4, capacity: { cpuMillis: 16_000, memoryMiB: 65_536, gpuMillis: 2000 } }],
  apps: [
    { name: "notebook", shape: { cpuMillis: 2000, memoryMiB: 8192, gpuMillis: 500 }, coldStart: "300ms" },
    { name: "shell", shape: { cpuMillis: 500, memoryMiB: 512 }, coldStart: "100ms", shared: true },
    { name: HOSTILE, shape: { cpuMillis: 500, memoryMiB: 512 }, coldStart: "5s" },
  ],
  users: ["alice", "bob", "carol", "dora", HOSTILE].map((name, i) => ({ name, tier: i === 0 ? "premium" : "standard" })),
});
const TOKENS = [
  tokenCalled("reader", ["read"]),
  tokenCalled("of-alice", ["read"], ["alice"]),
  tokenCalled("writer", ["request"]),
];
const POLICY = "reactive:every=1s,margin=1.5";
let live: ListeningRun;

test.before(async () => {
  live = await listeningRun(join(folder, "state"), FLEET, POLICY, TOKENS);
});
test.after(async () => {
  await live.server.close();
  await live.run.stop();
});

let requests = 0;
async function arrive(user: string, app: string): Promise<string> {
  requests += 1;
  await live.run.arrive({ request: `r${requests}`, user, app, requested: null });
  return `r${requests}`;
}

async function busy(): Promise<void> {
  const first = await arrive("alice", "notebook");
  for (const user of ["alice", "bob", "bob", "carol", HOSTILE]) await arrive(user, "notebook");
  for (const user of ["bob", "dora"]) await arrive(user, "shell");
  await arrive("carol", HOSTILE);
  await new Promise((resolve) => setTimeout(resolve, 400));
  await live.run.ended(first);
  const used = { cpuMillis: 900, memoryMiB: 3000, gpuMillis: 200, networkKbps: 0 };
  for (const user of ["alice", "bob", HOSTILE]) await live.run.usage({ user, used, windowMs: 1000, saturated: false });
}

/** An hour's forecast of what users will demand: a fan that opens. */
function forecast(): void {
  const nowMs = Date.now();
  const steps = 12;
  const levelsPpm = Uint32Array.of(100_000, 500_000, 900_000);
  const users = [0, 1, 2];
  const of = (base: number, step: number, level: number) =>
    Math.round(base * (1 + 0.4 * Math.sin(step / 2)) * (1 + (level - 1) * 0.05 * (step + 1)));
  const bases = [4000, 16_000, 500, 0];
  const values = users.flatMap(() =>
    bases.flatMap((base) => Array.from({ length: steps }, (_, step) => [0, 1, 2].map((level) => of(base, step, level))).flat()),
  );
  live.run.forecast({
    setDigest: "0".repeat(64),
    batchIndex: 0,
    batchDigest: "0".repeat(64),
    batch: {
      target: "demand",
      entity: "user",
      issuedAtMs: nowMs,
      availableAtMs: nowMs,
      firstStepMs: nowMs,
      stepMs: 300_000,
      steps,
      levelsPpm,
      ids: Uint32Array.from(users),
      values: Uint32Array.from(values),
    },
  });
}

const open = (width: number, scheme: "light" | "dark" = "light"): Promise<OpenedPage> =>
  visit(`${live.url}/`, (url) => url.startsWith(`${live.url}/`), width, scheme);

async function enter(page: Page, token = "reader"): Promise<void> {
  await page.fill("#token", token);
  await page.keyboard.press("Enter");
}

/** Waits until it is there to be read; `waitForFunction` is what the page's policy refuses. */
const says = (page: Page, selector: string, text: string): Promise<void> =>
  page.locator(selector, { hasText: text }).first().waitFor({ timeout: 10_000 });

const words = async (page: Page, selector: string): Promise<string> => (await page.textContent(selector)) ?? "";

for (const [width, scheme] of [
  [390, "dark"],
  [900, "light"],
  [1400, "light"],
  [1401, "dark"],
] as const) {
  browserTest(
    `at ${width} pixels, ${scheme}: the fleet, its history and the decisions, and nothing scrolls sideways`,
    async () => {
      await busy();
      if (width > 900) forecast();
      const opened = await open(width, scheme);
      const { page } = opened;
      await enter(page);
      await page.waitForSelector('#status[data-state="live"]');
      await page.waitForSelector("#decisions li");
      await page.waitForSelector('.card[data-resource="gpuMillis"]');
      assert.equal(await page.locator(".card h3").allTextContents(), ["CPU cores", "Memory GiB", "GPU GPUs"]);
      assert.match(await words(page, "#facts"), "users5");
      assert.not.ok(await page.isVisible("#candidate"), "there is none");
      assert.match(await words(page, "#facts"), "nodes4");
      assert.match(await words(page, '.card[data-resource="cpuMillis"] dl'), /capacity64$/);
      const label = await page.getAttribute('.card[data-resource="memoryMiB"] .bar', "aria-label");
      assert.match(label ?? "", /^Memory in GiB: used [\d.]+, reserved [\d.]+, held [\d.]+, capacity 256$/);
      await page.click(`#decisions button.name >> text=alice`);
      await page.waitForSelector("#user-found h3");
      assert.match(await words(page, "#user-found"), "tierpremium");
      await page.waitForTimeout(4500); // so that there is a history
      for (const path of await page
        .locator(".history path")
        .evaluateAll((all) => all.map((one) => one.getAttribute("d") ?? ""))) {
        assert.match(path, /^M[\d.-]+ [\d.]+[HLV]/);
        assert.not.match(path, /NaN|Infinity/);
      }
      assert.is(await page.locator("#now .card .area-forecast").count(), width > 900 ? 3 : 0);
      assert.is(await page.isVisible("#forecast-note"), width > 900);
      assert.is(await page.locator("#user-found .area-forecast").count(), width > 900 ? 3 : 0);
      assert.not.ok(await scrollsSideways(page));
      await screenshot(page, `live-${width}-${scheme}`);
      await closePage(opened);
    },
  );
}

browserTest("names are text, whatever they hold; the page's policy lets nothing else run, and no markup in", async () => {
  const opened = await open(1000);
  const { page, complaints } = opened;
  await enter(page);
  await arrive(HOSTILE, HOSTILE);
  await says(page, "#decisions", "onerror");
  await page.fill("#user", HOSTILE);
  await page.click("#find button");
  await page.waitForSelector("#user-found h3");
  assert.is(await words(page, "#user-found h3 >> nth=0"), HOSTILE);
  assert.is(await page.locator("main img").count(), 0);
  assert.is(await page.title(), "PRAE live");
  const tried = await page.evaluate(`(() => {
    try { document.body.innerHTML = "<b>x</b>"; return "taken"; } catch { return "refused"; }
  })()`);
  assert.is(tried, "refused");
  assert.is(complaints.length, 1, "that try, and nothing else");
  assert.match(complaints.pop()!, "TrustedHTML");
  await closePage(opened);
});

browserTest("a run that is frozen is said to be", async () => {
  await live.run.freeze(true);
  const opened = await open(1000);
  await enter(opened.page);
  await says(opened.page, "#policy", "policy reactive, frozen");
  await live.run.freeze(false);
  await opened.page.locator("#policy", { hasNotText: "frozen" }).waitFor({ timeout: 10_000 });
  await closePage(opened);
});

browserTest("decisions come as they are made; paused, they wait", async () => {
  const opened = await open(1000);
  const { page } = opened;
  await enter(page);
  await page.waitForSelector('#status[data-state="live"]');
  const first = await arrive("dora", "shell");
  await says(page, "#decisions", first);
  await page.click("#pause");
  const second = await arrive("dora", "shell");
  await page.waitForTimeout(800);
  assert.not.match(await words(page, "#decisions"), second);
  await page.click("#pause");
  await says(page, "#decisions", second);
  await closePage(opened);
});

browserTest("a token that is not known, that may not read, or that speaks for one user", async () => {
  const opened = await open(1000);
  const { page } = opened;
  await enter(page, "guess");
  await says(page, "#refused", "a bearer token that is known");
  await enter(page, "writer");
  await says(page, "#refused", "the token does not allow read");
  assert.is(await page.evaluate("sessionStorage.length"), 0);
  await enter(page, "of-alice");
  await says(page, "#not-fleet", "speaks for some users alone");
  assert.not.ok(await page.isVisible("#now"));
  await arrive("bob", "shell");
  const hers = await arrive("alice", "shell");
  await says(page, "#decisions", hers);
  assert.not.match(await words(page, "#decisions"), "bob");
  await page.fill("#user", "bob");
  await page.click("#find button");
  await says(page, "#user-status", "Nothing to show");
  await closePage(opened, (complaint) => /status of 40[13]/.test(complaint));
});

browserTest("the token stays in its tab, over a reload, until it is forgotten", async () => {
  const opened = await open(1000);
  const { page } = opened;
  await enter(page);
  await page.waitForSelector("#facts dd");
  await page.reload();
  await page.waitForSelector("#facts dd");
  const other = await open(1000);
  assert.ok(await other.page.isVisible("#token"), "another tab has none");
  await closePage(other);
  await page.click("#leave");
  assert.ok(await page.isVisible("#token"));
  assert.is(await page.evaluate("sessionStorage.length"), 0);
  assert.is(await page.locator("#facts dd").count(), 0);
  assert.is(await page.evaluate("document.cookie + localStorage.length"), "0");
  await closePage(opened);
});

browserTest("where the server goes away the page says so, and goes on when it is back", async () => {
  const opened = await open(1000);
  const { page } = opened;
  await enter(page);
  await page.waitForSelector('#status[data-state="live"]');
  await page.waitForSelector("#facts dd");
  const port = Number(new URL(live.url).port);
  await live.server.close();
  await live.run.stop();
  await page.waitForSelector('#status[data-state="away"]');
  await page.waitForSelector("#now.stale");
  live = await listeningRun(join(folder, "state"), FLEET, POLICY, TOKENS, { port });
  await page.waitForSelector('#status[data-state="live"]');
  await page.waitForSelector("#now:not(.stale)");
  const request = await arrive("bob", "shell");
  await says(page, "#decisions", request);
  await closePage(opened, (complaint) => /ERR_|Failed to load/.test(complaint));
});

test.run();
