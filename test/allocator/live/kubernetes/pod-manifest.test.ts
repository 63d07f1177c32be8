import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId } from "../../../../allocator/core/ids.ts";
import type { Pod } from "../../../../allocator/live/kubernetes/objects.ts";
import { bindingPatch, type PodOrder, podManifest } from "../../../../allocator/live/kubernetes/pod-manifest.ts";
import {
  checkRunId,
  instanceOf,
  LABEL,
  labelValue,
  podName,
  userLabel,
} from "../../../../allocator/live/kubernetes/pod-names.ts";
import { viewPod } from "../../../../allocator/live/kubernetes/pod-view.ts";
import { LiveError } from "../../../../allocator/live/live-error.ts";

const ORDER: PodOrder = {
  runId: "run-1",
  instance: 7 as InstanceId,
  token: "12:3",
  epoch: 4,
  app: "notebook",
  image: "registry.example/notebook:1",
  user: "alice@example.org",
  tier: "gold",
  request: "r-1",
  pool: "general",
  node: null,
  size: { cpuMillis: 500, memoryMiB: 256, gpuMillis: 0, networkKbps: 90 },
  asked: { requests: { cpu: "500m", memory: "256Mi" }, advisory: ["networkKbps=90: no node defines a resource for it"] },
  graceSeconds: 30,
  volumePath: null,
};
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** As the API server would show it. */
function shown(order: PodOrder, status: Pod["status"] = {}): Pod {
  const pod = podManifest(order) as Pod;
  return { ...pod, metadata: { ...pod.metadata, uid: "u", resourceVersion: "1" }, status };
}

test("an instance's pod is always of the same name, which says the run and the instance", () => {
  assert.is(podName("run-1", 7 as InstanceId), "prae-run-1-7");
  for (const good of ["a", "0", "run-1", "a".repeat(40)]) checkRunId(good);
  for (const bad of ["", "-a", "a-", "A", "a_b", "a.b", "a".repeat(41), "../x", "a\n"])
    assert.throws(
      () => checkRunId(bad),
      (error: unknown) => error instanceof LiveError,
      JSON.stringify(bad),
    );
});

test("any name fits a label; the names of users are never there", () => {
  assert.is(labelValue("general.pool_1"), "general.pool_1");
  for (const name of ["", "a b", "-x", "x-", "ü", "x".repeat(64), "$(reboot)", "a\nb"]) {
    assert.match(labelValue(name), LABEL_VALUE);
    assert.is.not(labelValue(name), name);
  }
  assert.is.not(labelValue("a b"), labelValue("a  b"));
  assert.is(userLabel("run-1", "alice"), userLabel("run-1", "alice"));
  assert.is.not(userLabel("run-1", "alice"), userLabel("run-2", "alice"));
  const text = JSON.stringify(podManifest(ORDER));
  assert.not.match(text, /alice/);
});

test("the pod says token, owner, size and what is advisory", () => {
  const { metadata } = shown(ORDER);
  assert.equal(metadata.labels, {
    "app.kubernetes.io/managed-by": "prae",
    "prae.dev/run": "run-1",
    "prae.dev/instance": "7",
    "prae.dev/app": "notebook",
    "prae.dev/pool": "general",
    "prae.dev/user": userLabel("run-1", "alice@example.org"),
    "prae.dev/tier": "gold",
  });
  assert.equal(metadata.annotations, {
    "prae.dev/token": "12:3",
    "prae.dev/epoch": "4",
    "prae.dev/size": JSON.stringify(ORDER.size),
    "prae.dev/bound-by": "12:3",
    "prae.dev/request": "r-1",
    "prae.dev/advisory": "networkKbps=90: no node defines a resource for it",
  });
  const { labels, annotations } = shown({ ...ORDER, user: null, tier: null, request: null }).metadata;
  for (const absent of [labels?.[LABEL.user], labels?.[LABEL.tier], annotations?.["prae.dev/request"]])
    assert.is(absent, undefined);
});

test("a binding changes owner and request in one patch", () => {
  const binding = { runId: "run-1", token: "20:0", user: "bob", tier: "gold", request: "r-1" };
  assert.equal(bindingPatch(binding), {
    metadata: {
      labels: { "prae.dev/user": userLabel("run-1", "bob"), "prae.dev/tier": "gold" },
      annotations: { "prae.dev/bound-by": "20:0", "prae.dev/request": "r-1" },
    },
  });
});

test("what is launched is read again from its pod", () => {
  assert.equal(viewPod(shown(ORDER)), {
    instance: 7,
    version: { uid: "u", resourceVersion: "1", epoch: 4 },
    node: null,
    owner: userLabel("run-1", "alice@example.org"),
    phase: "starting",
    launchedBy: { seq: 12, index: 3 },
    isUnschedulable: false,
    nominatedNode: null,
    size: ORDER.size,
    resize: "done",
  });
});

test("a pod is ready when it says so, stops when it is deleted, and is over when its program is", () => {
  const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  const phase = (pod: Pod) => viewPod(pod)?.phase;
  assert.is(phase(shown(ORDER, ready)), "ready");
  assert.is(phase(shown(ORDER, { ...ready, conditions: [{ type: "Ready", status: "False" }] })), "starting");
  assert.is(phase(shown(ORDER, { phase: "Failed" })), "ended");
  assert.is(phase(shown(ORDER, { phase: "Succeeded" })), "ended");
  const deleted = shown(ORDER, ready);
  assert.is(phase({ ...deleted, metadata: { ...deleted.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }), "stopping");
});

test("a resize is done when what runs is as large as the spec has it", () => {
  const resize = (status: Pod["status"]) => viewPod(shown(ORDER, status))?.resize;
  const running = (cpu: string) => [{ name: "app", resources: { requests: { cpu, memory: "256Mi" } } }];
  assert.is(resize({ containerStatuses: running("500m") }), "done");
  assert.is(resize({ containerStatuses: running("0.5") }), "done");
  assert.is(resize({ containerStatuses: running("250m") }), "pending");
  const condition = (type: string, reason: string) => [{ type, status: "True", reason }];
  assert.is(resize({ conditions: condition("PodResizeInProgress", "") }), "pending");
  assert.is(resize({ conditions: condition("PodResizePending", "Deferred") }), "pending");
  assert.is(resize({ conditions: condition("PodResizePending", "Infeasible") }), "infeasible");
});

test("an app that keeps something has its claim mounted, which is named as the pod", () => {
  const { spec } = podManifest({ ...ORDER, volumePath: "/data" }) as { spec: Record<string, unknown> };
  assert.equal(spec["volumes"], [{ name: "state", persistentVolumeClaim: { claimName: "prae-run-1-7" } }]);
  const [container] = spec["containers"] as { volumeMounts: unknown }[];
  assert.equal(container?.volumeMounts, [{ name: "state", mountPath: "/data" }]);
  assert.not.ok("volumes" in (podManifest(ORDER) as { spec: object }).spec);
});

test("labels and annotations that others wrote are no trouble", () => {
  for (const value of ["", "x", "-1", "1.5", "007", "1e3", "99999999999999999", "__proto__"])
    assert.is(instanceOf({ "prae.dev/instance": value }), null, value);
  assert.is(instanceOf(undefined), null);
  const pod = shown(ORDER);
  for (const [token, size] of [
    ["1:2:3", "{"],
    ["x", '{"cpuMillis":-1}'],
    ["", "null"],
  ]) {
    const annotations = { "prae.dev/token": token as string, "prae.dev/size": size as string };
    const view = viewPod({ ...pod, metadata: { ...pod.metadata, annotations } });
    assert.is(view?.launchedBy, null);
    assert.is(view?.size.networkKbps, 0);
  }
});

test.run();
