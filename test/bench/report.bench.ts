import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { synthesize } from "../../datasets/synthetic/synthesize.ts";
import type { Comparison } from "../../reports/comparison.ts";
import { renderReport } from "../../reports/html/report.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { compareOn } from "../../sim/cli/compare.ts";
import { readPolicies } from "../../sim/cli/inputs.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { perSecond, record } from "./record.ts";

/** A month of ten thousand users, some ten million requests: its report stays under 3 MB and is painted within a second. */
const USERS = 10_000;
const DAYS = 30;
const POLICIES = "keep-alive:ttl=10m,keep-alive:ttl=1h";
const MOST_BYTES = 3_000_000;
const MOST_PAINT_MS = 1000;
const CHROMIUM = process.env["PRAE_CHROMIUM"] ?? "/usr/bin/chromium";

const comparison = await compared();
const page = await renderReport(comparison);
const sizeBytes = Buffer.byteLength(page);
process.stderr.write(`${sizeBytes} bytes\n`);
const name = `report of ${USERS} users × ${DAYS} days under two policies`;
const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
const file = join(folder, "report.html");
writeFileSync(file, page);
if (!existsSync(CHROMIUM)) process.stdout.write(`SKIP first paint: no Chromium at ${CHROMIUM} (set PRAE_CHROMIUM to one)\n`);
try {
  await record([
    { name: `${name}: 3 MB beside its size`, unit: "times", floor: 1, run: () => MOST_BYTES / sizeBytes },
    {
      name: `${name}: page written`,
      unit: "reports/s of CPU time",
      run: async () => {
        const started = process.cpuUsage();
        await renderReport(comparison);
        const { user, system } = process.cpuUsage(started);
        return perSecond(1, (user + system) / 1000);
      },
    },
    ...(existsSync(CHROMIUM)
      ? [
          {
            name: `${name}: 1 s beside its first paint in Chromium`,
            unit: "times",
            floor: 1,
            run: async () => MOST_PAINT_MS / (await paintMs()),
          },
        ]
      : []),
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compared(): Promise<Comparison> {
  const trace = synthesize({ seed: 1, users: USERS, days: DAYS, nodes: "none" });
  process.stderr.write(`${trace.requests.count} requests\n`);
  const evaluateFromMs = trace.manifest.window.startMs;
  const scenario = { trace, cluster: UNLIMITED, evaluateFromMs, seed: 1, prices: DEFAULT_PRICES };
  return (await compareOn(scenario, await readPolicies(POLICIES), `prae compare --policies ${POLICIES}`)).comparison;
}

/** When a fresh browser shows the first of the page, from the beginning of the navigation. */
async function paintMs(): Promise<number> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu"] });
  try {
    const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await tab.goto(pathToFileURL(file).href);
    await tab.waitForSelector("html[data-ready]", { timeout: 60_000 });
    const paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
    const [first, ready] = await tab.evaluate<[number, number]>(`[${paint}, performance.now()]`);
    process.stderr.write(`first paint after ${Math.round(first)} ms, everything drawn after ${Math.round(ready)} ms\n`);
    return first;
  } finally {
    await browser.close();
  }
}
