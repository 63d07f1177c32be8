import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromText } from "../../allocator/policy-text.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { definitions } from "../../sim/workload.ts";

test("what users want nothing of started ahead is known before anything happens, whenever the trace says it", () => {
  const trace = new TraceBuilder({
    name: "t",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  })
    .app({ name: "web" })
    .app({ name: "lab" })
    .request({ user: "ana", app: "web", submitMs: 0, runMs: 1 })
    .request({ user: "bob", app: "lab", submitMs: 1, runMs: 1 })
    .context({ atMs: 50, endMs: 50, kind: "no-prewarm", label: "lab", user: null })
    .context({ atMs: 60, endMs: 60, kind: "no-prewarm", label: "web", user: "bob" })
    .context({ atMs: 70, endMs: 80, kind: "preferred-app", label: "web", user: "ana" })
    .context({ atMs: 80, endMs: 90, kind: "no-prewarm", label: "lab", user: "bob" })
    .build({ startMs: 0, endMs: 100 });
  const users = definitions(trace, UNLIMITED, policyFromText("reactive"), 0).filter(({ kind }) => kind === "user_defined");
  assert.equal(
    users.map((event) => (event.kind === "user_defined" ? [event.name, event.optOut] : [])),
    [
      ["ana", [1]],
      ["bob", [0, 1]],
    ],
  );
});

test.run();
