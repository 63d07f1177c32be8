import type { FastifyInstance } from "fastify";
import type { ServerOptions } from "./server.ts";

/** Whether it lives, whether it is to be sent requests, and what it counts. None of it needs a token, and none names a user. */
export function healthRoutes(server: FastifyInstance, { run, metrics }: ServerOptions): void {
  const status = { type: "object", properties: { status: { type: "string" } } } as const;
  server.get("/healthz", { schema: { summary: "The process lives", response: { 200: status } } }, () => ({ status: "ok" }));
  server.get("/readyz", {
    schema: { summary: "It takes requests", response: { 200: status, 503: status } },
    handler: (_, reply) => reply.code(run.isStopped ? 503 : 200).send({ status: run.isStopped ? "stopped" : "ready" }),
  });
  server.get("/metrics", {
    schema: { summary: "Counts, as Prometheus reads them", hide: true },
    handler: async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  });
}
