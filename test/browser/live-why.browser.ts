/** Why, asked for on the live page, in a real headless Chromium: of a real run that forecasts, and of ones that cannot answer at once. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { segmentsOf } from "../../allocator/journal/segments.ts";
import { fleetFromDocument } from "../../allocator/live/fleet.ts";
import { LiveWhy } from "../../sim/cli/live/live-why.ts";
import { browserTest, closePage, type OpenedPage, screenshot, scrollsSideways, useBrowser, visit } from "../support/browser.ts";
import { type LiveProcess, liveProcess } from "../support/live-process.ts";
import { type ListeningRun, listeningRun, tokenCalled } from "../support/live-server.ts";
import { done, json, testFolder } from "../support/prae.ts";

useBrowser();

const folder = testFolder("live-why-page");
const state = join(folder, "state");
const at = (name: string) => join(folder, name);
const HOSTILE = `<img/src/onerror="document.title='taken'">`;
const FLEET = {
  tiers: [{ name: "standard", targetStart: "5s", priority: 100, level: 0.9 }],
  pools: [{ name: "general", nodes: 1, capacity: { cpuMillis: 4000, memoryMiB: 16_384 } }],
  apps: [
    { name: "notebook", shape: { cpuMillis: 500, memoryMiB: 1024 }, coldStart: "100ms" },
    { name: HOSTILE, shape: { cpuMillis: 8000, memoryMiB: 1024 }, coldStart: "100ms" },
  ],
  users: ["ann", "bob", HOSTILE].map((name) => ({ name, tier: "standard" })),
};
writeFileSync(at("fleet.yaml"), JSON.stringify(FLEET));
const token = (name: string, ...users: readonly string[]) =>
  json(["tokens", "add", at("tokens.yaml"), "--name", name, "--scopes", "request,read", ...users]).token as string;
const bearer = token("sre");
const ofAnn = token("ann", "--users", "ann");

/** Half an hour in which each user works for 2 s out of 6. */
function trainedModel(): string {
  mkdirSync(at("tables"));
  const rows = Array.from({ length: 600 }, (_, i) => `r${i},${i % 2 === 0 ? "ann" : "bob"},notebook,${i * 3000},2000`);
  writeFileSync(at("tables/requests.csv"), `request_id,user_id,app_id,submit_ms,run_ms\n${rows.join("\n")}\n`);
  writeFileSync(at("tables/apps.csv"), "app_id,cold_start_ms,cpu_millis,memory_mib,shared\nnotebook,100,500,1024,false\n");
  done(["import", "canonical", at("tables"), "--out", at("trace")]);
  const shape = ["--target", "demand", "--step", "1s", "--horizon", "62s", "--look-back", "20s", "--epochs", "1"];
  return json(["train", "--model", "nlinear", "--trace", at("trace"), ...shape, "--registry", at("registry")]).id as string;
}

function policyFile(): string {
  const path = at("ahead.yaml");
  writeFileSync(
    path,
    `name: ahead
feed: { model: ${trainedModel()}, every: 1s, step: 1s, targets: [demand], latency: 100ms }
reserve: { strategy: forecast, level: 0.9, margin: 1.2 }
controlEvery: 1s
`,
  );
  return path;
}

let args: readonly string[];
let live: LiveProcess;

test.before(async () => {
  args = ["--fleet", at("fleet.yaml"), "--policy", policyFile(), "--registry", at("registry"), "--state", state];
  args = [...args, "--tokens", at("tokens.yaml"), "--segment-mib", "0.001"];
  live = await liveProcess(args, bearer);
});
test.after(async () => {
  live.child.kill("SIGTERM");
  await live.exit;
});

const arrive = async (request: string, user: string, app = "notebook") => {
  const { status } = await live.send("PUT", `/v1/requests/${request}`, { user, app });
  assert.is(status, 200, request);
};

async function opened(url: string, shown: string, width = 1400, scheme: "light" | "dark" = "light"): Promise<OpenedPage> {
  const page = await visit(`${url}/`, (asked) => asked.startsWith(`${url}/`), width, scheme);
  await page.page.fill("#token", shown);
  await page.page.keyboard.press("Enter");
  await page.page.waitForSelector('#status[data-state="live"]');
  return page;
}

async function lookUp(page: Page, user: string): Promise<void> {
  await page.fill("#user", user);
  await page.click("#find button");
  await page.waitForSelector("#why");
}

const askNow = (page: Page) => page.click("#why-actions >> text=Ask as of now");
const says = (page: Page, selector: string, text: string): Promise<void> =>
  page.locator(selector, { hasText: text }).first().waitFor({ timeout: 20_000 });
const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();
const refusals = (complaint: string) => /status of 4\d\d/.test(complaint);

for (const [width, scheme] of [
  [390, "dark"],
  [1400, "light"],
] as const) {
  browserTest(
    `at ${width} pixels, ${scheme}: a decision is explained as of then, by forecast, level, margin and rung`,
    async () => {
      for (let i = 0; i < 6; i += 1) await arrive(`${width}-${i}`, i % 2 === 0 ? "ann" : "bob");
      const page = await opened(live.url, bearer, width, scheme);
      const row = page.page.locator("#decisions li", { hasText: "a forecast says so" }).filter({ hasText: "for ann" }).first();
      await row.waitFor({ timeout: 20_000 });
      await page.page.click("#pause"); // so that the row stays
      const [seq, index] = ((await row.getAttribute("data-token")) as string).split(":");
      await row.locator("button.ask").click();
      await page.page.waitForSelector("#why-answer h4", { timeout: 20_000 });
      const { decisions } = (await (await live.send("GET", "/v1/decisions?limit=1000&user=ann")).json()) as {
        decisions: { token: string; atMs: number }[];
      };
      const { atMs } = decisions.find((one) => one.token === `${seq}:${index}`) as { atMs: number };
      const answer = json(["why", state, "--user", "ann", "--at", String(atMs)]) as unknown as Record<
        "decided" | "notDecided" | "counterfactuals",
        { text: string; kind: string; atMs: number }[]
      >;
      assert.match((await texts(page.page, "#why-status"))[0] as string, /^ann \(standard\) at .* under ahead\.$/);
      assert.equal(await page.page.locator("#why-answer .asked").count(), 1);
      const asked = (await texts(page.page, "#why-answer .asked"))[0] as string;
      for (const part of [
        /reserve \d+m\/\d+MiB/,
        /forecast [0-9a-f]{12} batch/,
        /level 0\.9; margin × 1\.2; rung fresh/,
        /guardrail/,
      ])
        assert.match(asked, part);
      const shown = await texts(page.page, "#why-answer li");
      const said = [...answer.decided, ...answer.notDecided, ...answer.counterfactuals].map(({ text }) => text);
      assert.ok(said.length > 3);
      for (const text of said)
        assert.ok(
          shown.some((line) => line.endsWith(text)),
          text,
        );
      assert.match(shown.join("\n"), "without a margin: ");
      assert.equal(await texts(page.page, "#why-answer dt"), ["reserved", "held", "demanded", "last used"]);
      assert.not.ok(await scrollsSideways(page.page));
      await screenshot(page.page, `live-why-${width}`);
      await closePage(page);
    },
  );
}

browserTest("of now, of a user that was looked up; names are text; what waits says why", async () => {
  await arrive("hostile", HOSTILE, "notebook");
  await arrive("large", HOSTILE, HOSTILE); // no node is so large: it is refused
  const page = await opened(live.url, bearer);
  await lookUp(page.page, HOSTILE);
  assert.equal(await texts(page.page, "#why-answer *"), [], "nothing is asked before it is wanted");
  await askNow(page.page);
  await page.page.waitForSelector("#why-answer h4", { timeout: 20_000 });
  assert.ok((await texts(page.page, "#why-status"))[0]?.startsWith(`${HOSTILE} (standard) at `));
  assert.match((await texts(page.page, "#why-answer")).join(), "reject");
  assert.is(await page.page.locator("main img").count(), 0);
  assert.is(await page.page.title(), "PRAE live");
  await lookUp(page.page, "bob");
  assert.equal(await texts(page.page, "#why-answer *"), [], "another user has another answer");
  await closePage(page);
});

browserTest("a token that speaks for one user is told of that one alone; nobody is found who is not there", async () => {
  const page = await visit(`${live.url}/`, (url) => url.startsWith(`${live.url}/`), 1000, "light");
  await page.page.fill("#token", ofAnn);
  await page.page.keyboard.press("Enter");
  await lookUp(page.page, "ann");
  await askNow(page.page);
  await page.page.waitForSelector("#why-answer h4", { timeout: 20_000 });
  await page.page.fill("#user", "bob");
  await page.page.click("#find button");
  await says(page.page, "#user-status", "Nothing to show: the token does not speak for");
  assert.is(await page.page.locator("#why").count(), 0);
  await page.page.click("#leave");
  await page.page.fill("#token", bearer);
  await page.page.keyboard.press("Enter");
  await page.page.fill("#user", "eve");
  await page.page.click("#find button");
  await says(page.page, "#user-status", "Nothing to show: no user is called eve.");
  await closePage(page, refusals);
});

browserTest("where older files were moved away it is said, and the snapshot answers", async () => {
  live.child.kill("SIGTERM");
  await live.exit;
  live = await liveProcess(args, bearer);
  await arrive("later", "ann");
  const path = segmentsOf(join(state, "journal.prae.gz"))[0]?.path as string;
  renameSync(path, `${path}.away`);
  const page = await opened(live.url, bearer);
  await lookUp(page.page, "ann");
  await askNow(page.page);
  await says(page.page, "#why-status", "No answer: the journal cannot be replayed: it is missing bytes 0 to ");
  await page.page.click("text=Ask from the newest snapshot");
  await page.page.waitForSelector("#why-answer h4", { timeout: 20_000 });
  await says(page.page, "#why-status", "Read from the snapshot of ");
  renameSync(`${path}.away`, path);
  await closePage(page, refusals);
});

/** Answers from a snapshot as ever, and from the start never. */
const slow = at("slow-worker.mjs");
writeFileSync(
  slow,
  `import { workerData } from "node:worker_threads";
if (workerData.question.from === "snapshot") await import(${JSON.stringify(pathToFileURL(resolve("dist/sim/cli/live/why-worker.js")).href)});
else setInterval(() => {}, 1000);
`,
);

async function slowRun(name: string, limitMs: number, use: (run: ListeningRun) => Promise<void>): Promise<void> {
  const tokens = [tokenCalled("reader", ["read"])];
  const explain = (run: ListeningRun["run"], journal: string) =>
    new LiveWhy({ journal, run, mostWaiting: 0, limitMs, worker: pathToFileURL(slow) });
  const open = () => listeningRun(at(name), fleetFromDocument(FLEET), "reactive:every=1s,margin=1.5", tokens, { explain });
  const first = await open();
  await first.run.arrive({ request: "r", user: "ann", app: "notebook", requested: null });
  await first.server.close();
  await first.run.stop(); // which leaves a snapshot
  const run = await open();
  await use(run);
  await run.server.close();
  await run.run.stop();
}

browserTest("one that takes too long is said to, and is asked again from the snapshot", () =>
  slowRun("too-long", 1_500, async ({ url }) => {
    const page = await opened(url, "reader");
    await lookUp(page.page, "ann");
    await askNow(page.page);
    await says(page.page, "#why-status", "Asked: the journal is replayed for it");
    await says(page.page, "#why-actions", "1 s");
    await says(page.page, "#why-status", "No answer: replaying the journal takes more than 1.5 s; prae why has no limit.");
    await screenshot(page.page, "live-why-too-long");
    await page.page.click("text=Ask from the newest snapshot");
    await page.page.waitForSelector("#why-answer h4", { timeout: 20_000 });
    await closePage(page, refusals);
  }),
);

browserTest("while others ask it is said when to come again; one that is given up makes room at once", () =>
  slowRun("busy", 600_000, async ({ url }) => {
    const page = await opened(url, "reader");
    await lookUp(page.page, "ann");
    const other = new AbortController();
    const headers = { authorization: "Bearer reader" };
    const asked = fetch(`${url}/v1/users/bob/why`, { headers, signal: other.signal }).catch(() => {});
    await sleep(300);
    await askNow(page.page);
    await says(page.page, "#why-status", "No answer: others ask why, too. Ask again in 1 s.");
    other.abort();
    await asked;
    await sleep(300);
    await page.page.click("#why-actions >> text=Ask again");
    await says(page.page, "#why-actions", "1 s");
    await page.page.click("text=Give up");
    await says(page.page, "#why-status", "Given up.");
    await sleep(300);
    const { status } = await fetch(`${url}/v1/users/ann/why?from=snapshot`, { headers });
    assert.is(status, 200, "nothing is in its way");
    await page.page.click("#why-actions >> text=Ask again");
    await says(page.page, "#why-status", "Asked: ");
    await page.page.click("#leave");
    assert.equal(await texts(page.page, "#user-found *"), [], "nothing of it stays");
    await closePage(page, refusals);
  }),
);

test.run();
