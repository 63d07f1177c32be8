import { test } from "uvu";
import * as assert from "uvu/assert";
import { renderBacktest } from "../../../reports/backtest/page.ts";
import { arrivalPanel } from "../../support/arrival-panel.ts";
import { backtestDocument } from "../../support/backtest-document.ts";
import { seasonPanel } from "../../support/season-panel.ts";
import { valuePanel } from "../../support/value-panel.ts";

const HOSTILE = '<script>alert("x")</script>';
const broken = { name: HOSTILE, family: "learned" as const, fit: () => Promise.reject(new Error("</b> & more")) };

/** The data that the page's script draws from. */
function dataIn(
  page: string,
): { name: string; charts: { id: string; views: Record<string, { table: Record<string, unknown[]> }> }[] }[] {
  return JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!);
}

test("a page of amounts: every section, every chart, names as text, nothing fetched", async () => {
  const document = await backtestDocument(
    seasonPanel({ users: 24, steps: 24 * 25 }),
    ["seasonal-naive", "best-classical", "naive"],
    [broken],
  );
  const page = await renderBacktest(document);
  assert.equal(
    dataIn(page).map(({ name }) => name),
    ["examples", "reliability", "pit", "groups", "horizon"],
  );
  for (const { charts } of dataIn(page)) {
    for (const { id, views } of charts) {
      assert.ok(page.includes(`id="chart-${id}"`), id);
      for (const { table } of Object.values(views)) {
        const lengths = Object.values(table).map((column) => column.length);
        assert.is(new Set(lengths).size, 1, id);
        assert.ok((lengths.length - 1) * lengths[0]! <= 4000, `${id}: ${lengths}`);
      }
    }
  }
  assert.not.match(page, /<script>alert/);
  assert.match(page, /failed and has no scores: it threw Error: &#60;\/b&#62; &#38; more/);
  assert.match(page, /forecasts best: its SQL is 0\.\d+ of that of/);
  for (const part of ["synthetic", document.source.digest, "wasm 4.22.0", "0.1.0+abc", "peak memory, MiB", "× classical"]) {
    assert.ok(page.includes(part), part);
  }
  assert.not.match(page.replace(/<script>[\s\S]*?<\/script>/g, ""), /(?:src|href)="https?:/);
});

test("the same backtest makes the same page, but for time and memory", async () => {
  const document = await backtestDocument(seasonPanel({ users: 3, steps: 24 * 25 }), ["seasonal-naive", "naive"]);
  assert.is(await renderBacktest(document), await renderBacktest(JSON.parse(JSON.stringify(document))));
});

test("a page of arrivals has chances in place of quantiles", async () => {
  const rows = Array.from({ length: 24 }, (_, row) => Array.from({ length: 500 }, (__, t) => ((t * 7 + row) % 11 === 0 ? 1 : 0)));
  const page = await renderBacktest(await backtestDocument(arrivalPanel(rows), ["seasonal-poisson", "best-classical"]));
  assert.equal(
    dataIn(page).map(({ name }) => name),
    ["examples", "reliability", "groups", "horizon"],
  );
  assert.match(page, /log loss is/);
  assert.match(page, /steps at risk/);
});

test("nothing to scale, nothing to show, and everything failed: still a page", async () => {
  const flat = await backtestDocument(valuePanel([new Array<number>(300).fill(4)]), ["seasonal-naive", "naive"]);
  assert.match(await renderBacktest(flat), /no series has a scale/);
  const none = await backtestDocument(seasonPanel({ users: 2, steps: 600 }), [], [broken]);
  assert.match(await renderBacktest(none), /No model has scores: all failed/);
});

test.run();
