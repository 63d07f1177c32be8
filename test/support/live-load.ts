import { setTimeout as sleep } from "node:timers/promises";
import { RandomStream } from "../../allocator/core/random.ts";
import type { LiveProcess } from "./live-process.ts";

/** Users do one thing after another; now and then one rests for longer than instances are kept. */
const THINK_MS = 200;
const REST_MS = 7_000;
const REST_CHANCE = 0.02;

/**
 * Users ask for instances, say what they use and end, until the run has taken in so many events. How long they think is drawn from the
 * seed; what the world does with it is not.
 * @returns how many requests were made.
 */
export async function liveLoad(live: LiveProcess, users: readonly string[], events: number, seed = 1): Promise<number> {
  let isEnough = false;
  let requests = 0;
  const user = async (name: string, stream: RandomStream) => {
    for (let i = 0; !isEnough; i += 1) {
      const request = `${name}-${i}`;
      await expect(live.send("PUT", `/v1/requests/${request}`, { user: name, app: "notebook" }), 200);
      requests += 1;
      await sleep(stream.below(THINK_MS));
      const used = { cpuMillis: stream.below(500), memoryMiB: stream.below(1_024) };
      await expect(live.send("POST", "/v1/usage", { observations: [{ user: name, used, windowMs: 1_000 }] }), 202);
      await sleep(stream.below(THINK_MS));
      await expect(live.send("DELETE", `/v1/requests/${request}`), 204);
      if (stream.float() < REST_CHANCE) await sleep(REST_MS);
    }
  };
  const running = users.map((name) => user(name, new RandomStream(seed, name)));
  const failed = Promise.all(running);
  while (!isEnough) {
    await Promise.race([sleep(500), failed]);
    isEnough = (await eventsOf(live)) >= events;
  }
  await failed;
  return requests;
}

async function eventsOf({ send }: LiveProcess): Promise<number> {
  const text = await (await send("GET", "/metrics")).text();
  return [...text.matchAll(/^prae_events_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function expect(asked: Promise<Response>, status: number): Promise<void> {
  const answer = await asked;
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`expected ${status}, found ${answer.status}: ${text}`);
}
