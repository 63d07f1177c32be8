import type { SizeSpec } from "../../allocator/core/policy.ts";

/** A line through what was calculated lately, and seasons of it. */
export const LINE = { linear: { values: 4, aheadMs: 150 }, holtWinters: null };
export const SEASONS = {
  linear: null,
  holtWinters: { alphaPpm: 900_000, betaPpm: 200_000, gammaPpm: 500_000, season: 2, seasons: 6 },
};

export const CRANE = { levelPpm: 900_000, marginPpm: 150_000, utilizationPpm: 800_000, historyMs: 3_600_000, decays: true };

export const AUTOPILOT: SizeSpec = {
  strategy: "autopilot",
  cpu: "p95",
  memory: "max",
  marginPpm: 150_000,
  cpuHalfLifeMs: 1_000,
  memoryHalfLifeMs: 1_000,
  peakHours: 2,
  holdIntervals: 2,
};
