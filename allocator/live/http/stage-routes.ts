import type { FastifyInstance } from "fastify";
import type { RolloutStage } from "../../core/rollout.ts";
import { Refused } from "../refused.ts";
import { viewStage } from "../stages.ts";
import { demandAll } from "./decision-routes.ts";
import { ERROR, STAGE_BODY, STAGE_VIEW } from "./schemas.ts";
import type { ServerOptions } from "./server.ts";

interface Body {
  readonly stage: RolloutStage;
  readonly share?: number;
  readonly reason?: string;
}

const REHEARSES = "the candidate only rehearses: a start with --canary has it decide, for a share of the users";
const SECURITY = { security: [{ bearer: [] }] };

/** How far a candidate policy has come, and moving it on or back. */
export function stageRoutes(server: FastifyInstance, { run, rehearsal = null }: ServerOptions): void {
  const view = () => {
    const nowMs = run.clock.nowMs();
    if (rehearsal !== null) return { ...rehearsal.view(), observed: rehearsal.report(nowMs) };
    return { ...viewStage(run.state), observed: run.watch?.report(nowMs) ?? null };
  };

  server.get("/v1/stage", {
    config: { scope: "read" },
    schema: {
      summary: "How far the candidate policy has come, and what was predicted of it against what is observed",
      ...SECURITY,
      response: { 200: STAGE_VIEW, "4xx": ERROR },
    },
    handler: async ({ token }) => {
      demandAll(token);
      return view();
    },
  });

  server.put<{ Body: Body }>("/v1/stage", {
    config: { scope: "admin" },
    schema: {
      summary: "Give the candidate policy another share of the users, all of them, or none any more",
      description:
        "Written down before it is answered: a restart goes on from there, whatever the command line says of the share.",
      ...SECURITY,
      body: STAGE_BODY,
      response: { 200: STAGE_VIEW, "4xx": ERROR },
    },
    handler: async ({ body: { stage, share, reason }, token }) => {
      demandAll(token);
      if (rehearsal !== null) throw new Refused("conflict", REHEARSES);
      const by = `by ${token?.name}`;
      const sharePpm = share === undefined ? {} : { sharePpm: Math.round(share * 1_000_000) };
      await run.stage({ stage, ...sharePpm, reason: reason === undefined ? by : `${reason} (${by})` });
      return view();
    },
  });
}
