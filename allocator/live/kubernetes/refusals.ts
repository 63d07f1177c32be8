import type { Decision } from "../../core/decisions.ts";
import type { FailureReason } from "../../core/events.ts";
import { ApiError } from "./api-client.ts";

/** A decision's token, as annotations have it. */
export function tokenOf({ seq, index }: Pick<Decision, "seq" | "index">): string {
  return `${seq}:${index}`;
}

/** What the server's no means to whoever decided. */
export function reasonOf(error: unknown, otherwise: FailureReason): FailureReason {
  if (!(error instanceof ApiError)) return otherwise;
  if (error.status === 403) return /exceeded quota/.test(error.message) ? "no_capacity" : "denied";
  return error.status === 404 ? "unknown_target" : otherwise;
}

/** For a log. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return `${error.status} ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
