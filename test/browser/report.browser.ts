/**
 * The report in a real headless Chromium: it asks for nothing, draws everything, answers to the keyboard, and fits every width.
 * Leaves a screenshot of each look under dist-test/screenshots/.
 */
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns } from "../../reports/comparison.ts";
import { renderReport } from "../../reports/html/report.ts";
import type { RunRecord } from "../../sim/run-record.ts";
import {
  browserTest,
  closePage as close,
  type OpenedPage,
  openPage,
  screenshot,
  scrollsSideways,
  useBrowser,
} from "../support/browser.ts";
import { exampleRuns } from "../support/run-records.ts";

const WIDTHS = [400, 900, 1600];

useBrowser();

/** Opens the report of the runs. */
async function open(runs: readonly RunRecord[], width = 1600, colorScheme: "light" | "dark" = "light"): Promise<OpenedPage> {
  const comparison = compareRuns(runs, "prae compare --trace quickstart --policies a,b --out report.html");
  return openPage(await renderReport(comparison), width, colorScheme);
}

/** The shapes of the marks of one chart, as drawn. */
function shapes(page: Page, chart: string, mark: string): Promise<(string | null)[]> {
  return page
    .locator(`#chart-${chart} svg .mark-${mark}.role-mark path`)
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
}

/** The labels of the rows that are shown, from the top. */
function policies(page: Page): Promise<string[]> {
  return page
    .locator("table.scoreboard tbody:not([hidden]) th")
    .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-value") ?? ""));
}

for (const width of WIDTHS) {
  for (const scheme of ["light", "dark"] as const) {
    browserTest(
      `at ${width} pixels, ${scheme}: nothing is asked for, every chart is drawn, nothing scrolls sideways`,
      async () => {
        const opened = await open(exampleRuns(), width, scheme);
        const { page } = opened;
        assert.is((await shapes(page, "tradeoff", "symbol")).length, 4);
        assert.is((await shapes(page, "latency", "line")).length, 4);
        for (const policy of [0, 1, 2, 3]) {
          const areas = await shapes(page, `capacity-${policy}`, "area");
          assert.is(areas.length, 6);
          assert.ok(areas.every((area) => area !== null && area.length > 500 && !area.includes("NaN")));
        }
        assert.not.ok(await scrollsSideways(page));
        await screenshot(page, `report-${width}-${scheme}`);
        await page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })");
        assert.not.ok(await scrollsSideways(page));
        await close(opened);
      },
    );
  }
}

browserTest("charts and text follow the colour scheme, and grow and shrink with the window", async () => {
  const opened = await open(exampleRuns(), 900, "light");
  const { page } = opened;
  const look = () =>
    page.evaluate(
      "[document.body, ...document.querySelectorAll('#chart-latency svg text, #chart-capacity-0 svg .mark-area path')].slice(0, 3).map((part) => " +
        "getComputedStyle(part).backgroundColor + getComputedStyle(part).fill)",
    );
  const light = await look();
  await page.emulateMedia({ colorScheme: "dark" });
  assert.not.equal(await look(), light);
  const width = () => page.locator("#chart-latency svg").evaluate((svg) => svg.clientWidth);
  const wide = await width();
  await page.setViewportSize({ width: 500, height: 900 });
  await page.waitForFunction(`document.querySelector("#chart-latency svg").clientWidth < ${wide}`);
  assert.not.ok(await scrollsSideways(page));
  await close(opened);
});

browserTest("the scoreboard sorts by keyboard, both ways, and says so", async () => {
  const opened = await open(exampleRuns());
  const { page } = opened;
  const byTotal = ["clairvoyant", "keep-alive:ttl=10m", "reactive:factor=1.2", "keep-alive:ttl=1h"];
  assert.equal(await policies(page), byTotal);
  const total = page.locator("th", { has: page.locator("button", { hasText: /^total$/ }) });
  assert.is(await total.getAttribute("aria-sort"), "ascending");
  await total.locator("button").focus();
  await page.keyboard.press("Enter");
  assert.equal(await policies(page), [...byTotal].reverse());
  assert.is(await total.getAttribute("aria-sort"), "descending");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  assert.equal(await policies(page), ["clairvoyant", "keep-alive:ttl=1h", "keep-alive:ttl=10m", "reactive:factor=1.2"]);
  assert.is(await total.getAttribute("aria-sort"), "none");
  await close(opened);
});

browserTest("a tier chosen by keyboard changes the rows", async () => {
  const opened = await open(exampleRuns());
  const { page } = opened;
  const first = () => page.locator("table.scoreboard tbody:not([hidden]) tr").first().innerText();
  const all = await first();
  await page.locator('input[name="tier"]').first().focus();
  await page.keyboard.press("ArrowRight");
  assert.not.equal(await first(), all);
  assert.is(await page.locator("table.scoreboard tbody:not([hidden])").count(), 1);
  await close(opened);
});

browserTest("the selectors change the charts, by keyboard too", async () => {
  const opened = await open(exampleRuns());
  const { page } = opened;
  const change = async (select: string, chart: string, mark: string) => {
    const before = await shapes(page, chart, mark);
    await page.locator(select).focus();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(
      `document.querySelector("#chart-${chart} svg .mark-${mark}.role-mark path").getAttribute("d") !== ${JSON.stringify(before[0])}`,
    );
    assert.not.equal(await shapes(page, chart, mark), before);
  };
  const readout = () => page.locator('[data-readout="capacity-0"]').innerText();
  const mean = await readout();
  await change('select[data-charts="capacity"]', "capacity-0", "area");
  assert.not.equal(await readout(), mean);
  for (const at of [0, 1]) await change(`#figure-latency select >> nth=${at}`, "latency", "line");
  await close(opened);
});

browserTest("pointing at one chart of capacity reads the same instant from all", async () => {
  const opened = await open(exampleRuns());
  const { page } = opened;
  const readouts = () => page.locator("[data-readout]").allInnerTexts();
  const before = await readouts();
  assert.ok(before.every((text) => text.startsWith("mean: used")));
  await page.locator("#chart-capacity-1").hover();
  const pointed = await readouts();
  const instants = pointed.map((text) => text.split(":")[0]);
  assert.match(instants[0]!, /^at \d/);
  assert.is(new Set(instants).size, 1);
  await page.mouse.move(0, 0);
  assert.equal(await readouts(), before);
  await close(opened);
});

browserTest("free capacity is a part of a finite cluster's chart, and can be left out", async () => {
  const runs = exampleRuns().map((run): RunRecord => {
    const { timeline } = run.metrics;
    const free = { ...timeline.parts.used!, cpuMillis: timeline.parts.used!.cpuMillis.map((used) => 2_000_000 - used) };
    return { ...run, metrics: { ...run.metrics, timeline: { ...timeline, parts: { ...timeline.parts, free } } } };
  });
  const opened = await open(runs);
  const { page } = opened;
  assert.is((await shapes(page, "capacity-0", "area")).length, 7);
  await screenshot(page, "report-finite-cluster");
  await page.locator('input[data-signal="showFree"]').uncheck();
  await page.waitForFunction(`document.querySelectorAll("#chart-capacity-0 svg .mark-area.role-mark path").length === 6`);
  await close(opened);
});

browserTest("hostile names are shown as text and run nothing", async () => {
  const hostile = `</script><script>document.title = "taken"</script><img src=x onerror="document.title = 'taken'">`;
  const runs = exampleRuns().map((run, index) => ({
    ...run,
    policyText: `${hostile}${index}`,
    trace: { ...run.trace, name: hostile },
  }));
  const opened = await open(runs, 400);
  const { page } = opened;
  assert.not.match(await page.title(), /^taken/);
  assert.match(await page.locator("h1").innerText(), hostile);
  assert.is(await page.locator("img").count(), 0);
  assert.match(await page.locator("#chart-tradeoff svg").innerHTML(), "&lt;/script&gt;");
  assert.not.ok(await scrollsSideways(page));
  await close(opened);
});

browserTest("the first paint does not wait for the charts", async () => {
  const opened = await open(exampleRuns());
  const at = (name: string) => opened.page.evaluate<number>(`performance.getEntriesByName("${name}")[0].startTime`);
  const [painted, drawn] = [await at("first-contentful-paint"), await at("drawn")];
  console.log(`first contentful paint ${Math.round(painted)} ms, all drawn ${Math.round(drawn)} ms`);
  assert.ok(painted < drawn);
  await close(opened);
});

browserTest("printed, it is light and holds no controls", async () => {
  const opened = await open(exampleRuns(), 1040, "dark");
  const { page } = opened;
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.is(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
  assert.not.ok(await page.locator("#copy").isVisible());
  assert.not.ok(await scrollsSideways(page));
  await screenshot(page, "report-print");
  await close(opened);
});

test.run();
