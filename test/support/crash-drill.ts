import { setTimeout as sleep } from "node:timers/promises";
import { type LiveProcess, liveProcess } from "./live-process.ts";

/** What a drill found. */
export interface Drilled {
  readonly kills: number;
  /** What was asked and ended, and answered before a kill. */
  readonly acknowledged: number;
  /** Of them, those that a later process did not know, or took for open though their end was acknowledged. */
  readonly forgotten: readonly string[];
  /** Instances that two open requests had at once. */
  readonly boundTwice: readonly number[];
  readonly longestRecoveryMs: number;
}

/**
 * Kills a live run again and again (SIGKILL) while clients ask for instances and end them, each time somewhere else, and asks the
 * next process for everything that was acknowledged.
 * @param args of `prae live`, with `--state`. @param afterMs for how long the k-th process lives.
 */
export async function crashDrill(
  args: readonly string[],
  bearer: string,
  users: readonly string[],
  kills: number,
  afterMs: (kill: number) => number,
): Promise<Drilled> {
  const acknowledged = new Map<string, "open" | "ended">();
  const forgotten: string[] = [];
  const boundTwice: number[] = [];
  let longestRecoveryMs = 0;
  let next = 0;
  let answers = 0;
  const check = async ({ send }: LiveProcess) => {
    const bound = new Set<number>();
    for (const [request, was] of acknowledged) {
      const answer = await send("GET", `/v1/requests/${request}`);
      const { state, instance = null } = (await answer.json()) as { state?: string; instance?: number | null };
      if (answer.status !== 200 || (was === "ended" && state !== "ended")) forgotten.push(request);
      if (instance !== null && bound.has(instance)) boundTwice.push(instance);
      if (instance !== null) bound.add(instance);
    }
  };
  for (let kill = 0; kill < kills; kill += 1) {
    const live = await liveProcess(args, bearer);
    longestRecoveryMs = Math.max(longestRecoveryMs, live.recovery.elapsedMs);
    await check(live);
    // What is checked again is what the next kill may lose: those left open by the last one are ended, those that were over are known.
    for (const [request, was] of [...acknowledged]) {
      if (was === "ended") acknowledged.delete(request);
      else if ((await live.send("DELETE", `/v1/requests/${request}`)).status === 204) acknowledged.set(request, "ended");
      else forgotten.push(request);
    }
    let down = false;
    const client = async (user: string) => {
      for (let i = 0; !down; i += 1) {
        const request = `r${next++}`;
        try {
          const asked = await live.send("PUT", `/v1/requests/${request}`, { user, app: "notebook" });
          if (asked.status !== 200) throw new Error(await asked.text());
          acknowledged.set(request, "open");
          answers += 1;
          if (i % 8 === 7) continue;
          if ((await live.send("DELETE", `/v1/requests/${request}`)).status !== 204) continue;
          acknowledged.set(request, "ended");
          answers += 1;
        } catch (error) {
          if (!down) throw error;
        }
      }
    };
    const clients = Promise.all(users.map(client));
    await Promise.race([sleep(afterMs(kill)), clients]);
    down = true;
    live.child.kill("SIGKILL");
    await Promise.all([live.exit, clients]);
  }
  const last = await liveProcess(args, bearer);
  await check(last);
  last.child.kill("SIGTERM");
  await last.exit;
  return { kills, acknowledged: answers, forgotten, boundTwice, longestRecoveryMs };
}
