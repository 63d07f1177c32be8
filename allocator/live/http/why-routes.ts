import type { FastifyInstance } from "fastify";
import type { WhyOutcome, WhyQuestion } from "../explainer.ts";
import { HttpError } from "./http-error.ts";
import { demand } from "./request-routes.ts";
import { ERROR, USER_PARAMS } from "./schemas.ts";
import type { ServerOptions } from "./server.ts";
import { WHY_QUERY, WHY_VIEW } from "./why-schemas.ts";

interface Asked {
  readonly Params: { readonly user: string };
  readonly Querystring: { readonly at?: string; readonly app?: string; readonly from?: WhyQuestion["from"] };
}

/** Why something was decided for a user, or was not. */
export function whyRoutes(server: FastifyInstance, { run, explainer = null }: ServerOptions): void {
  if (explainer === null) return;
  server.get<Asked>("/v1/users/:user/why", {
    config: { scope: "read" },
    schema: {
      summary: "What was so for a user at an instant, what was decided and what not, and what would have been otherwise",
      description:
        "The document of prae why --json. The journal is replayed for it, beside the run: one question at a time, each within a minute. 422: it takes longer; 409: a part of the journal is not there; either may be answered from the snapshot.",
      security: [{ bearer: [] }],
      params: USER_PARAMS,
      querystring: WHY_QUERY,
      response: { 200: WHY_VIEW, "4xx": ERROR, 503: ERROR },
    },
    handler: async ({ params: { user }, query: { at, app, from = "start" }, token }, reply) => {
      demand(token, user);
      if (run.directory.find("user", user) === undefined) throw new HttpError(404, "unknown_user", `no user is called ${user}`);
      if (app !== undefined && run.directory.find("app", app) === undefined)
        throw new HttpError(404, "unknown_app", `no app is called ${app}`);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const question = { user, from, ...(at === undefined ? {} : { at }), ...(app === undefined ? {} : { app }) };
      return answerOf(await explainer.explain(question, gone.signal), question);
    },
  });
}

/** @throws HttpError for whatever is no answer. */
function answerOf(outcome: WhyOutcome, { user, app, from }: WhyQuestion): object {
  const elsewhere = from === "start" ? "; from=snapshot begins at the newest snapshot" : "";
  switch (outcome.kind) {
    case "answer":
      return outcome.answer;
    case "unknown":
      if (outcome.what === "time") throw new HttpError(400, "bad_request", `at: expected ${outcome.expected}`);
      if (outcome.what === "user") throw new HttpError(404, "unknown_user", `no user was called ${user} by then`);
      throw new HttpError(404, "unknown_app", `no app was called ${app} by then`);
    case "not_there":
      throw new HttpError(409, "not_there", `the journal cannot be replayed: ${outcome.found}${elsewhere}`);
    case "too_long": {
      const said = `replaying the journal takes more than ${outcome.limitMs / 1_000} s; prae why has no limit${elsewhere}`;
      throw new HttpError(422, "too_long", said);
    }
    case "busy":
      throw new HttpError(429, "too_many_requests", "others ask why, too", outcome.retryAfterMs);
    case "given_up":
      throw new HttpError(503, "stopped", "the run is stopping");
  }
}
