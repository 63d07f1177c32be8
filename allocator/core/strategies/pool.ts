import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { PoolId } from "../ids.ts";
import type { PoolSpec } from "../policy.ts";
import type { State } from "../state.ts";
import { ClusterAutoscaler } from "./cluster-autoscaler.ts";
import { Karpenter } from "./karpenter.ts";
import { PoolAhead } from "./pool-ahead.ts";

/** A pool that is to have another number of nodes. */
export interface PoolWant {
  readonly pool: PoolId;
  readonly nodes: number;
  readonly because: Because;
}

/** Fills the slot `pool`: how many nodes each elastic pool is to have. It looks at the state, and never changes it. */
export interface PoolStrategy {
  /** How often it looks. */
  readonly everyMs: number;
  /** What it wants now, each pool at most once. */
  scan(state: State, nowMs: number): readonly PoolWant[];
  /** A forecast is there. Absent: it asks for none. */
  onForecast?(batch: ForecastBatch, batchIndex: number): void;
  /** The world did not give the pool what it was asked for. */
  refused(pool: PoolId, nowMs: number): void;
  write(out: ByteWriter): void;
  read(from: ByteReader): void;
}

export function poolStrategy(spec: PoolSpec): PoolStrategy {
  switch (spec.strategy) {
    case "cluster-autoscaler":
      return new ClusterAutoscaler(spec);
    case "karpenter":
      return new Karpenter(spec);
    default:
      return new PoolAhead(spec);
  }
}
