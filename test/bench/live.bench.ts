/**
 * A live run in dry-run, as a process of its own, with 10,000 users: how long a client waits for a warm instance at 500 requests a second,
 * each answered once it is on the disk; how long the decision itself takes of that; how long recovery takes; 200 kills. The load comes
 * from this process, at fixed times whether or not earlier answers are there, over connections that stay open, by the plain client of
 * Node: `fetch` takes about as much of the two cores as what is measured.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crashDrill } from "../support/crash-drill.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../support/live-process.ts";
import { json } from "../support/prae.ts";
import { record } from "./record.ts";

const USERS = 10_000;
const WARM_USERS = 2_000;
const REQUESTS_A_SECOND = 500;
const SECONDS = 20;
const KILLS = Number(process.env["PRAE_KILLS"] ?? 200);
const MOST_CLIENT_S = 0.02;
const MOST_RECOVERY_S = 5;

const folder = mkdtempSync(join(tmpdir(), "prae-live-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
const users = Array.from({ length: USERS }, (_, i) => `u${i}`);
writeFleet(fleet, users, 1_000);
const bearer = json(["tokens", "add", tokens, "--name", "load", "--scopes", "request,read"]).token as string;
const args = (state: string) => {
  const given = ["--fleet", fleet, "--policy", "keep-alive:ttl=1h", "--state", join(folder, state)];
  return [...given, "--tokens", tokens, "--rate", "1000000"];
};

interface Load {
  /** Of the requests that were bound to a warm instance, ascending. */
  readonly clientMs: readonly number[];
  readonly cold: number;
}

const agent = new Agent({ keepAlive: true });
let next = 0;

/** @returns the answer's text. */
function send({ url }: LiveProcess, method: string, path: string, body = ""): Promise<string> {
  const headers = { authorization: `Bearer ${bearer}`, ...(body === "" ? {} : { "content-type": "application/json" }) };
  return new Promise((resolve, reject) => {
    const asked = ask(`${url}${path}`, { method, agent, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => {
        text += part;
      });
      answer.on("end", () => resolve(text));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function use(live: LiveProcess, user: string, holdMs: number, sentMs = performance.now()): Promise<number | null> {
  const request = `r${next++}`;
  const answer = await send(live, "PUT", `/v1/requests/${request}`, JSON.stringify({ user, app: "notebook" }));
  const { state } = JSON.parse(answer) as { state: string };
  const tookMs = performance.now() - sentMs;
  await new Promise((resolve) => setTimeout(resolve, holdMs));
  await send(live, "DELETE", `/v1/requests/${request}`);
  return state === "running" ? tookMs : null;
}

/** Every user in turn, so that each is at rest again when its turn comes. */
async function load(live: LiveProcess): Promise<Load> {
  const all: Promise<number | null>[] = [];
  const beganMs = performance.now();
  for (let i = 0; i < REQUESTS_A_SECOND * SECONDS; i += 1) {
    const dueMs = beganMs + (1000 * i) / REQUESTS_A_SECOND;
    const leftMs = dueMs - performance.now();
    if (leftMs > 1) await new Promise((resolve) => setTimeout(resolve, leftMs));
    all.push(use(live, users[i % WARM_USERS] as string, 100, dueMs));
  }
  const took = await Promise.all(all);
  const clientMs = took.filter((ms) => ms !== null).sort((a, b) => a - b);
  return { clientMs, cold: took.length - clientMs.length };
}

async function warmed(state: string): Promise<LiveProcess> {
  const live = await liveProcess(args(state), bearer);
  for (let i = 0; i < WARM_USERS; i += 50) {
    await Promise.all(users.slice(i, i + 50).map((user) => use(live, user, 150)));
  }
  return live;
}

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;

let runs = 0;
let latest: { readonly p50Ms: number; readonly decidedMs: number } | null = null;

async function clientP99S(): Promise<number> {
  const live = await warmed(`load-${runs++}`);
  const before = await answered(live);
  const { clientMs, cold } = await load(live);
  const after = await answered(live);
  live.child.kill("SIGTERM");
  await live.exit;
  if (cold > 0) throw new Error(`${cold} requests found no warm instance: the machine is too busy to measure on`);
  latest = { p50Ms: at(clientMs, 0.5), decidedMs: (1000 * (after.sumS - before.sumS)) / (after.count - before.count) };
  return at(clientMs, 0.99) / 1000;
}

async function answered(live: LiveProcess): Promise<{ sumS: number; count: number }> {
  const text = await send(live, "GET", "/metrics");
  const read = (name: string) => Number(new RegExp(`^${name}\\{state="running"\\} (.*)$`, "m").exec(text)?.[1] ?? 0);
  return { sumS: read("prae_answer_seconds_sum"), count: read("prae_answer_seconds_count") };
}

async function recoveryS(): Promise<number> {
  const state = `recovery-${runs++}`;
  const live = await warmed(state);
  await load(live);
  live.child.kill("SIGKILL");
  await live.exit;
  const beganMs = performance.now();
  const again = await liveProcess(args(state), bearer);
  const tookS = (performance.now() - beganMs) / 1000;
  process.stderr.write(`${JSON.stringify(again.recovery)}\n`);
  again.child.kill("SIGTERM");
  await again.exit;
  return tookS;
}

async function killed(): Promise<number> {
  const afterMs = (kill: number) => 40 + ((kill * 7919) % 400);
  const drilled = await crashDrill(args("killed"), bearer, users.slice(0, 8), KILLS, afterMs);
  process.stderr.write(`${JSON.stringify(drilled)}\n`);
  if (drilled.forgotten.length > 0) throw new Error(`forgotten: ${drilled.forgotten.join(", ")}`);
  if (drilled.boundTwice.length > 0) throw new Error(`bound twice: ${drilled.boundTwice.join(", ")}`);
  const { same, events } = json(["replay", join(folder, "killed")]);
  if (same !== true) throw new Error("the journal does not replay");
  process.stderr.write(`${events} events replay bit for bit\n`);
  return drilled.kills;
}

const rate = `${REQUESTS_A_SECOND} a second`;
await record([
  {
    name: `live: warm instance to the client, ${rate}, p99`,
    unit: "1 / s",
    floor: 1 / MOST_CLIENT_S,
    run: async () => 1 / (await clientP99S()),
  },
  { name: `live: the same, p50`, unit: "1 / s", run: () => 1000 / (latest?.p50Ms ?? Number.NaN) },
  {
    name: `live: of that, from taken in to synced and decided, mean`,
    unit: "1 / s",
    run: () => 1000 / (latest?.decidedMs ?? Number.NaN),
  },
  {
    name: "live: a start after a kill, 10,000 users",
    unit: "1 / s",
    floor: 1 / MOST_RECOVERY_S,
    once: true,
    run: async () => 1 / (await recoveryS()),
  },
  { name: "live: kills under load, nothing acknowledged lost", unit: "kills", floor: KILLS, once: true, run: killed },
]);
