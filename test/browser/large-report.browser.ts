/** The report of many users in a real headless Chromium. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns } from "../../reports/comparison.ts";
import { renderReport } from "../../reports/html/report.ts";
import type { UserMeasure } from "../../reports/users/series.ts";
import { browserTest, closePage, openPage, useBrowser } from "../support/browser.ts";
import { exampleRuns } from "../support/run-records.ts";
import { seriesOf } from "../support/user-series.ts";

const DAY_MS = 86_400_000;
const MOST_BYTES = 3_000_000;

useBrowser();

browserTest("10,000 users over 30 days stay under 3 MB, say what was left out, and each can be found", async () => {
  const value = (user: number, measure: UserMeasure, bin: number) => {
    const mixed = Math.imul(Math.imul(user * 1009 + bin, 0x9e3779b1) ^ measure.length, 0x85ebca6b) >>> 9;
    return measure === "held" || measure === "used" || measure === "requests" ? (mixed % 97) + (measure === "held" ? 97 : 0) : 0;
  };
  const many = seriesOf({ users: 10_000, bins: 720, fromMs: 14 * DAY_MS, value });
  const runs = exampleRuns();
  const html = await renderReport(
    compareRuns(
      runs,
      "prae compare",
      [],
      runs.map(() => many),
    ),
  );
  assert.ok(html.length < MOST_BYTES, `${html.length} bytes`);
  const opened = await openPage(html, 1440);
  const { page } = opened;
  assert.match(
    await page.locator("#figure-users").innerText(),
    /of 10\u202f000 users, those first by waste, violations or waits under some policy, have values of 1 hour/,
  );
  await page.locator("#user-search").fill("user-9876");
  assert.is(await page.locator("#user-name").innerText(), "user-9876");
  assert.match(await page.locator("#user-about").innerText(), /in bins of (\d+ days|[2-9]\d* hours|1 day)$/);
  assert.is(await page.locator("#user-policies .strip").count(), 4 * 2);
  await closePage(opened);
});

test.run();
