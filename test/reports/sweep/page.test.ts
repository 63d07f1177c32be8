import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderSweep } from "../../../reports/sweep/page.ts";
import { sweepOf } from "../../../reports/sweep/points.ts";
import { exampleRuns } from "../../support/run-records.ts";

const runs = exampleRuns();
const sweep = await sweepOf(runs.map((record) => ({ record, readCells: async () => null })));
const page = await renderSweep({ sweep, run: runs[0]!, seeds: [1], command: "prae sweep --trace x" });

test("every point stands in the table, by waste, and every heading sorts", () => {
  const table = /<table class="scoreboard">[\s\S]*?<\/table>/.exec(page)![0];
  const policies = [...table.matchAll(/<th scope="row" data-value="([^"]+)"/g)].map((match) => match[1]);
  assert.equal(
    policies,
    sweep.points.map(({ policyText }) => policyText),
  );
  const headings = table.match(/<th scope="col"/g)!.length;
  assert.is(table.match(/<button type="button" data-sort=/g)!.length, headings);
  assert.is(table.match(/data-value=/g)!.length, runs.length * headings);
  assert.is(table.match(/aria-sort="ascending"/g)!.length, 1);
});

test("every point has a place in the plane's words, and the command is there", () => {
  assert.match(page, "Waste cost against violation cost of 4 policies. Not dominated, by waste:");
  assert.match(page, "prae sweep --trace x");
});

test.run();
