import type { Policy } from "../../allocator/core/policy.ts";
import { DecisionLog } from "../../allocator/live/decision-log.ts";
import { DryRunPlatform } from "../../allocator/live/dry-run.ts";
import { type Fleet, fleetFromDocument } from "../../allocator/live/fleet.ts";
import { LiveMetrics } from "../../allocator/live/http/live-metrics.ts";
import { liveServer } from "../../allocator/live/http/server.ts";
import { type Token, tokensFromDocument } from "../../allocator/live/http/tokens.ts";
import { LiveError } from "../../allocator/live/live-error.ts";
import { LiveRun } from "../../allocator/live/live-run.ts";
import { SystemClock } from "../../allocator/live/system-clock.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { IssueList } from "../../datasets/issue-list.ts";
import { InputError } from "../../datasets/issues.ts";
import { readPolicies, readYaml } from "./inputs.ts";
import { onInterrupt } from "./interrupt.ts";
import type { LiveArguments } from "./live.ts";
import { printJson, reportFailure, sayMeanwhile } from "./output.ts";
import { VERSION } from "./version.ts";

/** Runs until it is interrupted, and then leaves the journal whole; or until the disk or the core fails. */
export async function serve(args: LiveArguments): Promise<void> {
  const { host, port, fleet, policy, tokens } = await readAll(args);
  const clock = new SystemClock();
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  let run: LiveRun | null = null;
  const current = () => run as LiveRun;
  const log = new DecisionLog(
    () => current().state,
    () => current().directory,
  );
  const metrics = new LiveMetrics(() => current().state);
  const observers = [log, metrics];
  run = await openRun({
    state: args.state,
    fleet,
    policy,
    platform: (names) => new DryRunPlatform(fleet, names, clock),
    clock,
    observers: observers.map((observer) => ({ onStep: (event, decisions) => run !== null && observer.onStep(event, decisions) })),
    onFailure: fail,
  });
  const logTo = process.stderr;
  const server = await liveServer({ run, log, metrics, tokens, ratePerSecond: args.rate, version: VERSION, logTo });
  const stopped = new Promise<void>((resolve) => onInterrupt(() => resolve()));
  try {
    const url = await server.listen({ host, port });
    const { recovery } = run;
    if (args.json) printJson({ listening: url, state: args.state, target: args.target, policy: policy.name, recovery });
    else sayMeanwhile(began(url, recovery, args));
    await Promise.race([stopped, failed]);
    await server.close();
    await run.stop();
    sayMeanwhile(`prae: stopped; ${run.events} events in ${args.state}/journal.prae.gz`);
  } catch (error) {
    // What was acknowledged is on the disk; what was not must not look as if it were.
    process.exit(reportFailure(error, false));
  }
}

function began(url: string, { events, replayedEvents, tornBytes, elapsedMs }: LiveRun["recovery"], args: LiveArguments): string {
  const torn = tornBytes > 0 ? `, ${tornBytes} bytes of a cut write taken off` : "";
  const recovered = events === 0 ? "a new run" : `${events} events before, ${replayedEvents} read again${torn}, ${elapsedMs} ms`;
  const nobody = args.tokens === undefined ? "\n  no --tokens: nobody may ask for anything" : "";
  return `prae: ${args.target}, ${recovered}\n  API at ${url}, described at ${url}/openapi.json${nobody}\n  Ctrl-C stops it; the same command goes on`;
}

async function openRun(options: Parameters<typeof LiveRun.open>[0]): Promise<LiveRun> {
  try {
    return await LiveRun.open(options);
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    throw new InputError(error.issues.map((issue) => ({ where: options.state, ...issue })));
  }
}

interface Given {
  readonly host: string;
  readonly port: number;
  readonly fleet: Fleet;
  readonly policy: Policy;
  readonly tokens: readonly Token[];
}

/** @throws InputError with all that is wrong with any of it. */
async function readAll(args: LiveArguments): Promise<Given> {
  const issues = new IssueList();
  const attempt = async <T>(where: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof PolicyError) for (const issue of error.issues) issues.add({ where, ...issue });
      else if (error instanceof InputError) for (const issue of error.issues) issues.add(issue);
      else throw error;
      return undefined;
    }
  };
  const address = /^(.+):(\d{1,5})$/.exec(args.listen);
  const port = Number(address?.[2]);
  if (address === null || port > 65_535)
    issues.add({ where: "--listen", expected: "an address and a port, such as 127.0.0.1:7070", found: `"${args.listen}"` });
  if (!Number.isSafeInteger(args.rate) || args.rate < 1)
    issues.add({ where: "--rate", expected: "a whole number of at least 1", found: String(args.rate) });
  const fleet = await attempt(args.fleet, async () => fleetFromDocument(await readYaml(args.fleet)));
  const policy = await attempt("--policy", async () => (await readPolicies(args.policy, "--policy"))[0]?.policy);
  const tokens = await attempt(String(args.tokens), async () =>
    args.tokens === undefined ? [] : tokensFromDocument(await readYaml(args.tokens)),
  );
  if (policy?.feed != null)
    issues.add({
      where: "--policy",
      expected: "one without a feed: forecasts are not made live yet",
      found: `feed ${policy.feed.model}`,
    });
  if (fleet?.pools.some(({ unlimited, nodes }) => !unlimited && nodes === 0))
    issues.add({
      where: args.fleet,
      path: "pools",
      expected: "nodes and capacity, or unlimited, for --target dry-run",
      found: "a pool with neither",
    });
  issues.throwIfAny();
  return {
    host: (address?.[1] ?? "").replace(/^\[(.*)\]$/, "$1"),
    port,
    fleet: fleet as Fleet,
    policy: policy as Policy,
    tokens: tokens ?? [],
  };
}
