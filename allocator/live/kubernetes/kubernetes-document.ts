import type { Resources } from "../../core/resources.ts";
import { PolicyError, type PolicyIssue } from "../../policy-issue.ts";
import { Section } from "../../policy-section.ts";
import { type Grant, readGrant } from "../http/tokens.ts";

/** How capacity is held for what is reserved. */
export interface HoldSettings {
  /** Where: its name. */
  readonly pool: string;
  /** Cores and memory of one of the pods that hold it. */
  readonly unit: Resources;
  /** An image that does nothing. */
  readonly image: string;
  /** By pods that give way, or by CapacityBuffers, which tell a node autoscaler; `auto`: by buffers, where the cluster has them. */
  readonly by: "auto" | "pods" | "buffers";
}

/** Whom the API's tokens may be of that the cluster knows, and what they may do. */
export interface TokenReviewSettings {
  /** A token has to be made for. */
  readonly audience: string;
  /** Most unknown tokens that the API server is asked about. */
  readonly reviewsPerSecond: number;
  /** The first that it is counts. */
  readonly subjects: readonly ReviewedSubject[];
}

export interface ReviewedSubject extends Grant {
  readonly kind: "user" | "group";
  /** As the cluster has it: `system:serviceaccount:hub:hub`. */
  readonly name: string;
}

/** What is kept of an instance while it is suspended: a claim to so much storage. */
export interface VolumeSettings {
  readonly sizeMiB: number;
  /** Where the program finds it. */
  readonly path: string;
  /** `null`: the cluster's default. */
  readonly storageClass: string | null;
}

/** A cluster, and how instances run in it. */
export interface KubernetesSettings {
  /** Path of a kubeconfig; `null`: this runs in a pod, as its service account. */
  readonly kubeconfig: string | null;
  /** `null`: the kubeconfig's current one. */
  readonly context: string | null;
  /** Where the pods go; `null`: as the context says. */
  readonly namespace: string | null;
  /** By name of app. */
  readonly images: ReadonlyMap<string, string>;
  /** By name of app: those that can be suspended. */
  readonly volumes: ReadonlyMap<string, VolumeSettings>;
  /** What a pod is given to end by itself. */
  readonly graceSeconds: number;
  /** How long the scheduler may look for a node, and how long a pod may take to be ready. */
  readonly unschedulableLimitMs: number;
  readonly startLimitMs: number;
  /** `null`: reservations are entries in the allocator's books alone. */
  readonly hold: HoldSettings | null;
  /** `null`: tokens are those on the list alone. */
  readonly tokenReview: TokenReviewSettings | null;
  /** How often usage is read from the metrics API; `null`: never. */
  readonly metricsEveryMs: number | null;
  /** Which run the cluster's User and Run objects are of that this one takes in; `null`: none. */
  readonly objects: string | null;
}

const KEYS = [
  ...["kubeconfig", "context", "namespace", "images", "volumes", "grace"],
  ...["unschedulableLimit", "startLimit", "hold", "objects", "metricsEvery", "tokenReview"],
];
const VOLUME_KEYS = ["sizeMiB", "path", "storageClass"];
const HOLD_KEYS = ["pool", "unit", "image", "by"];
const UNIT_KEYS = ["cpuMillis", "memoryMiB"];

/**
 * Reads what `--kubernetes` names:
 *
 *     kubeconfig: ~/.kube/config            # left out: the service account of the pod that this runs in
 *     namespace: prae
 *     images: { notebook: "registry.example/notebook:1" }
 *
 * @param fleet names of its apps, each of which needs an image, and of its pools.
 * @throws PolicyError with the path of everything that is wrong.
 */
export function kubernetesFromDocument(document: unknown, fleet: FleetNames, home: string): KubernetesSettings {
  const { apps, pools } = fleet;
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", KEYS, issues);
  const optional = (key: string) => (root.value(key) === undefined ? null : root.text(key, ""));
  const images = new Section(root.value("images") ?? {}, "images", apps, issues);
  for (const app of apps) {
    const image = images.value(app);
    if (typeof image !== "string" || !/^[^\s]{1,1024}$/.test(image)) images.note(app, "the image that its instances run");
  }
  const namespace = optional("namespace");
  if (namespace !== null && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    root.note("namespace", "the name of a namespace: a-z, 0-9 and -");
  const graceMs = root.duration("grace", 30_000, 0);
  if (graceMs % 1000 !== 0) root.note("grace", "whole seconds");
  const settings: KubernetesSettings = {
    kubeconfig: optional("kubeconfig")?.replace(/^~(?=\/)/, home) ?? null,
    context: optional("context"),
    namespace,
    images: new Map(apps.map((app) => [app, String(images.value(app))])),
    volumes: readVolumes(root.value("volumes") ?? {}, apps, issues),
    graceSeconds: graceMs / 1000,
    unschedulableLimitMs: root.duration("unschedulableLimit", 30_000, 1_000),
    startLimitMs: root.duration("startLimit", 600_000, 1_000),
    objects: optional("objects"),
    tokenReview: root.value("tokenReview") === undefined ? null : readTokenReview(root.value("tokenReview"), issues),
    metricsEveryMs: root.value("metricsEvery") === undefined ? null : root.duration("metricsEvery", 30_000, 1_000),
    hold: root.value("hold") === undefined ? null : readHold(root.value("hold"), pools, issues),
  };
  if (issues.length > 0) throw new PolicyError(issues);
  return settings;
}

/** What of a fleet a cluster is told of. */
interface FleetNames {
  readonly apps: readonly string[];
  readonly pools: readonly string[];
}

function readVolumes(value: unknown, apps: readonly string[], issues: PolicyIssue[]): ReadonlyMap<string, VolumeSettings> {
  const section = new Section(value, "volumes", apps, issues);
  const chosen = apps.filter((app) => section.value(app) !== undefined);
  return new Map(
    chosen.map((app) => {
      const volume = new Section(section.value(app), `volumes.${app}`, VOLUME_KEYS, issues);
      const path = volume.value("path");
      if (typeof path !== "string" || !/^\/[^:]{1,1023}$/.test(path))
        volume.note("path", "an absolute path in the container, without a colon");
      const storageClass = volume.value("storageClass") === undefined ? null : volume.text("storageClass", "");
      return [app, { sizeMiB: volume.whole("sizeMiB", 1_024, 1, 100_000_000), path: String(path), storageClass }];
    }),
  );
}

function readTokenReview(value: unknown, issues: PolicyIssue[]): TokenReviewSettings {
  const section = new Section(value, "tokenReview", ["audience", "reviewsPerSecond", "subjects"], issues);
  const subjects = section.value("subjects");
  if (!Array.isArray(subjects) || subjects.length === 0) section.note("subjects", "a list of users and groups of the cluster");
  return {
    audience: section.text("audience", "prae"),
    reviewsPerSecond: section.whole("reviewsPerSecond", 20, 1, 10_000),
    subjects: (Array.isArray(subjects) ? subjects : []).map((one, i) => {
      const subject = new Section(one, `tokenReview.subjects[${i}]`, ["user", "group", "scopes", "users"], issues);
      const [user, group] = [subject.value("user"), subject.value("group")];
      if ((user === undefined) === (group === undefined)) subject.note("user", "the name of a user, or of a group, and not both");
      const kind = user === undefined ? "group" : "user";
      return { kind, name: subject.text(kind, "-"), ...readGrant(subject) };
    }),
  };
}

function readHold(value: unknown, pools: readonly string[], issues: PolicyIssue[]): HoldSettings {
  const section = new Section(value, "hold", HOLD_KEYS, issues);
  const unit = new Section(section.value("unit"), "hold.unit", UNIT_KEYS, issues);
  return {
    pool: section.choice("pool", pools, pools[0] ?? ""),
    unit: {
      cpuMillis: unit.whole("cpuMillis", 1_000, 1, 1_000_000),
      memoryMiB: unit.whole("memoryMiB", 4_096, 1, 100_000_000),
      gpuMillis: 0,
      networkKbps: 0,
    },
    image: section.text("image", "registry.k8s.io/pause:3.10"),
    by: section.choice("by", ["auto", "pods", "buffers"], "auto"),
  };
}
