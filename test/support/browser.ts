import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { skipUnless } from "./skip.ts";

const EXECUTABLE = process.env["PRAE_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SCREENSHOTS = resolve("dist-test/screenshots");

const hasChromium = existsSync(EXECUTABLE);
const folder = mkdtempSync(join(tmpdir(), "prae-browser-"));
let context: BrowserContext;

/** A test that needs a browser; skipped where there is none. */
export const browserTest = skipUnless(hasChromium, `no Chromium at ${EXECUTABLE} (set PRAE_CHROMIUM to one)`);

/** One headless Chromium for the tests of the file: call once, before the first. */
export function useBrowser(): void {
  test.before(async () => {
    if (!hasChromium) return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    const options = { executablePath: EXECUTABLE, headless: true, args: FLAGS };
    context = await chromium.launchPersistentContext(join(folder, "profile"), options);
  });
  test.after(async () => {
    if (hasChromium) await context.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

export interface OpenedPage {
  readonly page: Page;
  /** Whatever the page asked for, beyond itself. */
  readonly requests: string[];
  /** What the console and uncaught errors said. */
  readonly complaints: string[];
}

/** Opens the page from a file, drawn to its end. */
export async function openPage(html: string, width = 1600, colorScheme: "light" | "dark" = "light"): Promise<OpenedPage> {
  const file = join(folder, "page.html");
  writeFileSync(file, html);
  const { href } = pathToFileURL(file);
  return visit(href, (url) => url === href, width, colorScheme);
}

/** Opens the page at an address, drawn to its end. @param isOwn what it may ask for, beside an empty icon. */
export async function visit(
  url: string,
  isOwn: (url: string) => boolean,
  width: number,
  colorScheme: "light" | "dark",
): Promise<OpenedPage> {
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!isOwn(request.url()) && request.url() !== "data:,") requests.push(request.url());
  });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.setViewportSize({ width, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.goto(url);
  await page.waitForSelector("html[data-ready]", { timeout: 30_000 });
  return { page, requests, complaints };
}

/** @param isExpected what the console may say, whenever it does: Chromium says of a refusal that it was one, some time after the page. */
export async function closePage(
  { page, requests, complaints }: OpenedPage,
  isExpected: (complaint: string) => boolean = () => false,
): Promise<void> {
  await page.close();
  assert.equal(requests, [], "the page asked for something");
  assert.equal(
    complaints.filter((complaint) => !isExpected(complaint)),
    [],
    "the page complained",
  );
}

export async function scrollsSideways(page: Page): Promise<boolean> {
  // In the page; typed here as what it is there.
  return await page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
