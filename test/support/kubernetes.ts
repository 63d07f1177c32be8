/**
 * A Kubernetes control plane of one's own, on loopback: the parts that `.ci/kubernetes` builds, with data, keys and certificates in a
 * temporary folder. Kubelets only pretend: KWOK says of each pod that has a node that it runs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { ApiClient, ApiError } from "../../allocator/live/kubernetes/api-client.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import type { Node } from "../../allocator/live/kubernetes/objects.ts";
import { skipUnless } from "./skip.ts";

/** The folder of the parts; `null`: there are none. */
const parts = process.env["PRAE_KUBERNETES_PARTS"] ?? null;

export const kubernetesTest = skipUnless(parts !== null, "no control plane here: .ci/kubernetes builds one");

const READY_LIMIT_MS = 180_000;
/** Another process may take a port between its choice and its use. */
const TRIES = 3;
const ADMIN = "admin";

export class KubernetesCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), "prae-kubernetes-"));
  readonly #running = new Map<string, ChildProcess>();
  readonly #commands = new Map<string, readonly string[]>();
  readonly #killAll = () => {
    for (const child of this.#running.values()) child.kill("SIGKILL");
  };
  #server = "";
  #admin: ApiClient | null = null;

  /** Starts all parts and waits until pods could run. */
  static async start(): Promise<KubernetesCluster> {
    for (let tries = 1; ; tries += 1) {
      const cluster = new KubernetesCluster();
      process.once("exit", cluster.#killAll);
      try {
        await cluster.#start();
        return cluster;
      } catch (error) {
        const logs = cluster.#logs();
        await cluster.stop();
        if (tries < TRIES && /address already in use/.test(logs)) continue;
        throw new Error(`the control plane did not start\n${logs}`, { cause: error });
      }
    }
  }

  /** May do anything. */
  get admin(): ApiClient {
    if (this.#admin === null) throw new Error("the control plane is not there yet");
    return this.#admin;
  }

  /** Where the API server is, and the files of the certificate that it shows. */
  get server(): { readonly url: string; readonly cert: string; readonly key: string } {
    const certs = join(this.#folder, "certs");
    return { url: this.#server, cert: join(certs, "apiserver.crt"), key: join(certs, "apiserver.key") };
  }

  /** A kubeconfig for whoever has the token. */
  #kubeconfig(name: string, token: string, server = this.#server): string {
    const path = join(this.#folder, `${name}.kubeconfig`);
    const document = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      contexts: [{ name, context: { cluster: "test", user: name } }],
      clusters: [{ name: "test", cluster: { server, "certificate-authority": join(this.#folder, "certs", "apiserver.crt") } }],
      users: [{ name, user: { token } }],
    };
    writeFileSync(path, JSON.stringify(document));
    return path;
  }

  /** A service account's own kubeconfig, with a token that the API server makes for it. */
  async serviceAccountKubeconfig(namespace: string, name: string, server = this.#server): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
    const { status } = await this.admin.request<{ status: { token: string } }>({ method: "POST", path, body });
    return this.#kubeconfig(name, status.token, server);
  }

  /** Applies the documents of a YAML file. */
  async apply(file: string): Promise<void> {
    for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
      const object = document.toJS() as AppliedObject;
      const query = { fieldManager: "test" };
      await this.admin.request({
        method: "PATCH",
        path: pathOf(object),
        query,
        contentType: "application/apply-patch+yaml",
        body: object,
      });
    }
  }

  /** What `kubectl apply -k` would. */
  async applyManifests(): Promise<void> {
    for (const name of ["prae", "fence"]) await this.apply(`allocator/live/kubernetes/manifests/${name}.yaml`);
  }

  /** A node on which KWOK pretends to be the kubelet. */
  async addNode(name: string, pool: string, allocatable: Readonly<Record<string, string>>): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "prae.dev/pool": pool, "kubernetes.io/hostname": name } },
      status: { allocatable: { pods: "110", ...allocatable }, capacity: { pods: "110", ...allocatable } },
    };
    await this.admin.request<Node>({ method: "POST", path: "/api/v1/nodes", body });
  }

  /** Ends one part as a crash would. */
  async kill(part: string): Promise<void> {
    const child = this.#running.get(part);
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** Starts a part again, as it was. */
  async restart(part: string): Promise<void> {
    this.#spawn(part, this.#commands.get(part) as readonly string[]);
    if (part === "kube-apiserver") await this.#ready();
  }

  async stop(): Promise<void> {
    this.#admin?.close();
    for (const part of ["kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]) await this.kill(part);
    process.off("exit", this.#killAll);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const folder = this.#folder;
    mkdirSync(join(folder, "certs"));
    const [etcd, peer, api, scheduler, controllers] = (await freePorts(5)) as [number, number, number, number, number];
    const local = (port: number) => `http://127.0.0.1:${port}`;
    this.#spawn("etcd", [
      ...["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", "--log-level", "warn"],
      ...["--listen-client-urls", local(etcd), "--advertise-client-urls", local(etcd)],
      ...["--listen-peer-urls", local(peer), "--initial-advertise-peer-urls", local(peer)],
      ...["--initial-cluster", `default=${local(peer)}`],
    ]);
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const signing = this.#write("sa.key", privateKey);
    const verifying = this.#write("sa.pub", publicKey);
    const users = [[ADMIN, "system:masters"], ["system:kube-scheduler"], ["system:kube-controller-manager"]] as const;
    const tokens = users.map(() => randomBytes(16).toString("hex"));
    const rows = users.map(([user, group], i) => `${tokens[i]},${user},${user}${group === undefined ? "" : `,${group}`}`);
    this.#spawn("kube-apiserver", [
      ...[`--etcd-servers=${local(etcd)}`, "--bind-address=127.0.0.1", `--secure-port=${api}`, "--advertise-address=127.0.0.1"],
      ...[`--cert-dir=${join(folder, "certs")}`, "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24"],
      ...["--authorization-mode=RBAC", `--token-auth-file=${this.#write("tokens.csv", `${rows.join("\n")}\n`)}`],
      ...["--service-account-issuer=https://kubernetes.default.svc", `--service-account-key-file=${verifying}`],
      `--service-account-signing-key-file=${signing}`,
    ]);
    this.#server = `https://127.0.0.1:${api}`;
    const [admin, forScheduler, forControllers] = users.map(([user], i) =>
      this.#kubeconfig(user.replace("system:", ""), tokens[i] as string),
    ) as [string, string, string];
    // The key is written after the certificate: once it is whole, so is that.
    await this.#waitFor("the certificate", async () => isKey(join(folder, "certs", "apiserver.key")));
    this.#admin = new ApiClient(readKubeconfig(admin, null));
    await this.#ready();
    this.#spawn("kube-controller-manager", [
      ...[`--kubeconfig=${forControllers}`, `--secure-port=${controllers}`, "--bind-address=127.0.0.1"],
      ...["--leader-elect=false", `--service-account-private-key-file=${signing}`, "--use-service-account-credentials=true"],
      `--cert-dir=${join(folder, "controllers")}`,
    ]);
    this.#spawn("kube-scheduler", [
      ...[`--kubeconfig=${forScheduler}`, `--secure-port=${scheduler}`, "--bind-address=127.0.0.1"],
      ...["--leader-elect=false", `--cert-dir=${join(folder, "scheduler")}`],
    ]);
    this.#spawn("kwok", [
      ...[`--kubeconfig=${admin}`, "--manage-all-nodes=true", "--node-lease-duration-seconds=40"],
      ...["--config", join(parts as string, "nodes.yaml"), "--config", "test/kubernetes/stages.yaml"],
    ]);
    await this.#waitFor("the controllers", () => listens(controllers));
    await this.#waitFor("the scheduler", () => listens(scheduler));
    // The last thing that a pod needs before it is let in.
    await this.#waitFor("the default service account", () => this.#has("/api/v1/namespaces/default/serviceaccounts/default"));
  }

  async #ready(): Promise<void> {
    await this.#waitFor("the API server", () => this.#has("/readyz"));
  }

  async #has(path: string): Promise<boolean> {
    try {
      await this.admin.request({ method: "GET", path });
      return true;
    } catch (error) {
      // /readyz answers in plain words: "ok".
      return !(error instanceof ApiError) && error instanceof SyntaxError;
    }
  }

  async #waitFor(what: string, isThere: () => Promise<boolean>): Promise<void> {
    const limit = performance.now() + READY_LIMIT_MS;
    while (!(await isThere())) {
      for (const [part, child] of this.#running) if (child.exitCode !== null) throw new Error(`${part} ended`);
      if (performance.now() > limit) throw new Error(`waited ${READY_LIMIT_MS} ms for ${what}`);
      await sleep(100);
    }
  }

  #write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  #spawn(part: string, args: readonly string[]): void {
    this.#commands.set(part, args);
    const log = openSync(join(this.#folder, `${part}.log`), "a");
    this.#running.set(part, spawn(join(parts as string, part), args, { stdio: ["ignore", log, log] }));
    closeSync(log);
  }

  #logs(): string {
    return [...this.#commands.keys()]
      .map(
        (part) =>
          `--- ${part}\n${readFileSync(join(this.#folder, `${part}.log`), "utf8")
            .split("\n")
            .slice(-15)
            .join("\n")}`,
      )
      .join("\n");
  }
}

interface AppliedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function pathOf({ apiVersion, kind, metadata }: AppliedObject): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se").concat("s");
  const namespace = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${group}${namespace}/${plural}/${encodeURIComponent(metadata.name)}`;
}

/** Below those that the system gives to connections, which would otherwise take one before it is used. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function isKey(path: string): boolean {
  try {
    createPrivateKey(readFileSync(path));
    return true;
  } catch {
    return false; // not there yet, or not all of it
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}
