import { RandomStream } from "../../allocator/core/random.ts";
import type { Panel } from "../../models/panel/panel.ts";

const HOUR_MS = 3_600_000;

/**
 * Users of like size, each busy at hours of the day of its own, with much noise: the day before says less than many days do.
 * Amounts from 0 to about 300.
 */
export function seasonPanel({ users, steps, seed = 1 }: { users: number; steps: number; seed?: number }): Panel {
  const values = new Float32Array(users * steps);
  for (let user = 0; user < users; user += 1) {
    const stream = new RandomStream(seed, `user ${user}`);
    const phase = stream.below(24);
    for (let step = 0; step < steps; step += 1) {
      const busy = (step + phase) % 24 < 8;
      values[user * steps + step] = Math.round(Math.max(0, (busy ? 200 : 60) + 30 * stream.normal()));
    }
  }
  return {
    target: "demand",
    startMs: 0,
    stepMs: HOUR_MS,
    steps,
    epochMs: null,
    signed: false,
    series: Array.from({ length: users }, (_, user) => ({
      name: `user-${user}`,
      user,
      app: null,
      resource: "cpuMillis" as const,
      traits: { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null },
    })),
    values,
    context: [],
  };
}
