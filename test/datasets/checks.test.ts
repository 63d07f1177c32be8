import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Policy } from "../../allocator/core/policy.ts";
import { loadAzureFunctions2019 } from "../../datasets/azure-functions-2019/azure-functions-2019.ts";
import { loadCanonical } from "../../datasets/canonical/canonical.ts";
import { loadMapping } from "../../datasets/canonical/mapping.ts";
import { loadGoogle2011 } from "../../datasets/google-2011/google-2011.ts";
import type { Trace } from "../../datasets/trace.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { simulateKeepAlive } from "../support/reference-keep-alive.ts";
import { testOnTraces } from "../support/skip.ts";

const HOUR_MS = 3_600_000;

interface Row {
  readonly trace: string;
  readonly ttlMs: number;
  readonly coldStarts: number;
  readonly idleHours: string;
}

/** The rows of the tables in CHECKS.md. */
const ROWS = readFileSync("datasets/CHECKS.md", "utf8")
  .split("\n")
  .flatMap((line): Row[] => {
    const [, trace, ttl, coldStarts, idleHours] = line.split("|").map((cell) => cell.trim());
    const minutes = /^(\d+)( min)?$/.exec(ttl ?? "")?.[1];
    if (trace === undefined || coldStarts === undefined || idleHours === undefined || minutes === undefined) return [];
    return [{ trace, ttlMs: Number(minutes) * 60_000, coldStarts: Number(coldStarts.replaceAll(",", "")), idleHours }];
  });

test("every trace is there with four keep-alives", () => {
  const names = ["genai", "google", "azure by app", "azure by function"];
  const expected = names.flatMap((trace) => [0, 1, 10, 60].map((minutes) => `${trace} ${minutes * 60_000}`));
  assert.equal(
    ROWS.map(({ trace, ttlMs }) => `${trace} ${ttlMs}`),
    expected,
  );
});

function hours(idleMs: number): string {
  const [whole = "", fraction] = (idleMs / HOUR_MS).toFixed(4).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
}

/** What the simulator that knows nothing of the product says is what the document says. */
function holdAgainstReference(name: string, trace: Trace): void {
  const { startMs, endMs } = trace.manifest.window;
  for (const { ttlMs, coldStarts, idleHours } of ROWS.filter((row) => row.trace === name)) {
    const reference = simulateKeepAlive({
      ...trace.requests,
      coldStartMs: trace.apps.map((app) => app.coldStartMs),
      shared: trace.apps.map((app) => app.shared),
      ttlMs,
      fromMs: startMs,
      toMs: endMs,
    });
    assert.equal([reference.coldStarts, hours(reference.idleMs)], [coldStarts, idleHours], `${name}, ${ttlMs} ms`);
  }
}

/** And so does the product, on a trace that is replayed in seconds. */
async function holdProduct(name: string, trace: Trace): Promise<void> {
  for (const { ttlMs, coldStarts, idleHours } of ROWS.filter((row) => row.trace === name)) {
    const { startMs, endMs } = trace.manifest.window;
    const metrics = new RunMetricsObserver({ fromMs: startMs, toMs: endMs, prices: DEFAULT_PRICES });
    const policy: Policy = {
      name: "keep-alive",
      controlEveryMs: null,
      feed: null,
      reserve: { strategy: "none" },
      warm: { strategy: "ttl", ttlMs },
      place: { strategy: "first-fit" },
      admit: { strategy: "priority" },
    };
    await simulate({ trace, cluster: UNLIMITED, policy, observers: [metrics] });
    const { overall } = metrics.finish();
    const idle = hours(Math.round((overall["idle_instance_hours"] ?? Number.NaN) * HOUR_MS));
    assert.equal([overall["cold_starts"], idle], [coldStarts, idleHours], `${name}, ${ttlMs} ms`);
  }
}

testOnTraces("GenAI: the reference, the product and CHECKS.md agree", async (traces) => {
  const mapping = await loadMapping("builtin:genai-2026");
  const trace = await loadCanonical(`${traces}/alibaba-genai-2026`, { mapping, defaults: { coldStartMs: 22_700 } });
  holdAgainstReference("genai", trace);
  await holdProduct("genai", trace);
});

testOnTraces("Google: the reference and CHECKS.md agree", async (traces) => {
  const path = `${traces}/google-2011/jobs_compact.csv.gz`;
  holdAgainstReference("google", await loadGoogle2011(path, { defaults: { coldStartMs: 30_000 } }));
});

for (const app of ["app", "function"] as const) {
  testOnTraces(`Azure by ${app}: the reference and CHECKS.md agree`, async (traces) => {
    const trace = await loadAzureFunctions2019(`${traces}/azure-functions-2019/sample-500`, { app });
    holdAgainstReference(`azure by ${app}`, trace);
  });
}

test.run();
