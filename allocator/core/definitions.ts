import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { Resources } from "./resources.ts";

export interface Tier {
  readonly name: string;
  readonly priority: number;
  readonly levelPpm: number;
  /** Whether its requests may take instances from running requests of lower priority. */
  readonly mayPreempt: boolean;
}

export interface App {
  readonly shape: Resources;
  readonly coldStartMs: number;
  readonly shared: boolean;
  readonly concurrency: number;
}

/** Tiers and apps, as a snapshot has them. */
export function writeDefinitions(out: ByteWriter, tiers: readonly Tier[], apps: readonly App[]): void {
  out.u32(tiers.length);
  for (const tier of tiers) {
    out.text(tier.name);
    out.i32(tier.priority);
    out.u32(tier.levelPpm);
    out.bool(tier.mayPreempt);
  }
  out.u32(apps.length);
  for (const app of apps) {
    out.resources(app.shape);
    out.u64(app.coldStartMs);
    out.bool(app.shared);
    out.u32(app.concurrency);
  }
}

export function readDefinitions(from: ByteReader, tiers: Tier[], apps: App[]): void {
  for (let left = from.u32(); left > 0; left -= 1) {
    tiers.push({ name: from.text(), priority: from.i32(), levelPpm: from.u32(), mayPreempt: from.bool() });
  }
  for (let left = from.u32(); left > 0; left -= 1) {
    apps.push({ shape: from.resources(), coldStartMs: from.u64(), shared: from.bool(), concurrency: from.u32() });
  }
}
