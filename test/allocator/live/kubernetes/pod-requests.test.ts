import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Container, Pod, Quantities } from "../../../../allocator/live/kubernetes/objects.ts";
import { podRequests } from "../../../../allocator/live/kubernetes/pod-requests.ts";

const MIB = 2 ** 20;
const asking = (cpu: string, memory: string, more: Partial<Container> = {}): Container => {
  return { name: "c", resources: { requests: { cpu, memory } }, ...more };
};

function taken(spec: Partial<Pod["spec"]>, has?: Quantities): readonly (number | undefined)[] {
  const status = has === undefined ? {} : { containerStatuses: [{ name: "c", resources: { requests: has } }] };
  const pod = { metadata: { name: "p", uid: "p", resourceVersion: "1" }, spec: { containers: [], ...spec }, status };
  const { cpu, memory } = podRequests(pod);
  return [cpu, memory === undefined ? undefined : memory / MIB];
}

test("the sum of its containers, rounded up to thousandths of a core", () => {
  assert.equal(taken({ containers: [asking("100m", "64Mi"), asking("250m", "1Gi")] }), [350, 1_088]);
  assert.equal(taken({ containers: [asking("100u", "1Mi")] }), [1, 1]);
  assert.equal(taken({ containers: [{ name: "c" }] }), [undefined, undefined]);
});

test("or the largest that prepares for them, in each resource", () => {
  const initContainers = [asking("2", "16Mi"), asking("500m", "512Mi")];
  assert.equal(taken({ containers: [asking("1", "64Mi")], initContainers }), [2_000, 512]);
});

test("those that go on beside it count with all that come after them", () => {
  const sidecar = asking("300m", "100Mi", { restartPolicy: "Always" });
  const containers = [asking("1", "100Mi")];
  assert.equal(taken({ containers, initContainers: [sidecar, asking("900m", "10Mi")] }), [1_300, 200]);
  assert.equal(taken({ containers, initContainers: [sidecar, asking("2", "10Mi")] }), [2_300, 200]);
  assert.equal(taken({ containers, initContainers: [asking("2", "10Mi"), sidecar] }), [2_000, 200]);
});

test("what the pod as a whole asks for stands instead, and its overhead is on top", () => {
  const containers = [asking("1", "100Mi")];
  assert.equal(taken({ containers, overhead: { cpu: "50m" } }), [1_050, 100]);
  assert.equal(taken({ containers, resources: { requests: { cpu: "3" } }, overhead: { cpu: "50m" } }), [3_050, 100]);
});

test("while it shrinks, it takes what it has still", () => {
  assert.equal(taken({ containers: [asking("1", "100Mi")] }, { cpu: "2", memory: "50Mi" }), [2_000, 100]);
});

test.run();
