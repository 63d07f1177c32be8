import { Counter, Gauge, type Registry } from "prom-client";
import type { Clock, LeftOut, SourceSink, Told } from "../ports.ts";

/** Counts what sources of telemetry give, on its way into the run; once it is on the disk. */
export class CountedSink implements SourceSink {
  readonly #sink: SourceSink;
  readonly #clock: Clock;
  readonly #told: Counter<"source">;
  readonly #leftOut: Counter<"source">;
  readonly #readAt: Gauge<"source">;

  constructor(sink: SourceSink, clock: Clock, registry: Registry) {
    this.#sink = sink;
    this.#clock = clock;
    const labelled = { labelNames: ["source"] as const, registers: [registry] };
    this.#told = new Counter({ ...labelled, name: "prae_source_told_total", help: "What a source of telemetry told" });
    this.#leftOut = new Counter({
      ...labelled,
      name: "prae_source_left_out_total",
      help: "Of that, what was left out, as of a user whom the fleet does not have",
    });
    this.#readAt = new Gauge({
      ...labelled,
      name: "prae_source_read_timestamp_seconds",
      help: "When a source of telemetry last gave something; a Prometheus does at each step, even without samples",
    });
  }

  position(source: string): string | null {
    return this.#sink.position(source);
  }

  async takeIn(source: string, position: string, told: readonly Told[]): Promise<readonly LeftOut[]> {
    const leftOut = await this.#sink.takeIn(source, position, told);
    this.#told.inc({ source }, told.length);
    this.#leftOut.inc({ source }, leftOut.length);
    this.#readAt.set({ source }, this.#clock.nowMs() / 1_000);
    return leftOut;
  }
}
