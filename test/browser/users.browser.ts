/** The report's users in a real headless Chromium: users by time, the search, one user's timeline, and the time they share. */
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns } from "../../reports/comparison.ts";
import { renderReport } from "../../reports/html/report.ts";
import type { UserMeasure, UserSeries } from "../../reports/users/series.ts";
import {
  browserTest,
  closePage,
  type OpenedPage,
  openPage,
  screenshot,
  scrollsSideways,
  useBrowser,
} from "../support/browser.ts";
import { exampleRuns } from "../support/run-records.ts";
import { seriesOf } from "../support/user-series.ts";

const DAY_MS = 86_400_000;
const HOURS = 336;

useBrowser();

/** Office hours, and the higher a user's number, the less of everything. */
function amountOf(user: number, measure: UserMeasure, bin: number): number {
  const isBusy = (bin + user) % 24 > 8 && (bin + user) % 24 < 18 && (bin * 7 + user * 13) % 5 > 0;
  const size = 100 / (user + 1);
  if (measure === "held") return isBusy ? 2 * size : size / 4;
  if (measure === "used") return isBusy ? size : 0;
  if (measure === "requests") return isBusy ? 12 : 0;
  if (measure === "violations") return isBusy && bin % 9 === 0 ? 1 : 0;
  return measure === "waitMs" && isBusy ? 900 + (bin % 7) * 100 : 0;
}

const series = seriesOf({ users: 240, bins: HOURS, fromMs: 14 * DAY_MS, value: amountOf });

async function open(width = 1600, colorScheme: "light" | "dark" = "light", users: UserSeries = series): Promise<OpenedPage> {
  const runs = exampleRuns();
  const comparison = compareRuns(
    runs,
    "prae compare",
    [],
    runs.map(() => users),
  );
  return openPage(await renderReport(comparison), width, colorScheme);
}

const text = (page: Page, id: string) => page.locator(`#${id}`).innerText();
const cells = (page: Page) =>
  page.locator("#heat-cells path").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")).join());
const strips = (page: Page) =>
  page.locator("#user-policies path").evaluateAll((paths) => paths.map((path) => path.getAttribute("d")).join());

/** Until the next picture is drawn. */
async function drawn(page: Page, what: (page: Page) => Promise<string>, before: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const now = await what(page);
    if (now !== before) return now;
    await page.waitForTimeout(30);
  }
  throw new Error("nothing was drawn again");
}

for (const [width, scheme] of [
  [390, "dark"],
  [900, "light"],
  [1440, "light"],
  [1440, "dark"],
] as const) {
  browserTest(
    `at ${width} pixels, ${scheme}: the worst users, each with a name and cells, and one of them under every policy`,
    async () => {
      const opened = await open(width, scheme);
      const { page } = opened;
      assert.is(await page.locator("#heat-users li").count(), 50);
      assert.match(
        await text(page, "heat-text"),
        /^50 of 240 users, those with the most waste: \d+(\.\d)? % of it\. 240 users have any\.$/,
      );
      assert.ok((await cells(page)).length > 1000);
      assert.not.match(await cells(page), "NaN");
      assert.is(await text(page, "user-name"), "user-0");
      assert.is(await page.locator("#user-policies .multiple").count(), 4);
      assert.is(await page.locator("#user-policies .strip").count(), 4 * 4);
      assert.not.match(await strips(page), "NaN");
      assert.match(
        (await page.locator("#heat-cells").getAttribute("aria-label"))!,
        /waste by user and time under .+Most: user-0/,
      );
      assert.match((await page.locator("#user-policies").getAttribute("aria-label"))!, /user-0 over time\. .+: waste [\d.]+/);
      assert.not.ok(await scrollsSideways(page));
      await screenshot(page, `users-${width}-${scheme}`);
      await closePage(opened);
    },
  );
}

browserTest("users are walked through by keyboard, and by pointing", async () => {
  const opened = await open();
  const { page } = opened;
  await page.locator("#heat-users").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.is(await text(page, "user-name"), "user-2");
  assert.is(await page.locator('#heat-users [aria-selected="true"]').innerText(), "user-2");
  assert.is(await page.locator("#heat-users").getAttribute("aria-activedescendant"), `heat-user-${await place(page, "user-2")}`);
  await page.keyboard.press("End");
  assert.is(await text(page, "user-name"), "user-49");
  const box = (await page.locator("#heat-cells svg").boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, box.y + 1.5 * (box.height / 50));
  assert.is(await text(page, "user-name"), "user-1");
  assert.match(await text(page, "heat-readout"), /^user-1, day [\d.]+ to [\d.]+: [\d.]+ USD an hour$/);
  await closePage(opened);
});

async function place(page: Page, name: string): Promise<string> {
  const id = await page.locator("#heat-users li", { hasText: new RegExp(`^${name}$`) }).getAttribute("id");
  return id!.replace("heat-user-", "");
}

browserTest("a user is found by name, by keyboard alone, and gets a row of its own", async () => {
  const opened = await open();
  const { page } = opened;
  await page.locator("#user-search").focus();
  await page.keyboard.type("user-20");
  assert.match(await text(page, "user-found"), /user-20 is shown/);
  await page.keyboard.type("9");
  assert.is(await text(page, "user-name"), "user-209");
  assert.is(await page.locator("#heat-users li").count(), 51);
  assert.is(await page.locator('#heat-users [aria-selected="true"]').innerText(), "user-209");
  await page.locator("#user-search").fill("SER-23");
  assert.match(await text(page, "user-found"), /^11 users; Enter shows the first, user-23\.$/);
  assert.is(await page.locator("#user-names option").count(), 11);
  await page.keyboard.press("Enter");
  assert.is(await text(page, "user-name"), "user-23");
  await page.locator("#user-search").fill("nobody");
  assert.is(await text(page, "user-found"), "No user is called so.");
  await closePage(opened);
});

browserTest("a time chosen on the fleet's timeline narrows the users and the charts of capacity", async () => {
  const opened = await open();
  const { page } = opened;
  const whole = { cells: await cells(page), strips: await strips(page) };
  assert.is(await text(page, "range-text"), "the whole window");
  await page.locator("#fleet").scrollIntoViewIfNeeded();
  const box = (await page.locator("#fleet svg").boundingBox())!;
  await page.mouse.move(box.x + box.width / 4, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 20, { steps: 4 });
  await page.mouse.up();
  const narrow = await drawn(page, strips, whole.strips);
  assert.not.equal(await cells(page), whole.cells);
  assert.match(await text(page, "range-text"), /^day 3\.\d+ to 7(\.0\d)?$/);
  assert.is(await page.locator("#chart-capacity-0 .mark-rect.role-mark path").count(), 1);
  await page.locator("#range-from").focus();
  await page.keyboard.press("ArrowRight");
  await drawn(page, strips, narrow);
  assert.match((await page.locator("#range-from").getAttribute("aria-valuetext"))!, /^day 3\.\d/);
  await screenshot(page, "users-brushed");
  const brushed = await strips(page);
  await page.locator("#range-whole").click();
  await drawn(page, strips, brushed);
  assert.equal(await strips(page), whole.strips);
  assert.is(await page.locator("#chart-capacity-0 .mark-rect.role-mark path").count(), 0);
  await closePage(opened);
});

browserTest("a time chosen on a chart of capacity is that of the users, too", async () => {
  const opened = await open();
  const { page } = opened;
  const before = await strips(page);
  await page.locator("#chart-capacity-1").scrollIntoViewIfNeeded();
  const box = (await page.locator("#chart-capacity-1 svg").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.3, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await drawn(page, strips, before);
  assert.match(await text(page, "range-text"), /^day [34](\.\d+)? to [78](\.\d+)?$/);
  await closePage(opened);
});

browserTest("another measure and another policy are other cells; all of it stands in a table", async () => {
  const opened = await open();
  const { page } = opened;
  const waste = await cells(page);
  await page.locator("#heat-view").focus();
  await page.keyboard.press("ArrowDown");
  await drawn(page, cells, waste);
  assert.match(await text(page, "heat-text"), /most requests past their target/);
  await page.locator("#figure-users summary").click();
  assert.is(await page.locator("#heat-table tbody tr").count(), await page.locator("#heat-users li").count());
  await page.locator("#heat-table tbody tr button").nth(7).focus();
  const name = await page.locator("#heat-table tbody tr button").nth(7).innerText();
  await page.keyboard.press("Enter");
  assert.is(await text(page, "user-name"), name);
  await closePage(opened);
});

browserTest("hostile names of users are text and run nothing", async () => {
  const hostile = `</script><img src=x onerror="document.title = 'taken'"><b>`;
  const users = seriesOf({ users: 30, bins: HOURS, fromMs: 14 * DAY_MS, value: amountOf, name: (user) => `${hostile}${user}` });
  const opened = await open(900, "light", users);
  const { page } = opened;
  await page.locator("#user-search").fill(hostile);
  assert.is(await text(page, "user-name"), `${hostile}0`);
  assert.is(await page.locator("img").count(), 0);
  assert.not.match(await page.title(), /taken/);
  assert.not.ok(await scrollsSideways(page));
  await closePage(opened);
});

browserTest("printed, users keep their pictures and lose their controls", async () => {
  const opened = await open(1040, "dark");
  const { page } = opened;
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.ok(await page.locator("#heat-cells svg").isVisible());
  for (const control of ["user-search", "range-from", "range-whole", "heat-view"])
    assert.not.ok(await page.locator(`#${control}`).isVisible());
  assert.not.ok(await scrollsSideways(page));
  await screenshot(page, "users-print");
  await closePage(opened);
});

test.run();
