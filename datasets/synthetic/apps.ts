import type { Resources } from "../../allocator/core/resources.ts";

/** How long one use lasts: log-normal with this median and sigma of the logarithm, cut at `maxMs`. */
export interface RunTime {
  readonly medianMs: number;
  readonly sigma: number;
  readonly maxMs: number;
}

export interface SyntheticApp {
  readonly shape: Resources;
  readonly coldStartMs: number;
  readonly resumeMs: number;
  readonly shared: boolean;
  readonly concurrency: number;
  readonly run: RunTime;
}

/** Everything that users run, by kind: notebooks, cloud desktops, development environments, GPU jobs, functions. */
export const APPS = {
  "notebook-small": own(1_000, 2_048, 0, 2_000, 22_000, 4_000, minutes(35, 0.8, 240)),
  "notebook-large": own(4_000, 16_384, 0, 5_000, 35_000, 6_000, minutes(50, 0.8, 360)),
  "notebook-gpu": own(4_000, 16_384, 500, 5_000, 40_000, 8_000, minutes(45, 0.8, 360)),
  "desktop-office": own(2_000, 4_096, 0, 8_000, 60_000, 12_000, minutes(75, 0.7, 480)),
  "desktop-graphics": own(4_000, 8_192, 250, 25_000, 90_000, 15_000, minutes(75, 0.7, 480)),
  "devbox-web": own(2_000, 4_096, 0, 3_000, 35_000, 6_000, minutes(60, 0.7, 480)),
  "devbox-systems": own(4_000, 8_192, 0, 3_000, 55_000, 8_000, minutes(70, 0.7, 480)),
  "gpu-train": own(8_000, 32_768, 1_000, 10_000, 50_000, 20_000, minutes(40, 0.9, 480)),
  "gpu-finetune": own(16_000, 65_536, 2_000, 20_000, 60_000, 25_000, minutes(90, 0.6, 600)),
  "gpu-score": own(4_000, 16_384, 1_000, 10_000, 30_000, 12_000, minutes(25, 0.5, 240)),
  "ci-runner": own(2_000, 4_096, 0, 10_000, 2_000, 600, seconds(60, 0.7, 900)),
  "fn-extract": own(1_000, 1_024, 0, 20_000, 1_500, 250, seconds(25, 0.4, 180)),
  "fn-load": own(1_000, 2_048, 0, 20_000, 1_800, 250, seconds(35, 0.4, 240)),
  "fn-report": own(500, 1_024, 0, 2_000, 1_200, 200, seconds(12, 0.4, 120)),
  "fn-index": own(1_000, 1_024, 0, 5_000, 1_000, 200, seconds(15, 0.4, 120)),
  "fn-backup": own(500, 512, 0, 40_000, 900, 150, seconds(80, 0.4, 240)),
  "fn-sync": own(250, 256, 0, 10_000, 800, 120, seconds(6, 0.4, 60)),
  "fn-webhook": own(250, 256, 0, 1_000, 400, 80, seconds(0.25, 0.6, 10)),
  "fn-notify": own(250, 256, 0, 1_000, 450, 80, seconds(0.4, 0.6, 10)),
  "fn-thumbnail": own(1_000, 512, 0, 8_000, 600, 100, seconds(1.2, 0.5, 20)),
  "fn-classify": own(2_000, 2_048, 0, 4_000, 1_600, 250, seconds(2.5, 0.6, 60)),
  /** One pool for everybody: an idle instance serves any user. */
  "fn-query": { ...own(1_000, 1_024, 0, 8_000, 700, 120, seconds(2.5, 0.9, 120)), shared: true },
  /** Signs people in: shared, and one instance serves eight at a time. */
  "fn-sign-in": { ...own(1_000, 1_024, 0, 4_000, 500, 100, seconds(0.15, 0.5, 5)), shared: true, concurrency: 8 },
} as const satisfies Record<string, SyntheticApp>;

export type AppName = keyof typeof APPS;
export const APP_NAMES = Object.keys(APPS) as readonly AppName[];

/** What one request asks for: the share of an instance that it uses. */
export function requestedOf(app: SyntheticApp): Resources {
  const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = app.shape;
  const share = (amount: number) => Math.ceil(amount / app.concurrency);
  return {
    cpuMillis: share(cpuMillis),
    memoryMiB: share(memoryMiB),
    gpuMillis: share(gpuMillis),
    networkKbps: share(networkKbps),
  };
}

function own(
  cpuMillis: number,
  memoryMiB: number,
  gpuMillis: number,
  networkKbps: number,
  coldStartMs: number,
  resumeMs: number,
  run: RunTime,
): SyntheticApp {
  const shape = { cpuMillis, memoryMiB, gpuMillis, networkKbps };
  return { shape, coldStartMs, resumeMs, shared: false, concurrency: 1, run };
}

function minutes(median: number, sigma: number, most: number): RunTime {
  return { medianMs: median * 60_000, sigma, maxMs: most * 60_000 };
}

function seconds(median: number, sigma: number, most: number): RunTime {
  return { medianMs: median * 1_000, sigma, maxMs: most * 1_000 };
}
