import type { FastifyInstance } from "fastify";
import { LIVE_PAGE, LIVE_PAGE_POLICY } from "./page/page.ts";

/** A page for people that shows the fleet now. It needs no token: it asks for one, and holds nothing itself. */
export function pageRoutes(server: FastifyInstance): void {
  server.get("/", {
    schema: { summary: "A page that shows the fleet now", hide: true },
    handler: (_, reply) =>
      reply
        .header("content-security-policy", LIVE_PAGE_POLICY)
        .header("cache-control", "no-cache")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .header("cross-origin-opener-policy", "same-origin")
        .type("text/html; charset=utf-8")
        .send(LIVE_PAGE),
  });
}
