import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kubernetesFromDocument } from "../../../../allocator/live/kubernetes/kubernetes-document.ts";
import { runIdIn } from "../../../../allocator/live/kubernetes/run-id.ts";
import { LiveError } from "../../../../allocator/live/live-error.ts";
import { PolicyError } from "../../../../allocator/policy-issue.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-run-id-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("a cluster needs an image for each app; the rest has defaults", () => {
  assert.equal(
    kubernetesFromDocument(
      { images: { notebook: "registry.example/notebook:1" } },
      { apps: ["notebook"], pools: ["general"] },
      "~",
    ),
    {
      kubeconfig: null,
      context: null,
      namespace: null,
      images: new Map([["notebook", "registry.example/notebook:1"]]),
      volumes: new Map(),
      graceSeconds: 30,
      unschedulableLimitMs: 30_000,
      startLimitMs: 600_000,
      objects: null,
      tokenReview: null,
      metricsEveryMs: null,
      hold: null,
    },
  );
  const given = {
    kubeconfig: "~/.kube/config",
    context: "c",
    namespace: "prae",
    images: {},
    grace: "5s",
    startLimit: "1m",
    hold: { unit: {} },
    objects: "main",
  };
  const { kubeconfig, graceSeconds, startLimitMs, hold, objects } = kubernetesFromDocument(
    given,
    { apps: [], pools: ["general"] },
    "/h",
  );
  const unit = { cpuMillis: 1000, memoryMiB: 4096, gpuMillis: 0, networkKbps: 0 };
  assert.equal(hold, { pool: "general", unit, image: "registry.k8s.io/pause:3.10", by: "auto" });
  assert.equal([kubeconfig, graceSeconds, startLimitMs, objects], ["/h/.kube/config", 5, 60_000, "main"]);
});

test("what an app keeps while it is suspended is a claim, where it is asked for", () => {
  const given = { images: { notebook: "i", shell: "i" }, volumes: { notebook: { path: "/data", storageClass: "fast" } } };
  const { volumes } = kubernetesFromDocument(given, { apps: ["notebook", "shell"], pools: [] }, "~");
  assert.equal(volumes, new Map([["notebook", { sizeMiB: 1024, path: "/data", storageClass: "fast" }]]));
});

test("all that is wrong is said, with its path", () => {
  const wrong = {
    kubeconfig: "",
    context: 5,
    namespace: "Not A Namespace",
    images: { notebook: "two words", unknown: "x" },
    grace: "1500ms",
    startLimit: "soon",
    metricsEvery: "often",
    tokenReview: {
      subjects: [{ user: "a", group: "b", scopes: ["all"] }, { scopes: ["read"] }],
      audience: "",
      reviewsPerSecond: 0,
    },
    hold: { pool: "elsewhere", unit: { cpuMillis: 0, gpuMillis: 1 }, by: "magic" },
    volumes: { notebook: { path: "home", sizeMiB: 0, mode: 7 }, unknown: {} },
    force: true,
  };
  try {
    kubernetesFromDocument(wrong, { apps: ["notebook", "shell"], pools: ["general"] }, "~");
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof PolicyError);
    assert.equal(error.issues.map(({ path }) => path).sort(), [
      "context",
      "force",
      "grace",
      "hold.by",
      "hold.pool",
      "hold.unit.cpuMillis",
      "hold.unit.gpuMillis",
      "images.notebook",
      "images.shell",
      "images.unknown",
      "kubeconfig",
      "metricsEvery",
      "namespace",
      "startLimit",
      "tokenReview.audience",
      "tokenReview.reviewsPerSecond",
      "tokenReview.subjects[0].scopes",
      "tokenReview.subjects[0].user",
      "tokenReview.subjects[1].user",
      "volumes.notebook.mode",
      "volumes.notebook.path",
      "volumes.notebook.sizeMiB",
      "volumes.unknown",
    ]);
  }
});

test("a run has one id for as long as its folder is there", () => {
  const state = join(folder, "state");
  const id = runIdIn(state);
  assert.match(id, /^[0-9a-f]{10}$/);
  assert.is(runIdIn(state), id);
  assert.is.not(runIdIn(join(folder, "another")), id);
  writeFileSync(join(state, "run-id"), "../elsewhere");
  assert.throws(
    () => runIdIn(state),
    (error: unknown) => error instanceof LiveError,
  );
  assert.is(readFileSync(join(state, "run-id"), "utf8"), "../elsewhere");
});

test.run();
