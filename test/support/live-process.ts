import { writeFileSync } from "node:fs";
import { type Exit, start } from "./prae.ts";

/** A live run in a process of its own, once it listens. */
export interface LiveProcess {
  readonly url: string;
  /** Id of the promotion whose policy it runs. */
  readonly promotion: string | null;
  readonly recovery: { readonly events: number; readonly tornBytes: number; readonly elapsedMs: number };
  readonly child: ReturnType<typeof start>["child"];
  readonly exit: Promise<Exit>;
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

/** @param args of `prae live`, without `--listen` and `--json`. */
export async function liveProcess(args: readonly string[], bearer: string): Promise<LiveProcess> {
  const { child, exit } = start(["live", ...args, "--listen", "127.0.0.1:0", "--json"]);
  const document = await new Promise<{ listening: string } & Pick<LiveProcess, "promotion" | "recovery">>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part: Buffer) => {
      text += part;
      if (!text.endsWith("}\n")) return;
      const said = JSON.parse(text);
      if (said.error === undefined) resolve(said);
    });
    exit.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
  const url = document.listening;
  const send = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { url, promotion: document.promotion, recovery: document.recovery, child, exit, send };
}

/** A fleet of one tier, a pool of nodes (0: the platform's own), and one app that starts in 100 ms. */
export function writeFleet(path: string, users: readonly string[], nodes = 4): void {
  const own = nodes === 0 ? "" : `, nodes: ${nodes}, capacity: { cpuMillis: 16000, memoryMiB: 65536 }`;
  writeFileSync(
    path,
    `tiers:
  - { name: standard, targetStart: 5s, priority: 100, level: 0.95 }
pools:
  - { name: general${own} }
apps:
  - { name: notebook, shape: { cpuMillis: 500, memoryMiB: 1024 }, coldStart: 100ms }
users:
${users.map((user) => `  - { name: ${user}, tier: standard }`).join("\n")}
`,
  );
}
