import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Waits for `probe` to hold. @throws Error naming `what`, with what `said` says, when it does not in time. */
export async function until(
  what: string,
  probe: () => boolean | Promise<boolean>,
  { limitMs = 30_000, said = () => "" }: { limitMs?: number; said?: () => string | Promise<string> } = {},
): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!(await probe())) {
    if (Date.now() > endMs) throw new Error(`${what}: not in ${limitMs} ms\n${await said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A server of others, as a process that ends with the test's. */
export class ServerProcess {
  readonly child: ChildProcess;
  #said = "";

  constructor(program: string, args: readonly string[], options: SpawnOptions = {}) {
    this.child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.child);
    this.child.on("exit", () => running.delete(this.child));
    this.child.on("error", (error) => {
      this.#said += error.message;
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.#said = (this.#said + text).slice(-20_000);
      });
    }
  }

  /** The end of all that it printed. */
  get said(): string {
    return this.#said;
  }

  /** Until `probe` holds. @throws Error with what it printed, when it ended before or takes too long. */
  async ready(probe: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<this> {
    const answered = async () => {
      if (this.child.exitCode !== null) throw new Error(`${this.child.spawnfile} ended:\n${this.#said}`);
      return probe();
    };
    await until(this.child.spawnfile, answered, { limitMs, said: () => this.#said });
    return this;
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill(signal);
    const tooLong = setTimeout(() => this.child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(tooLong);
  }
}

/** Whether something answers there with success. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
