import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { KubernetesCluster } from "./kubernetes.ts";

/** What becomes of a request: it goes through, is answered here, or is carried out and its answer lost. */
type Fate = "pass" | "lose the answer" | "silence" | { readonly status: number; readonly retryAfterSeconds?: number };

/** Stands between a client and an API server, with its certificate, and makes trouble. */
export class TroubledProxy {
  readonly #target: KubernetesCluster["server"];
  readonly #server: Server;
  readonly #watches = new Set<ServerResponse>();
  #isCut = false;
  /** Decides on each request; watches have `watch=true` in their URL. */
  fate: (method: string, url: string) => Fate = () => "pass";
  delayMs = 0;

  constructor(target: KubernetesCluster["server"]) {
    this.#target = target;
    const { cert, key } = target;
    this.#server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (incoming, answer) =>
      setTimeout(() => this.#handle(incoming, answer), this.delayMs),
    );
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks the connections of all watches. */
  breakWatches(): void {
    for (const answer of this.#watches) answer.destroy();
  }

  /** Nothing comes through any more, in either direction, and nobody is told so. */
  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = "GET", url = "/", headers } = incoming;
    const fate = this.#isCut ? "silence" : this.fate(method, url);
    if (fate === "silence") return;
    if (typeof fate === "object") {
      const after = fate.retryAfterSeconds === undefined ? {} : { "retry-after": String(fate.retryAfterSeconds) };
      answer.writeHead(fate.status, { "content-type": "application/json", ...after });
      answer.end(
        JSON.stringify({ kind: "Status", code: fate.status, reason: fate.status === 410 ? "Expired" : "", message: "trouble" }),
      );
      return;
    }
    const onward = request(
      `${this.#target.url}${url}`,
      { method, headers, ca: readFileSync(this.#target.cert), agent: false },
      (response) => {
        if (fate === "lose the answer") {
          response.resume().on("end", () => answer.destroy());
          return;
        }
        answer.writeHead(response.statusCode ?? 500, response.headers);
        if (url.includes("watch=true")) this.#watches.add(answer);
        answer.on("close", () => {
          this.#watches.delete(answer);
          onward.destroy();
        });
        response.on("data", (chunk) => {
          if (!this.#isCut) answer.write(chunk);
        });
        response.on("end", () => {
          if (!this.#isCut) answer.end();
        });
        response.on("error", () => answer.destroy());
      },
    );
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  }
}
