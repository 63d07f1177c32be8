import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { answers, freePort, ServerProcess } from "./server-process.ts";

/** Serves what `lines` says now, as Prometheus reads it. */
export async function exporter(lines: () => readonly string[]): Promise<{ port: number; close: () => void }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`${lines().join("\n")}\n`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

/** A real Prometheus, which asks one exporter every 200 ms. */
export class PrometheusServer {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ServerProcess | null = null;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(folder: string, exporterPort: number): Promise<PrometheusServer> {
    const targets = `[{ targets: ["127.0.0.1:${exporterPort}"] }]`;
    const job = `{ job_name: usage, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: ${targets} }`;
    writeFileSync(join(folder, "prometheus.yml"), `scrape_configs: [${job}]\n`);
    const server = new PrometheusServer(folder, await freePort());
    await server.start();
    return server;
  }

  /** Again, on the same data and port. */
  async start(): Promise<void> {
    const args = [
      `--config.file=${join(this.#folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(this.#folder, "data")}`,
      `--web.listen-address=127.0.0.1:${this.#port}`,
    ];
    this.#process = new ServerProcess(process.env["PRAE_PROMETHEUS"] ?? "prometheus", args);
    await this.#process.ready(() => answers(`${this.url}/-/ready`));
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.#process?.end(signal);
  }

  /** What it answers now about a range: by user, by instant. */
  async samples(query: string, startMs: number, endMs: number, stepMs: number): Promise<Map<string, Map<number, number>>> {
    const range = { start: String(startMs / 1000), end: String(endMs / 1000), step: String(stepMs / 1000) };
    const response = await fetch(`${this.url}/api/v1/query_range?${new URLSearchParams({ query, ...range })}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: { user: string }; values: [number, string][] }[] };
    };
    return new Map(
      data.result.map(({ metric, values }) => [
        metric.user,
        new Map(values.map(([at, value]) => [Math.round(at * 1000), Number(value)])),
      ]),
    );
  }
}
