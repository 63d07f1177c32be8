import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Policy } from "../../allocator/core/policy.ts";
import { DryRunPlatform } from "../../allocator/live/dry-run.ts";
import { type Fleet, fleetFromDocument } from "../../allocator/live/fleet.ts";
import { type LiveOptions, LiveRun } from "../../allocator/live/live-run.ts";
import { MEASURES } from "../../allocator/live/watch/measures.ts";
import type { Predictions } from "../../allocator/live/watch/predictions.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import { ManualClock } from "./manual-clock.ts";

/** Two tiers, one pool of two nodes with room for two notebooks each, two apps, three users. */
export const FLEET: Fleet = fleetFromDocument({
  tiers: [
    { name: "premium", targetStart: "1s", priority: 200, level: 0.99, mayPreempt: true },
    { name: "standard", targetStart: "30s", priority: 100, level: 0.9 },
  ],
  pools: [{ name: "general", nodes: 2, capacity: { cpuMillis: 2000, memoryMiB: 4096 } }],
  apps: [
    { name: "notebook", shape: { cpuMillis: 1000, memoryMiB: 2048 }, coldStart: "20s", resume: "2s" },
    { name: "shell", shape: { cpuMillis: 100, memoryMiB: 128 }, coldStart: "1s", shared: true },
  ],
  users: [
    { name: "alice", tier: "premium" },
    { name: "bob", tier: "standard", permissions: ["notebook"] },
    { name: "carol", tier: "standard", timeZone: "Europe/Berlin", optOut: ["shell"] },
  ],
});

export function policyOf(text: string): Policy {
  return policyFromText(text);
}

/** Folders of live runs, and runs in them on a clock that stands. */
export class LiveBench {
  readonly #folder = mkdtempSync(join(tmpdir(), "prae-live-"));
  readonly clock = new ManualClock(1_000_000);
  #folders = 0;

  folder(): string {
    this.#folders += 1;
    return join(this.#folder, String(this.#folders));
  }

  open(state: string, options: Partial<LiveOptions> = {}): Promise<LiveRun> {
    return LiveRun.open({
      state,
      fleet: FLEET,
      policy: policyOf("keep-alive:ttl=10m"),
      platform: (names) => new DryRunPlatform(options.fleet ?? FLEET, names, this.clock),
      clock: this.clock,
      whole: (event) => Promise.resolve(event),
      onFailure: (error) => {
        throw error;
      },
      ...options,
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A prediction of one metric, at prices of no matter. */
export function predicted(metric: string, low: number, high: number): Predictions {
  const measure = MEASURES[metric] as (typeof MEASURES)[string];
  const prices = { hour: [0.04, 0.005, 2, 0.001], violation: { standard: 0.01 } };
  return { predictions: [{ metric, measure, low, high }], unfollowed: [], prices, ofUsage: false };
}
