import type { Actuator, Core, EventSource, StepObserver } from "./ports.ts";

export interface DriveParts {
  readonly core: Core;
  readonly source: EventSource;
  readonly actuator: Actuator;
  /** Called in order, before the decisions are acted on: the journal first. */
  readonly observers: readonly StepObserver[];
}

/**
 * The loop both worlds share: what happened → what to do → write it down → do it. It numbers the events.
 */
export class Drive {
  readonly #parts: DriveParts;
  #events = 0;
  #decisions = 0;

  constructor(parts: DriveParts) {
    this.#parts = parts;
  }

  get events(): number {
    return this.#events;
  }

  get decisions(): number {
    return this.#decisions;
  }

  /** Runs up to `count` events. @returns whether the source may have more. */
  run(count: number): boolean {
    const { core, source, actuator, observers } = this.#parts;
    for (let left = count; left > 0; left -= 1) {
      const event = source.next();
      if (event === null) return false;
      event.seq = this.#events;
      this.#events += 1;
      const decisions = core.step(event);
      this.#decisions += decisions.length;
      for (const observer of observers) observer.onStep(event, decisions);
      if (decisions.length > 0) actuator.submit(decisions);
    }
    return true;
  }
}
