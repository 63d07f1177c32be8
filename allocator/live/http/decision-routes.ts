import type { FastifyInstance } from "fastify";
import type { LoggedDecision } from "../decision-log.ts";
import { viewFleet } from "../fleet-view.ts";
import { HttpError } from "./http-error.ts";
import { DECISION, DECISIONS_QUERY, ERROR, FLEET_VIEW, FORECAST_VIEW, FREEZE } from "./schemas.ts";
import type { ServerOptions } from "./server.ts";
import { isOver, speaksFor, type Token } from "./tokens.ts";

interface Query {
  readonly user?: string;
  readonly limit?: string;
}

const SECURITY = { security: [{ bearer: [] }] };
const DEFAULT_LIMIT = 100;
const KEEP_ALIVE_MS = 15_000;
/** What is kept for a client that reads more slowly than decisions come: some 3,000 of them. */
const MOST_BEHIND_BYTES = 1 << 20;

/** What was decided and because of what: the latest, and as it happens. */
export function decisionRoutes(server: FastifyInstance, { run, log, forecasts }: ServerOptions): void {
  server.get<{ Querystring: Query }>("/v1/decisions", {
    config: { scope: "read" },
    schema: {
      summary: "The latest decisions, and because of what each was made",
      ...SECURITY,
      querystring: DECISIONS_QUERY,
      response: { 200: { type: "object", properties: { decisions: { type: "array", items: DECISION } } }, "4xx": ERROR },
    },
    handler: async ({ query: { user, limit }, token }) => {
      const isWanted = (decision: LoggedDecision) => isVisible(decision, token) && (user === undefined || decision.user === user);
      return { decisions: log.latest(limit === undefined ? DEFAULT_LIMIT : Number(limit), isWanted) };
    },
  });

  server.get("/v1/fleet", {
    config: { scope: "read" },
    schema: { summary: "The fleet now", ...SECURITY, response: { 200: FLEET_VIEW, "4xx": ERROR } },
    handler: async ({ token }) => {
      demandAll(token);
      return viewFleet(run.state, run.clock.nowMs());
    },
  });

  server.get("/v1/fleet/forecast", {
    config: { scope: "read" },
    schema: {
      summary: "The latest forecast, summed over users and apps at each level: as if all of them were there at once",
      ...SECURITY,
      response: { 200: FORECAST_VIEW, "4xx": ERROR },
    },
    handler: async ({ token }) => {
      demandAll(token);
      return { forecast: forecasts.ofFleet(run.state) };
    },
  });

  server.put<{ Body: { frozen: boolean } }>("/v1/freeze", {
    config: { scope: "admin" },
    schema: {
      summary: "Stop doing anything ahead of requests, or go on with it",
      description:
        "While it is frozen reservations stay, what is idle is kept, nothing is started ahead, resized or preempted. Requests are served.",
      ...SECURITY,
      body: FREEZE,
      response: { 200: FREEZE, "4xx": ERROR },
    },
    handler: async ({ body: { frozen }, token }) => {
      demandAll(token);
      await run.freeze(frozen);
      return { frozen: run.state.frozen };
    },
  });

  server.get("/v1/events", {
    config: { scope: "read" },
    schema: { summary: "Decisions as they are made: server-sent events", ...SECURITY },
    handler: (request, reply) => {
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-request-id": request.id });
      raw.write(": decisions\n\n");
      const { token } = request;
      const isOverBy = (atMs: number) => token === null || isOver(token, atMs);
      const unfollow = log.follow((decision) => {
        if (!isVisible(decision, token)) return;
        if (isOverBy(run.clock.nowMs())) {
          raw.end();
          return;
        }
        raw.write(`id: ${decision.token}\nevent: ${decision.kind}\ndata: ${JSON.stringify(decision)}\n\n`);
        // Who does not keep up is cut off: what it missed is in /v1/decisions.
        if (raw.writableLength > MOST_BEHIND_BYTES) raw.destroy();
      });
      const beat = setInterval(() => {
        if (isOverBy(run.clock.nowMs())) raw.end();
        else raw.write(": still here\n\n");
      }, KEEP_ALIVE_MS);
      raw.on("close", () => {
        clearInterval(beat);
        unfollow();
      });
    },
  });
}

/** @throws HttpError where the token does not speak for every user. */
export function demandAll(token: Token | null): void {
  if (token?.users !== null) throw new HttpError(403, "forbidden", "the token speaks for some users alone");
}

function isVisible({ user }: LoggedDecision, token: Token | null): boolean {
  return token !== null && (token.users === null || (user !== null && speaksFor(token, user)));
}
