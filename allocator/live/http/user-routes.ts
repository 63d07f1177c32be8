import type { FastifyInstance } from "fastify";
import type { InstanceId, UserId } from "../../core/ids.ts";
import { userFromDocument } from "../fleet.ts";
import type { LiveRun } from "../live-run.ts";
import { HttpError } from "./http-error.ts";
import { demand } from "./request-routes.ts";
import { ERROR, FORECAST_VIEW, PROFILE_BODY, USER_PARAMS, USER_VIEW } from "./schemas.ts";
import type { ServerOptions } from "./server.ts";

interface Named {
  readonly user: string;
}

const SECURITY = { security: [{ bearer: [] }] };

/** What is held for a user, and the user's profile. */
export function userRoutes(server: FastifyInstance, { run, forecasts }: ServerOptions): void {
  server.get<{ Params: Named }>("/v1/users/:user", {
    config: { scope: "read" },
    schema: {
      summary: "What is held for a user, and what it uses",
      ...SECURITY,
      params: USER_PARAMS,
      response: { 200: USER_VIEW, "4xx": ERROR },
    },
    handler: async ({ params, token }) => {
      demand(token, params.user);
      return viewUser(run, params.user);
    },
  });

  server.get<{ Params: Named }>("/v1/users/:user/forecast", {
    config: { scope: "read" },
    schema: {
      summary: "What the latest forecast says of a user",
      ...SECURITY,
      params: USER_PARAMS,
      response: { 200: FORECAST_VIEW, "4xx": ERROR },
    },
    handler: async ({ params, token }) => {
      demand(token, params.user);
      return { forecast: forecasts.ofUser(idOf(run, params.user), run.state) };
    },
  });

  server.put<{ Params: Named; Body: Record<string, unknown> }>("/v1/users/:user", {
    config: { scope: "admin" },
    schema: {
      summary: "A new user, or another profile: tier, permissions, preferences",
      ...SECURITY,
      params: USER_PARAMS,
      body: PROFILE_BODY,
      response: { 200: USER_VIEW, "4xx": ERROR },
    },
    handler: async ({ params, body, token }) => {
      demand(token, params.user);
      const { permissions, ...rest } = body;
      const profile = { ...rest, ...(permissions == null ? {} : { permissions }), name: params.user };
      await run.profile(userFromDocument(profile, { tiers: run.directory.names.tier, apps: run.directory.names.app }));
      return viewUser(run, params.user);
    },
  });
}

function idOf({ directory }: LiveRun, name: string): UserId {
  const id = directory.find("user", name) as UserId | undefined;
  if (id === undefined) throw new HttpError(404, "unknown_user", `no user is called ${name}`);
  return id;
}

function viewUser(run: LiveRun, name: string) {
  const { directory, state } = run;
  const id = idOf(run, name);
  const { reserved, usage, demand: demanded } = state.ledger.account(id);
  const instances = [...state.instances.values()].filter(({ user }) => user === id);
  return {
    user: name,
    tier: directory.tierOf(id),
    policy: state.policyOf(id)?.name ?? null,
    reserved,
    used: usage,
    demanded,
    instances: instances.map((instance) => ({
      instance: instance.id as InstanceId,
      app: directory.app(instance.app),
      phase: instance.phase,
      node: instance.node === null ? null : directory.node(instance.node),
      requests: instance.requests.flatMap((request) => directory.requestName(request) ?? []),
    })),
  };
}
