import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { PolicyError } from "../../policy-issue.ts";
import type { DecisionLog } from "../decision-log.ts";
import type { Explainer } from "../explainer.ts";
import type { ForecastBook } from "../forecast-book.ts";
import type { LiveRun } from "../live-run.ts";
import { type RefusalCode, Refused } from "../refused.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { decisionRoutes } from "./decision-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { HttpError } from "./http-error.ts";
import type { LiveMetrics } from "./live-metrics.ts";
import { pageRoutes } from "./page-routes.ts";
import { requestRoutes } from "./request-routes.ts";
import { stageRoutes } from "./stage-routes.ts";
import { bearerOf, type Scope, type Token, type TokenReviewer, TooManyReviews, tokenIn } from "./tokens.ts";
import { userRoutes } from "./user-routes.ts";
import { whyRoutes } from "./why-routes.ts";

/** Of a body; usage comes a thousand samples at a time. */
const MOST_BODY_BYTES = 256 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;

export interface ServerOptions {
  readonly run: LiveRun;
  readonly log: DecisionLog;
  readonly forecasts: ForecastBook;
  readonly metrics: LiveMetrics;
  /** Of a candidate beside the run; absent: none rehearses. */
  readonly rehearsal?: Rehearsal | null;
  /** Whoever answers why; absent: nobody does. */
  readonly explainer?: Explainer | null;
  readonly tokens: readonly Token[];
  /** Whom tokens are of that are not among them; `null`: nobody. */
  readonly reviewer?: TokenReviewer | null;
  /** Most requests a second of one token. */
  readonly ratePerSecond: number;
  readonly version: string;
  /** A JSON line each; `null`: none. */
  readonly logTo: NodeJS.WritableStream | null;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Whose token came with it; `null` where none is needed. */
    token: Token | null;
  }
  interface FastifyContextConfig {
    /** What its token must allow. Absent: it needs none. */
    scope?: Scope;
  }
}

/** The API of a live run, not yet listening. */
export async function liveServer(options: ServerOptions): Promise<FastifyInstance> {
  const { ratePerSecond, version, logTo } = options;
  const server = Fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    logger: logTo === null ? false : { level: "info", stream: logTo as never, redact: ["req.headers.authorization"] },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
  });
  server.decorateRequest("token", null);
  server.setErrorHandler<FastifyError>((error, request, reply) => explain(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    explain(new HttpError(404, "not_found", "there is nothing here"), request, reply),
  );
  server.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    request.token = await authorized(request, options);
  });
  server.addHook("onResponse", async (request, reply) => {
    if (request.method === "GET" && reply.statusCode < 500) return;
    request.log.info({
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 1000) / 1000,
      token: request.token?.name ?? null,
    });
  });
  await server.register(rateLimit, {
    max: ratePerSecond,
    timeWindow: 1_000,
    hook: "preHandler",
    keyGenerator: (request: FastifyRequest) => request.token?.name ?? request.ip,
    errorResponseBuilder: () => new HttpError(429, "too_many_requests", `more than ${ratePerSecond} requests a second`),
  });
  await server.register(swagger, {
    openapi: {
      info: { title: "PRAE", version, description: "Instances for users and apps, as the allocator decides" },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
  });
  requestRoutes(server, options);
  userRoutes(server, options);
  whyRoutes(server, options);
  decisionRoutes(server, options);
  stageRoutes(server, options);
  healthRoutes(server, options);
  pageRoutes(server);
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  return server;
}

/** @throws HttpError where the route needs a token that is not there, or does not allow it. */
async function authorized(request: FastifyRequest, { run, tokens, reviewer }: ServerOptions): Promise<Token | null> {
  const { scope } = request.routeOptions.config;
  if (scope === undefined) return null;
  const { authorization } = request.headers;
  const token = bearerOf(authorization, tokens, run.clock.nowMs()) ?? (await reviewed(tokenIn(authorization), reviewer ?? null));
  if (token === null) throw new HttpError(401, "unauthorized", "a bearer token that is known and not over is needed");
  if (!token.scopes.includes(scope)) throw new HttpError(403, "forbidden", `the token does not allow ${scope}`);
  return token;
}

/** @throws HttpError where whoever knows it cannot be asked, or is asked too often. */
async function reviewed(token: string | null, reviewer: TokenReviewer | null): Promise<Token | null> {
  if (token === null || reviewer === null) return null;
  try {
    return await reviewer.review(token);
  } catch (error) {
    if (error instanceof TooManyReviews)
      throw new HttpError(429, "too_many_requests", "too many unknown tokens are shown", error.waitMs);
    throw new HttpError(503, "not_reviewed", "whose token it is cannot be asked now");
  }
}

const STATUS: Readonly<Record<RefusalCode, number>> = {
  unknown_user: 404,
  unknown_app: 404,
  unknown_request: 404,
  conflict: 409,
  too_large: 422,
  stopped: 503,
};

/** Says what was wrong with a request; of what is wrong with us, only that it is. */
function explain(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, issues } = described(error);
  if (status >= 500 && !(error instanceof Refused)) request.log.error({ err: error });
  if (error instanceof HttpError && error.retryAfterMs !== null)
    reply.header("retry-after", Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply
    .code(status)
    .send({ error: { code, message, ...(issues === undefined ? {} : { issues }) }, requestId: request.id });
}

function described(error: Error): { status: number; code: string; message: string; issues?: readonly unknown[] } {
  if (error instanceof HttpError) return { status: error.statusCode, code: error.code, message: error.message };
  if (error instanceof Refused) return { status: STATUS[error.code], code: error.code, message: error.message };
  if (error instanceof PolicyError) return { status: 400, code: "bad_request", message: "see issues", issues: error.issues };
  const { statusCode = 500, validation, validationContext } = error as FastifyError;
  if (validation !== undefined) {
    const issues = validation.map(({ instancePath, message = "" }) => ({
      path: `${validationContext}${instancePath.replaceAll("/", ".")}`,
      expected: message.replace(/^must /, "to "),
      found: "something else",
    }));
    return { status: 400, code: "bad_request", message: "see issues", issues };
  }
  if (statusCode < 500)
    return { status: statusCode, code: statusCode === 413 ? "too_large" : "bad_request", message: error.message };
  return { status: 500, code: "internal", message: "a fault of ours; the log has it under this requestId" };
}
