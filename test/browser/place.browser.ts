/** The placement page in a real headless Chromium: it asks for nothing, draws both charts, and fits every width. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLACEMENT_NAMES } from "../../allocator/core/placement/strategies.ts";
import { renderPlacementPage } from "../../reports/placement/page.ts";
import { summarize } from "../../reports/placement/summary.ts";
import { runPlacement } from "../../sim/placement/experiment.ts";
import { browserTest, closePage, openPage, screenshot, scrollsSideways, useBrowser } from "../support/browser.ts";
import { sharing, whole } from "../support/gpu-shapes.ts";

useBrowser();

async function examplePage(): Promise<string> {
  const node = { cpuMillis: 64_000, memoryMiB: 262_144, gpus: 4, gpuModel: "T4" };
  const nodes = Array.from({ length: 20 }, (_, at) => ({ name: `n${at}`, ...node }));
  const scene = { nodes, shapes: [sharing(300), sharing(700), sharing(450), whole(1), whole(2)], loadPpm: 1_300_000 };
  const runs = PLACEMENT_NAMES.flatMap((policy) => [1, 2, 3].map((seed) => runPlacement(scene, policy, seed)));
  const facts = { workload: "<b>example</b>", nodes: 20, gpus: 80, pods: 5, loadPct: 130, seeds: [1, 2, 3], files: [] };
  return renderPlacementPage({ ...facts, policies: summarize(runs), command: "prae place --trace example" });
}

for (const [width, colorScheme] of [
  [400, "light"],
  [900, "dark"],
  [1600, "light"],
] as const) {
  browserTest(
    `at ${width} pixels, ${colorScheme}: nothing is asked for, seven lines in each chart, nothing scrolls sideways`,
    async () => {
      const opened = await openPage(await examplePage(), width, colorScheme);
      const { page } = opened;
      for (const chart of ["allocation", "fragmentation"]) {
        const lines = () =>
          page
            .locator(`#chart-${chart} svg .mark-line.role-mark path`)
            .evaluateAll((paths) => paths.map((path) => path.getAttribute("d") ?? ""));
        const crowded = await lines();
        assert.is(crowded.length, PLACEMENT_NAMES.length);
        assert.ok(crowded.every((line) => line.length > 100 && !line.includes("NaN")));
        await page.selectOption(`select[data-charts="${chart}"]`, "whole");
        await page.waitForTimeout(200);
        assert.not.equal(await lines(), crowded);
      }
      assert.not.ok(await scrollsSideways(page));
      assert.ok((await page.textContent("h1"))?.startsWith("<b>example</b>"), "names are text, never markup");
      await screenshot(page, `place-${width}-${colorScheme}`);
      await closePage(opened);
    },
  );
}

test.run();
