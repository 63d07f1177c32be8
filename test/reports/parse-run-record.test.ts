import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../datasets/issues.ts";
import { parseRunRecord } from "../../reports/parse-run-record.ts";
import { exampleRuns } from "../support/run-records.ts";

function refusal(text: string): string[] {
  try {
    parseRunRecord(text, "run.json");
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).message.split("\n");
  }
  throw new Error("the record was accepted");
}

/** The JSON of a record with other values at some paths; `undefined` leaves the field out. */
function changed(values: Readonly<Record<string, unknown>>): string {
  const record: unknown = JSON.parse(JSON.stringify(exampleRuns()[0]));
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(".");
    const parent = keys.slice(0, -1).reduce((part, key) => (part as Record<string, unknown>)[key], record) as Record<
      string,
      unknown
    >;
    parent[keys.at(-1)!] = value;
  }
  return JSON.stringify(record);
}

test("a record comes back as it was written", () => {
  for (const run of exampleRuns()) assert.equal(parseRunRecord(JSON.stringify(run), "run.json"), run);
});

test("text that is not JSON, or no record, is refused", () => {
  assert.match(refusal("{")[0]!, /^run\.json: expected a run record.*found no JSON/);
  assert.match(refusal("[1]")[0]!, "expected a run record");
  assert.match(refusal("null")[0]!, "expected a run record");
  assert.match(refusal("{}")[0]!, "found another JSON document");
});

test("another version is refused before anything else", () => {
  const issues = refusal(JSON.stringify({ recordVersion: 2 }));
  assert.is(issues.length, 1);
  assert.match(issues[0]!, "run.json recordVersion: expected 1, found 2");
});

test("every missing or mistaken field is named by its path", () => {
  const text = changed({
    policyText: undefined,
    "trace.users": "many",
    "trace.tiers.1.targetStartMs": -1,
    "metrics.overall.cost": "12",
    "metrics.latency.0.path": "sideways",
    "metrics.latency.1.points": [[5]],
    "metrics.timeline.parts.idle.cpuMillis.3": null,
    "metrics.timeline.parts.free": undefined,
  });
  const paths = refusal(text).map((line) => /^run\.json (\S+): /.exec(line)?.[1]);
  assert.equal(paths, [
    "policyText",
    "trace.users",
    "trace.tiers[1].targetStartMs",
    "metrics.overall.cost",
    "metrics.latency[0].path",
    "metrics.latency[1].points[0]",
    "metrics.timeline.parts.idle.cpuMillis[3]",
    "metrics.timeline.parts.free",
  ]);
});

test.run();
