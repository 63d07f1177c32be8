import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { InputError } from "../../../datasets/issues.ts";
import { defaultGates, GATED_METRICS, parseGates } from "../../../reports/promotion/gates.ts";
import { done } from "../../support/prae.ts";
import { read } from "../../support/source-text.ts";

/** The documents in which the defaults are printed. */
const METRICS_BLOCK = /## Gates[\s\S]*?```yaml\n([\s\S]*?)```/.exec(read("reports/METRICS.md"))![1]!;
const HELP_BLOCK = /The default gates as a file:\n([\s\S]*?)\n\n/.exec(done(["promote", "--help"]))![1]!;

test("the defaults are what METRICS.md and the help say", () => {
  assert.equal(parseGates(parse(METRICS_BLOCK)), defaultGates(false));
  assert.equal(parseGates(parse(HELP_BLOCK)), defaultGates(false));
  assert.equal(
    defaultGates(true).sla.map(({ metric, tier }) => [metric, tier]),
    [
      ["sla_violations", "each"],
      ["shortage_hours", "each"],
    ],
  );
});

test("every stage is read, and what is left out is empty", () => {
  const gates = parseGates({
    confidence: 0.9,
    sla: [{ metric: "sla_violation_fraction", tier: "premium", noWorseBy: 0, slack: 0.001 }],
    cost: [{ metric: "waste_cost", betterBy: 0.05 }],
  });
  assert.equal(gates, {
    confidence: 0.9,
    sla: [{ metric: "sla_violation_fraction", tier: "premium", noWorseBy: 0, betterBy: null, slack: 0.001 }],
    waste: [],
    cost: [{ metric: "waste_cost", tier: null, noWorseBy: null, betterBy: 0.05, slack: 0 }],
    churn: [],
  });
});

test("no metric of which more is better, or neither, can be bounded", () => {
  for (const name of ["requests", "warm_starts", "used_cpu_core_hours", "gap_closed", "start_latency_ms_p99"]) {
    assert.not.ok(GATED_METRICS.includes(name), name);
  }
  for (const name of ["cost", "sla_violations", "shortage_hours", "launch_decisions", "wasted_gpu_hours"]) {
    assert.ok(GATED_METRICS.includes(name), name);
  }
});

const SLA = [{ metric: "sla_violations", noWorseBy: 0 }];
const COST = [{ metric: "cost", betterBy: 0 }];

/** A document, and the paths at which it is refused. */
const REFUSED: readonly (readonly [document: unknown, ...paths: (string | undefined)[]])[] = [
  [null, undefined],
  [[], undefined],
  [{ cost: COST }, "sla"],
  [{ sla: SLA }, undefined],
  [{ sla: [], cost: COST }, "sla"],
  [{ sla: SLA, cost: COST, speed: [] }, "speed"],
  [{ sla: SLA, cost: {} }, "cost"],
  [{ sla: SLA, cost: COST, confidence: 1 }, "confidence"],
  [{ sla: SLA, cost: COST, confidence: "95 %" }, "confidence"],
  [{ sla: ["sla_violations"], cost: COST }, "sla[0]"],
  [{ sla: [{ metric: "gap_closed", noWorseBy: 0 }], cost: COST }, "sla[0].metric"],
  [{ sla: [{ metric: "sla_violations" }], cost: COST }, "sla[0]"],
  [{ sla: [{ metric: "sla_violations", noWorseBy: 0, betterBy: 0 }], cost: COST }, "sla[0]"],
  [
    { sla: [{ metric: "sla_violations", noWorseBy: -0.1, tier: "", worse: 1 }], cost: COST },
    "sla[0].worse",
    "sla[0].tier",
    "sla[0].noWorseBy",
  ],
  [{ sla: SLA, cost: [{ metric: "cost", betterBy: 1.5 }] }, "cost[0].betterBy"],
  [{ sla: SLA, cost: [{ metric: "cost", betterBy: 0, slack: 1 }] }, "cost[0].slack"],
  [{ sla: [{ ...SLA[0], slack: Number.POSITIVE_INFINITY }], cost: COST }, "sla[0].slack"],
];

test("everything that is wrong with a file is listed with its path", () => {
  for (const [document, ...paths] of REFUSED) {
    try {
      parseGates(document, "gates.yaml");
      assert.unreachable(JSON.stringify(document));
    } catch (error) {
      assert.instance(error, InputError, JSON.stringify(document));
      const { issues } = error as InputError;
      assert.equal(
        issues.map(({ path }) => path),
        paths,
      );
      for (const { where } of issues) assert.is(where, "gates.yaml");
    }
  }
});

test.run();
