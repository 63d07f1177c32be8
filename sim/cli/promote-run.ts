import { resolve } from "node:path";
import type { GateResult } from "../../allocator/promotion/promotion.ts";
import { InputError } from "../../datasets/issues.ts";
import { parseGates } from "../../reports/promotion/gates.ts";
import { type NamedPolicy, readPolicy, readYaml } from "./inputs.ts";
import { EXIT, printJson } from "./output.ts";
import type { PromoteArguments } from "./promote.ts";
import { sayOutcome } from "./promote-words.ts";
import { passGate, type Verdict } from "./promotion-gate.ts";
import { type OpenedStore, openStore, refusals } from "./promotion-store.ts";
import type { Scenario } from "./run-policy.ts";
import { readScenario } from "./scenario.ts";

/** What `prae promote` does. */
export async function promote(args: PromoteArguments): Promise<void> {
  const given = args.gates === undefined ? null : parseGates(await readYaml(args.gates), args.gates);
  const opened = openStore(args);
  const candidate = await readPolicy(args.candidate, "--candidate");
  const incumbent = await readIncumbent(args.incumbent, opened);
  const scenarios = await readScenarios(args);
  const { registry, note = null } = args;
  sayVerdict(await passGate({ candidate, incumbent, scenarios, gates: given, registry, note }, opened), args.json);
}

/** The document, with `more` in it, or the words; and the exit code. */
export function sayVerdict({ body, kept }: Verdict, json: boolean, more: object = {}): void {
  const results = body.evidence.flatMap((one) => one.results);
  if (json)
    printJson({
      promoted: kept !== null,
      ...(kept ?? { id: null, sequence: null, path: null }),
      vetoed: isVetoed(results),
      ...more,
      ...body,
    });
  else sayOutcome(body, kept);
  if (kept === null) process.exitCode = EXIT.gateRefused;
}

/** A service level that is not kept cannot be made up for. */
function isVetoed(results: readonly GateResult[]): boolean {
  return results.some(({ stage, passed }) => stage === "sla" && !passed);
}

/** What runs: what is said to, or the promotion that is in force. */
async function readIncumbent(text: string | undefined, { store, trusted }: OpenedStore): Promise<NamedPolicy> {
  if (text !== undefined) return readPolicy(text, "--incumbent");
  const active = refusals(() => store.active(trusted()));
  if (active !== null) return { text: active.body.policy.text, policy: active.body.policy.document };
  const hint = "--incumbent reactive, or what runs today";
  throw new InputError([{ where: "--incumbent", expected: "a policy, while no promotion is in force", found: "nothing", hint }]);
}

async function readScenarios(args: PromoteArguments): Promise<Scenario[]> {
  const { traces } = args;
  const from = args.evaluateFrom.split(",");
  const expected = "one instant, or one a trace";
  if (from.length !== 1 && from.length !== traces.length) {
    throw new InputError([{ where: "--evaluate-from", expected, found: `${from.length} of ${traces.length} traces` }]);
  }
  const again = traces.find((path, index) => traces.findIndex((other) => resolve(other) === resolve(path)) !== index);
  if (again !== undefined) throw new InputError([{ where: "--traces", expected: "each trace once", found: `${again} again` }]);
  const scenarios: Scenario[] = [];
  for (const [index, trace] of traces.entries()) {
    const scenario = await readScenario({
      ...args,
      trace,
      evaluateFrom: from[index] ?? from[0],
      whatIf: undefined,
      set: undefined,
    });
    const { startMs } = scenario.trace.manifest.window;
    if (scenario.evaluateFromMs <= startMs) {
      const hint = "--evaluate-from 14d";
      throw new InputError([
        {
          where: "--evaluate-from",
          path: trace,
          expected: "an instant after the trace's start: what comes before is what was learned from",
          found: "its start",
          hint,
        },
      ]);
    }
    scenarios.push(scenario);
  }
  return scenarios;
}
