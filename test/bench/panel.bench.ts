import { RandomStream } from "../../allocator/core/random.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { RequestColumns, Trace } from "../../datasets/trace.ts";
import { idleHazard } from "../../models/arrival/idle-hazard.ts";
import { fitFeatures } from "../../models/panel/feature-spec.ts";
import { Features } from "../../models/panel/features.ts";
import { History } from "../../models/panel/panel.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import { perSecond, record } from "./record.ts";

const HOUR_MS = 3_600_000;
const USERS = 10_000;
const DAYS = 30;
const REQUESTS = 2_000_000;
const AHEAD = 24;

/** Ten thousand users of four resources for a month: 2 million requests of about an hour, at any time. */
function largeTrace(): Trace {
  const random = new RandomStream(1, "panel bench");
  const builder = new TraceBuilder({
    name: "panel bench",
    source: { importer: "bench", options: {}, files: [] },
    license: "none",
    citation: "none",
    epochMs: 0,
  });
  const requested = { cpuMillis: 1000, memoryMiB: 2048, gpuMillis: 250, networkKbps: 100 };
  const zones = ["UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York"];
  for (let user = 0; user < USERS; user += 1) {
    builder.user({ name: `user ${user}`, timeZone: zones[user % zones.length] as string });
    builder.request({ user: `user ${user}`, app: `app ${user % 20}`, submitMs: 0, runMs: 1, requested });
  }
  const trace = builder.build({ startMs: 0, endMs: DAYS * 24 * HOUR_MS });
  const submitMs = Float64Array.from({ length: REQUESTS }, () => random.below(DAYS * 24 * HOUR_MS)).sort();
  const user = Uint32Array.from({ length: REQUESTS }, () => random.below(USERS));
  const requests: RequestColumns = {
    ...trace.requests,
    count: REQUESTS,
    submitMs,
    runMs: Float64Array.from({ length: REQUESTS }, () => Math.round(random.exponential(HOUR_MS))),
    user,
    app: user.map((id) => id % 20),
    tier: new Uint8Array(REQUESTS),
    shape: new Uint32Array(REQUESTS),
  };
  return { ...trace, requests };
}

const trace = largeTrace();
const demand = panelFromTrace(trace, { target: "demand", stepMs: HOUR_MS });
const features = new Features(fitFeatures(demand, demand.steps), new History(demand, demand.steps));
const numbers = new Float32Array(features.fixedNames.length + AHEAD * features.aheadNames.length);
const arrivals = panelFromTrace(trace, { target: "arrival", stepMs: HOUR_MS, entities: ["user_app"] });
const horizon = { steps: AHEAD, levelsPpm: [] };
const hazard = await idleHazard(arrivals, { trainEnd: 480, validationEnd: 600 }, horizon);

/** By processor time: what else the machine does changes it less. */
async function timed(amount: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return perSecond(amount, (user + system) / 1000);
}

await record([
  {
    name: "panel of hourly demand, 2 M requests of 10,000 users × 4 resources × 30 days",
    unit: "requests/s of CPU",
    floor: 500_000,
    run: () => timed(REQUESTS, () => panelFromTrace(trace, { target: "demand", stepMs: HOUR_MS })),
  },
  {
    name: "features of 40,000 series at one instant, 24 steps ahead",
    unit: "series/s of CPU",
    floor: 40_000,
    run: () =>
      timed(demand.series.length, () => {
        for (let series = 0; series < demand.series.length; series += 1) {
          features.writeFixed(series, demand.steps, numbers, 0);
          features.writeAhead(series, demand.steps, AHEAD, numbers, features.fixedNames.length);
        }
      }),
  },
  {
    name: "idle-hazard, chances of 10,000 pairs at one instant, 24 steps ahead",
    unit: "series/s of CPU",
    floor: 20_000,
    run: () => timed(arrivals.series.length, () => hazard.forecast(new History(arrivals, arrivals.steps), horizon)),
  },
]);
