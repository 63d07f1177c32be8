import type { ForecastTarget } from "../../allocator/core/forecast.ts";

/** What must be known of a trained model to judge it: what it saw, how it did, how it was made. */
export interface ModelCard {
  /** What it was fitted on. */
  readonly data: {
    /** The trace's name. */
    readonly name: string;
    /** The trace's digest; of another source the SHA-256 of its values. */
    readonly digest: string;
    /** Trace time, `[startMs, endMs)`. */
    readonly window: { readonly startMs: number; readonly endMs: number };
    readonly target: ForecastTarget;
    readonly series: number;
    readonly stepMs: number;
  };
  /** It learned from the window's start until `trainEndMs` and was chosen by what came until `validationEndMs`; trace time. */
  readonly split: { readonly trainEndMs: number; readonly validationEndMs: number };
  /** Groups of features that it uses. */
  readonly features: readonly string[];
  /** On the validation part; `null` where a metric does not apply. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly backend: { readonly name: string; readonly version: string };
  readonly seed: number;
  readonly training: {
    readonly epochs: number;
    /** The epoch whose weights these are, from 1; 0: as they were drawn. */
    readonly bestEpoch: number;
    readonly parameters: number;
  };
  /** The only part that may differ between two trainings alike: the model's digest leaves it out. */
  readonly made: {
    /** ISO 8601, UTC. */
    readonly at: string;
    readonly codeRevision: string;
    readonly node: string;
    readonly platform: string;
    readonly cpuMs: number;
    readonly wallMs: number;
    readonly peakMemoryMiB: number;
  };
}
