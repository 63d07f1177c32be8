import type { FastifyInstance, FastifyRequest } from "fastify";
import { NO_RESOURCES, type Resources } from "../../core/resources.ts";
import { HttpError } from "./http-error.ts";
import { ERROR, REQUEST_BODY, REQUEST_PARAMS, REQUEST_VIEW, USAGE_BODY } from "./schemas.ts";
import type { ServerOptions } from "./server.ts";
import { speaksFor, type Token } from "./tokens.ts";

interface Named {
  readonly request: string;
}
interface Asked {
  readonly user: string;
  readonly app: string;
  readonly requested?: Partial<Resources>;
}
interface Usage {
  readonly observations: readonly { user: string; used: Partial<Resources>; windowMs: number; saturated?: boolean }[];
}

const SECURITY = { security: [{ bearer: [] }] };

/** Asking for an instance and ending it; telling what was used. */
export function requestRoutes(server: FastifyInstance, { run, metrics }: ServerOptions): void {
  server.put<{ Params: Named; Body: Asked }>("/v1/requests/:request", {
    config: { scope: "request" },
    schema: {
      summary: "Ask for an instance of an app for a user",
      description:
        "Answers once it is on the disk: with a bound instance, a start under way with what to expect, or a place in the queue. Sent again, it answers what has become of the request.",
      ...SECURITY,
      params: REQUEST_PARAMS,
      body: REQUEST_BODY,
      response: { 200: REQUEST_VIEW, "4xx": ERROR },
    },
    handler: async ({ params, body, token }) => {
      demand(token, body.user);
      const beganMs = performance.now();
      const { user, app, requested } = body;
      const view = await run.arrive({ request: params.request, user, app, requested: amounts(requested) });
      metrics.answered(view.state, performance.now() - beganMs);
      return view;
    },
  });

  server.get<{ Params: Named }>("/v1/requests/:request", {
    config: { scope: "read" },
    schema: {
      summary: "What has become of a request",
      ...SECURITY,
      params: REQUEST_PARAMS,
      response: { 200: REQUEST_VIEW, "4xx": ERROR },
    },
    handler: async (request) => ownRequest(request, run),
  });

  server.delete<{ Params: Named }>("/v1/requests/:request", {
    config: { scope: "request" },
    schema: {
      summary: "The user is done with the instance, or does not want to wait any longer",
      ...SECURITY,
      params: REQUEST_PARAMS,
      response: { 204: { type: "null", description: "It is over" }, "4xx": ERROR },
    },
    handler: async (request, reply) => {
      ownRequest(request, run);
      await run.ended(request.params.request);
      return reply.code(204).send();
    },
  });

  server.post<{ Body: Usage }>("/v1/usage", {
    config: { scope: "usage" },
    schema: {
      summary: "Tell what users used",
      description: "All or nothing: where one user is not known, none is taken in.",
      ...SECURITY,
      body: USAGE_BODY,
      response: { 202: { type: "object", properties: { taken: { type: "integer" } } }, "4xx": ERROR },
    },
    handler: async ({ body: { observations }, token }, reply) => {
      for (const { user } of observations) {
        demand(token, user);
        if (run.directory.find("user", user) === undefined) throw new HttpError(404, "unknown_user", `no user is called ${user}`);
      }
      const taken = observations.map(({ user, used, windowMs, saturated = false }) =>
        run.usage({ user, used: { ...NO_RESOURCES, ...used }, windowMs, saturated }),
      );
      await Promise.all(taken);
      return reply.code(202).send({ taken: taken.length });
    },
  });
}

/** @throws HttpError where the token does not speak for the user. */
export function demand(token: Token | null, user: string): void {
  if (token === null || !speaksFor(token, user)) throw new HttpError(403, "forbidden", "the token does not speak for this user");
}

/** Of another tenant's request nothing is said, not even that it is there. */
function ownRequest({ params, token }: FastifyRequest<{ Params: Named }>, run: ServerOptions["run"]) {
  const view = run.directory.request(params.request) === undefined ? null : run.request(params.request);
  if (view !== null && token !== null && speaksFor(token, view.user)) return view;
  throw new HttpError(404, "unknown_request", `no request is called ${params.request}`);
}

function amounts(given: Partial<Resources> | undefined): Resources | null {
  return given === undefined ? null : { ...NO_RESOURCES, ...given };
}
