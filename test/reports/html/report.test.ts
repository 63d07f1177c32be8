import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns } from "../../../reports/comparison.ts";
import { html, scriptCode, scriptJson } from "../../../reports/html/html.ts";
import { renderReport } from "../../../reports/html/report.ts";
import type { RunRecord } from "../../../sim/run-record.ts";
import { exampleRuns, runWith } from "../../support/run-records.ts";

const HOSTILE = `</script><script>alert(1)</script><!--"'\`<img src=x onerror=alert(2)>&amp;`;

const page = await renderReport(compareRuns(exampleRuns(), "prae compare --trace 'a b' --out report.html"));

function withoutScripts(text: string): string {
  return text.replace(/<script[\s\S]*?<\/script>/g, "").replace(/<style[\s\S]*?<\/style>/, "");
}

test("values are escaped, markup is not, null is nothing", () => {
  const name = `<b title="x">'&`;
  assert.is(
    html`<i title="${name}">${name}${null}${[1, html`<u></u>`]}</i>`.text,
    `<i title="&#60;b title=&#34;x&#34;&#62;&#39;&#38;">&#60;b title=&#34;x&#34;&#62;&#39;&#38;1<u></u></i>`,
  );
});

test("neither data nor code can close a script element", () => {
  const json = scriptJson({ name: HOSTILE }).text;
  assert.not.match(json, "<");
  assert.equal(JSON.parse(json), { name: HOSTILE });
  assert.is(scriptCode(`a = "</script><!-- </SCRIPT >"`), `a = "<\\/script><\\!-- <\\/SCRIPT >"`);
});

test("the page asks the network for nothing, and forbids that it be asked", () => {
  const text = withoutScripts(page);
  assert.not.match(text, /\b(src|srcset|action|poster|background)=/);
  assert.not.match(text, /url\(|@import|@font-face/);
  assert.not.match(page.match(/<style[\s\S]*<\/style>/)![0], /url\(|@import|@font-face/);
  assert.equal(text.match(/<link[^>]*>/g), ['<link rel="icon" href="data:,">']);
  assert.match(page, `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;sha256-`);
});

test("the policy names the digests of just the scripts that the page has", () => {
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code]) => code!);
  assert.is(scripts.length, 2);
  for (const code of scripts) assert.match(page, `sha256-${createHash("sha256").update(code).digest("base64")}`);
});

test("the verdict comes before everything else", () => {
  const places = ["verdict", "scoreboard", "charts", "assumptions", "inputs", "reproduce"].map((id) =>
    page.indexOf(`<section id="${id}"`),
  );
  assert.ok(places.every((place, index) => place > (places[index - 1] ?? 0)));
});

test("every chart has words and a table", () => {
  const charts = page.match(/<div class="chart"[^>]*>/g)!;
  assert.is(charts.length, 2 + 4);
  for (const chart of charts) assert.match(chart, /role="img" aria-label="[^"]{40,}"/);
  assert.is(page.match(/The numbers as a table/g)!.length, 3);
});

test("Vega is inlined once, with its licence", () => {
  assert.match(page, "University of Washington Interactive Data Lab");
  assert.ok(page.length < 1_000_000, `${page.length} characters`);
});

test("assumptions, targets, prices, licence, digests and the command are there", () => {
  const text = withoutScripts(page).replaceAll("\u202f", " ");
  for (const part of [
    "cold_start_ms 1000 for 4 of 36 apps",
    "500 ms",
    "0.02 USD",
    "Apache-2.0",
    "PRAE synthetic workload, seed 1",
    exampleRuns()[0]!.trace.digest,
    exampleRuns()[2]!.journal.digest,
    "0.1.0+4b7e43c0a1f2",
    "AMD EPYC 7763",
    "prae compare --trace &#39;a b&#39; --out report.html",
    "synthetic",
  ]) {
    assert.match(text, part);
  }
});

test("hostile names stay text wherever data reaches the page", async () => {
  const hostile = exampleRuns().map((run, index): RunRecord => {
    const tiers = run.trace.tiers.map((tier, at) => (at === 0 ? { ...tier, name: HOSTILE } : tier));
    return {
      ...run,
      policyText: `${HOSTILE}${index}`,
      trace: { ...run.trace, name: HOSTILE, license: HOSTILE, citation: HOSTILE, digest: HOSTILE, tiers },
      cluster: { ...run.cluster, description: HOSTILE, digest: HOSTILE },
      forecastSets: [HOSTILE],
      prices: { ...run.prices, currency: HOSTILE },
      journal: { ...run.journal, digest: HOSTILE },
      metrics: {
        ...run.metrics,
        overall: { ...run.metrics.overall, [HOSTILE]: 1 },
        byTier: { [HOSTILE]: run.metrics.byTier["premium"]!, ...run.metrics.byTier },
        latency: run.metrics.latency.map((part) => (part.tier === "premium" ? { ...part, tier: HOSTILE } : part)),
      },
      assumptions: [HOSTILE],
      codeRevision: HOSTILE,
      environment: { ...run.environment, node: HOSTILE, platform: HOSTILE, cpu: HOSTILE, startedAt: HOSTILE },
    };
  });
  const text = await renderReport(compareRuns(hostile, `prae ${HOSTILE}`));
  assert.is(countIn(text, "<script"), countIn(page, "<script"));
  assert.is(countIn(text, "</script"), countIn(page, "</script"));
  assert.is(countIn(text, "<!--"), 0);
  assert.not.match(text, "<img");
});

test("a single run, and runs whose metrics do not apply, still make a page", async () => {
  const single = await renderReport(compareRuns([exampleRuns()[0]!], "prae report a.json"));
  assert.match(single, "no other policy was ranked against it");
  const bare = [runWith("a", { cost: null }), runWith("b", {})].map((run) => ({
    ...run,
    metrics: { ...run.metrics, latency: [] },
  }));
  const text = await renderReport(compareRuns(bare, "prae report a.json b.json"));
  assert.not.match(withoutScripts(text), /NaN|Infinity|undefined/);
});

test("the best value is marked among the ranked policies, unless most of them share it", async () => {
  const values = [
    { cost: 3, unfinished: 0, start_latency_ms_p99: 5 },
    { cost: 2, unfinished: 0, start_latency_ms_p99: 5 },
    { cost: 2.5, unfinished: 7, start_latency_ms_p99: 5 },
  ];
  const runs = [
    ...values.map((metrics, index) => runWith(`p${index}`, metrics)),
    runWith("clairvoyant", { cost: 1, unfinished: 1 }),
  ];
  const text = await renderReport(compareRuns(runs, ""));
  assert.is(countIn(text, "(best)"), 1);
  assert.match(text, /data-value="2"><span class="best">/);
});

test("a tier without requests is not offered", async () => {
  const runs = exampleRuns().map((run) => {
    const byTier = { ...run.metrics.byTier, batch: { ...run.metrics.byTier["batch"]!, requests: 0 } };
    return { ...run, metrics: { ...run.metrics, byTier } };
  });
  const tiers = /<fieldset[\s\S]*<\/fieldset>/.exec(await renderReport(compareRuns(runs, "")))![0];
  assert.match(tiers, "premium");
  assert.not.match(tiers, "batch");
});

test("the same comparison gives the same page", async () => {
  assert.is(await renderReport(compareRuns(exampleRuns(), "prae compare --trace 'a b' --out report.html")), page);
});

function countIn(text: string, part: string): number {
  return text.split(part).length - 1;
}

test.run();
