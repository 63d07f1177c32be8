import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** A bearer token that may have to be renewed. */
export interface TokenSource {
  get(): Promise<string>;
  /** The server did not take it: the next `get` asks anew. */
  forget(): void;
}

/** A program that prints credentials. */
export interface Exec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

/** The kubelet renews a pod's token well before it ends. */
const FILE_MS = 60_000;
const EXEC_LIMIT_MS = 60_000;
/** How long before its end a token is renewed. */
const EARLY_MS = 30_000;

export function tokenFromFile(path: string): TokenSource {
  return renewed(async () => ({ token: (await readFile(path, "utf8")).trim(), untilMs: Date.now() + FILE_MS }));
}

export function tokenFromExec(exec: Exec): TokenSource {
  const info = { apiVersion: exec.apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const env = { ...process.env, ...exec.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  return renewed(async () => {
    const { stdout } = await promisify(execFile)(exec.command, exec.args, { env, timeout: EXEC_LIMIT_MS, maxBuffer: 1 << 20 });
    const { status } = JSON.parse(stdout) as { status?: { token?: string; expirationTimestamp?: string } };
    if (typeof status?.token !== "string") throw new Error(`${exec.command} printed no token: only those are supported`);
    const endsMs = Date.parse(status.expirationTimestamp ?? "");
    return { token: status.token, untilMs: Number.isNaN(endsMs) ? Number.POSITIVE_INFINITY : endsMs - EARLY_MS };
  });
}

function renewed(renew: () => Promise<{ token: string; untilMs: number }>): TokenSource {
  let current: ReturnType<typeof renew> | null = null;
  const ask = async () => {
    const asked = renew();
    current = asked;
    asked.catch(() => {
      if (current === asked) current = null;
    });
    return asked;
  };
  return {
    async get() {
      const { token, untilMs } = await (current ?? ask());
      return untilMs > Date.now() ? token : (await ask()).token;
    },
    forget() {
      current = null;
    },
  };
}
