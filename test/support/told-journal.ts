import type { JournalStep } from "../../allocator/journal/reader.ts";

/** A journal told by hand: two users, one app, capacity without limit. */
export class Told {
  readonly steps: JournalStep[] = [];
  #instances = 0;

  constructor() {
    this.event({
      kind: "tier_defined",
      tier: 0,
      name: "all",
      targetStartMs: 9,
      priority: 1,
      levelPpm: 500_000,
      mayPreempt: false,
    });
    this.event({ kind: "pool_defined", pool: 0, name: "pool", unlimited: true, provisionMs: 0, elastic: null });
    this.user(0, "ana");
    this.user(1, "bob");
    const shape = { cpuMillis: 1, memoryMiB: 2, gpuMillis: 0, networkKbps: 0 };
    this.event({ kind: "app_defined", app: 0, name: "web", shape, coldStartMs: 5, resumeMs: 1, shared: false, concurrency: 1 });
  }

  event(event: object, decisions: readonly object[] = [], atMs = 1000): this {
    const seq = this.steps.length;
    const stamped = decisions.map((decision, index) => ({ seq, index, ...decision }));
    this.steps.push({ event: { seq, atMs, ...event }, decisions: stamped } as never);
    return this;
  }

  user(user: number, name: string, more: object = {}, atMs = 1000): this {
    return this.event(
      {
        kind: "user_defined",
        user,
        name,
        tier: 0,
        role: "",
        timeZone: "UTC",
        permissions: null,
        optOut: [],
        ...more,
      },
      [],
      atMs,
    );
  }

  /** Arrives, and is decided on as given; by default an instance is launched for it. */
  arrives(request: number, atMs: number, name: string | null = null, decisions?: readonly object[]): this {
    const requested = { cpuMillis: 1, memoryMiB: 2, gpuMillis: 0, networkKbps: 0 };
    const arrival = { kind: "request_arrived", request, name, user: 0, app: 0, requested, tier: 0 };
    return this.event(arrival, decisions ?? [this.launch(request)], atMs);
  }

  launch(request: number): object {
    this.#instances += 1;
    return { kind: "launch", instance: this.#instances - 1, app: 0, user: 0, node: null, request };
  }

  at(atMs: number, kind: string, what: object, decisions: readonly object[] = []): this {
    return this.event({ kind, ...what }, decisions, atMs);
  }
}
