import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { PostgresDatabase } from "../../allocator/live/store/postgres-database.ts";
import { freePort, ServerProcess } from "./server-process.ts";

/** The user `nobody`, on Linux: a server refuses to run as root. */
const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0;
const user = asRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** A real PostgreSQL, on loopback, with a cluster of its own. */
export class PostgresServer {
  readonly #data: string;
  readonly #port: number;
  #process: ServerProcess | null = null;

  private constructor(data: string, port: number) {
    this.#data = data;
    this.#port = port;
  }

  /** @param folder below one that everybody may enter. */
  static async start(folder: string): Promise<PostgresServer> {
    const data = join(folder, "cluster");
    mkdirSync(data);
    if (asRoot) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY);
    const args = ["-D", data, "-U", "prae", "-A", "trust", "-E", "UTF8", "--no-sync"];
    const { status, stderr } = spawnSync(program("initdb"), args, { encoding: "utf8", cwd: folder, ...user });
    if (status !== 0) throw new Error(`initdb: ${stderr}`);
    const server = new PostgresServer(data, await freePort());
    await server.start();
    return server;
  }

  /** Again, on the same data and port. */
  async start(): Promise<void> {
    const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", String(this.#port)];
    this.#process = new ServerProcess(program("postgres"), ["-D", this.#data, ...settings], { cwd: this.#data, ...user });
    await this.#process.ready(async () => {
      try {
        await (await PostgresDatabase.open(this.url("postgres"))).close();
        return true;
      } catch {
        return false;
      }
    });
  }

  /** SIGINT ends every connection; SIGQUIT leaves what a crash leaves. */
  async stop(signal: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> {
    await this.#process?.end(signal);
  }

  url(database: string): string {
    return `postgres://prae@127.0.0.1:${this.#port}/${database}`;
  }

  /** A new database, by its address. */
  async database(name: string): Promise<string> {
    const server = await PostgresDatabase.open(this.url("postgres"));
    await server.rows(`CREATE DATABASE ${name}`);
    await server.close();
    return this.url(name);
  }
}

function program(name: string): string {
  return join(process.env["PRAE_POSTGRES"] ?? "", name);
}
