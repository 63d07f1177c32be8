/**
 * A Kubernetes control plane of one's own, on loopback: the parts that `.ci/kubernetes` builds, with data, keys and certificates in a
 * temporary folder. Kubelets only pretend: KWOK says of each pod that has a node that it runs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiClient, ApiError } from "../../allocator/live/kubernetes/api-client.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import { until } from "./server-process.ts";

const READY_LIMIT_MS = 300_000;
/** Another process may take a port between its choice and its use. */
const TRIES = 3;
const ADMIN = "admin";
/** How long a part that ended stays away. */
const AWAY_MS = 2_000;

/** Where a control plane is, for whoever uses it from another process. */
export interface PlaceOfPlane {
  /** Has the programs. */
  readonly parts: string;
  /** Has, of each part, a log and the id of its process. */
  readonly folder: string;
  readonly server: string;
  /** A kubeconfig that may do anything. */
  readonly admin: string;
  readonly certificate: string;
  readonly key: string;
}

/** A kubeconfig for whoever has the token. */
export function writeKubeconfig(
  { folder, certificate }: Pick<PlaceOfPlane, "folder" | "certificate">,
  server: string,
  name: string,
  token: string,
): string {
  const path = join(folder, `${name}.kubeconfig`);
  const document = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: "test", user: name } }],
    clusters: [{ name: "test", cluster: { server, "certificate-authority": certificate } }],
    users: [{ name, user: { token } }],
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}

/** The file that has the id of a part's process. */
export function pidFile({ folder }: Pick<PlaceOfPlane, "folder">, part: string): string {
  return join(folder, `${part}.pid`);
}

/** Whether the API server says that it is ready. */
export async function isReady(api: ApiClient): Promise<boolean> {
  try {
    await api.request({ method: "GET", path: "/readyz" });
    return true;
  } catch (error) {
    // It answers in plain words: "ok".
    return error instanceof SyntaxError;
  }
}

/** Its parts, each of which is started again when it ends, as a kubelet would. */
export class ControlPlane {
  readonly #parts: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "prae-kubernetes-"));
  readonly #running = new Map<string, ChildProcess>();
  readonly #killAll = () => {
    for (const child of this.#running.values()) child.kill("SIGKILL");
  };
  #isUp = false;
  #isStopped = false;
  #place: PlaceOfPlane | null = null;

  private constructor(parts: string) {
    this.#parts = parts;
  }

  /** Starts all parts and waits until pods could run. @param parts the folder that has their programs. */
  static async start(parts: string): Promise<ControlPlane> {
    for (let tries = 1; ; tries += 1) {
      const plane = new ControlPlane(parts);
      process.once("exit", plane.#killAll);
      try {
        await plane.#start();
        return plane;
      } catch (error) {
        const logs = plane.#logs();
        await plane.stop();
        if (tries < TRIES && /address already in use/.test(logs)) continue;
        throw new Error(`the control plane did not start\n${logs}`, { cause: error });
      }
    }
  }

  get place(): PlaceOfPlane {
    return this.#place as PlaceOfPlane;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const part of ["kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]) {
      const child = this.#running.get(part);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    process.off("exit", this.#killAll);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const folder = this.#folder;
    const certs = join(folder, "certs");
    mkdirSync(certs);
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
      ...[`--cert-dir=${certs}`, "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24"],
      ...["--authorization-mode=RBAC", `--token-auth-file=${this.#write("tokens.csv", `${rows.join("\n")}\n`)}`],
      ...["--service-account-issuer=https://kubernetes.default.svc", `--service-account-key-file=${verifying}`],
      `--service-account-signing-key-file=${signing}`,
    ]);
    const server = `https://127.0.0.1:${api}`;
    const files = { folder, certificate: join(certs, "apiserver.crt"), key: join(certs, "apiserver.key") };
    const [admin, forScheduler, forControllers] = users.map(([user], i) =>
      writeKubeconfig(files, server, user.replace("system:", ""), tokens[i] as string),
    ) as [string, string, string];
    // The key is written after the certificate: once it is whole, so is that.
    await this.#until("the certificate", async () => isKey(files.key));
    const client = new ApiClient(readKubeconfig(admin, null));
    await this.#until("the API server", () => isReady(client));
    this.#spawn("kube-controller-manager", [
      ...[`--kubeconfig=${forControllers}`, `--secure-port=${controllers}`, "--bind-address=127.0.0.1"],
      ...["--leader-elect=false", `--service-account-private-key-file=${signing}`, "--use-service-account-credentials=true"],
      // On a machine that is busy for a minute, nodes are not taken for dead.
      ...[`--cert-dir=${join(folder, "controllers")}`, "--node-monitor-grace-period=10m"],
    ]);
    this.#spawn("kube-scheduler", [
      ...[`--kubeconfig=${forScheduler}`, `--secure-port=${scheduler}`, "--bind-address=127.0.0.1"],
      ...["--leader-elect=false", `--cert-dir=${join(folder, "scheduler")}`],
    ]);
    this.#spawn("kwok", [
      ...[`--kubeconfig=${admin}`, "--manage-all-nodes=true", "--node-lease-duration-seconds=40"],
      ...["--config", join(this.#parts, "nodes.yaml"), "--config", "test/kubernetes/stages.yaml"],
    ]);
    await this.#until("the controllers", () => listens(controllers));
    await this.#until("the scheduler", () => listens(scheduler));
    // The last thing that a pod needs before it is let in.
    await this.#until("the default service account", () =>
      client.request({ method: "GET", path: "/api/v1/namespaces/default/serviceaccounts/default" }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 404) return false;
          throw error;
        },
      ),
    );
    client.close();
    this.#place = { ...files, parts: this.#parts, server, admin };
    this.#isUp = true;
  }

  async #until(what: string, probe: () => Promise<boolean>): Promise<void> {
    const stillRuns = () => {
      for (const [part, { exitCode, signalCode }] of this.#running)
        if (exitCode !== null || signalCode !== null) throw new Error(`${part} ended`);
      return probe();
    };
    await until(what, stillRuns, { limitMs: READY_LIMIT_MS });
  }

  #write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  #spawn(part: string, args: readonly string[]): void {
    const log = openSync(join(this.#folder, `${part}.log`), "a");
    const child = spawn(join(this.#parts, part), args, { stdio: ["ignore", log, log] });
    closeSync(log);
    this.#running.set(part, child);
    writeFileSync(pidFile({ folder: this.#folder }, part), String(child.pid));
    child.once("exit", () => void this.#ended(part, args));
  }

  async #ended(part: string, args: readonly string[]): Promise<void> {
    if (!this.#isUp || this.#isStopped) return;
    await sleep(AWAY_MS);
    if (!this.#isStopped) this.#spawn(part, args);
  }

  #logs(): string {
    return [...this.#running.keys()]
      .map((part) => {
        const lines = readFileSync(join(this.#folder, `${part}.log`), "utf8").split("\n");
        return `--- ${part}\n${lines.slice(-15).join("\n")}`;
      })
      .join("\n");
  }
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
