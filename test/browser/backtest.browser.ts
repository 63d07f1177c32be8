/** The backtest's page in a real headless Chromium: it asks for nothing, draws every chart, follows its selectors, fits every width. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderBacktest } from "../../reports/backtest/page.ts";
import { backtestDocument } from "../support/backtest-document.ts";
import { browserTest, closePage, openPage, screenshot, scrollsSideways, useBrowser } from "../support/browser.ts";
import { seasonPanel } from "../support/season-panel.ts";

useBrowser();

const broken = { name: "<b>broken</b>", family: "learned" as const, fit: () => Promise.reject(new Error("no luck")) };

for (const [width, colorScheme] of [
  [400, "light"],
  [1600, "dark"],
] as const) {
  browserTest(`at ${width} pixels, ${colorScheme}: nothing is asked for, all is drawn, nothing scrolls sideways`, async () => {
    const names = ["seasonal-naive", "best-classical", "naive", "theta"];
    const document = await backtestDocument(seasonPanel({ users: 24, steps: 24 * 25 }), names, [broken]);
    const opened = await openPage(await renderBacktest(document), width, colorScheme);
    const { page } = opened;
    const drawn = (id: string) =>
      page
        .locator(`#chart-${id} svg path`)
        .evaluateAll((paths) => paths.map((path) => path.getAttribute("d") ?? "").filter((d) => d.length > 20));
    for (const id of ["examples-0", "examples-1", "examples-2", "reliability", "pit-0", "pit-3", "groups", "horizon"]) {
      const paths = await drawn(id);
      assert.ok(paths.length > 0 && paths.every((path) => !path.includes("NaN")), id);
    }
    for (const [group, id, value] of [
      ["examples", "examples-1", "naive"],
      ["groups", "groups", "classical"],
      ["horizon", "horizon", "coverage80"],
    ] as const) {
      const before = await page.locator(`#chart-${id}`).innerHTML();
      await page.selectOption(`select[data-charts="${group}"]`, value);
      await page.waitForTimeout(200);
      assert.not.equal(await page.locator(`#chart-${id}`).innerHTML(), before, group);
    }
    assert.match((await page.textContent("#scoreboard")) ?? "", /<b>broken<\/b> failed and has no scores/);
    assert.not.ok(await scrollsSideways(page));
    await screenshot(page, `backtest-${width}-${colorScheme}`);
    await closePage(opened);
  });
}

test.run();
