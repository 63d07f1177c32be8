import { test } from "uvu";
import * as assert from "uvu/assert";
import { appliesReplicas } from "../../../../allocator/live/kubernetes/hold-deployment.ts";
import { holdManifest, scaleManifest } from "../../../../allocator/live/kubernetes/hold-manifest.ts";
import type { ManagedFields } from "../../../../allocator/live/kubernetes/objects.ts";

const METADATA = { name: "d", uid: "u-1", resourceVersion: "17" };
const UNIT = { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 0, networkKbps: 0 };

test("how many pods there are to be is written to the very version that was seen, and is no part of the shape", () => {
  assert.equal(scaleManifest({ metadata: { ...METADATA, labels: { a: "b" } } }, 3), {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: METADATA,
    spec: { replicas: 3 },
  });
  const hold = { pool: "general", unit: UNIT, image: "pause", by: "pods" } as const;
  const { spec } = holdManifest({ runId: "r", epoch: 1, tier: "t", hold });
  assert.equal(Object.keys(spec).sort(), ["selector", "template"]);
});

test("replicas are handed over where they were applied as a part of the whole, by PRAE", () => {
  const whole: ManagedFields = { manager: "prae", operation: "Apply", fieldsV1: { "f:spec": { "f:replicas": {} } } };
  const of = (...managedFields: ManagedFields[]) => appliesReplicas({ metadata: { ...METADATA, managedFields } });
  assert.is(of(whole), true);
  assert.is(of({ ...whole, subresource: "" }), true);
  assert.is(of({ manager: "prae", operation: "Apply", fieldsV1: { "f:metadata": {} } }, whole), true);
  assert.is(of({ ...whole, subresource: "scale" }), false);
  assert.is(of({ ...whole, manager: "kubectl" }), false);
  assert.is(of({ ...whole, operation: "Update" }), false);
  assert.is(of({ ...whole, fieldsV1: { "f:spec": { "f:template": {} } } }), false);
  assert.is(of({ manager: "prae", operation: "Apply" }), false);
  assert.is(appliesReplicas({ metadata: METADATA }), false);
});

test.run();
