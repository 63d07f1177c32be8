import { join } from "node:path";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import { type StageView, type Trial, toldApart } from "../../../allocator/live/stages.ts";
import type { LiveArguments } from "../live.ts";

/** What a live run says on stderr as it begins. */
export function beganWords(
  url: string,
  { events, replayedEvents, tornBytes, elapsedMs }: LiveRun["recovery"],
  { target, tokens }: LiveArguments,
): string {
  const torn = tornBytes > 0 ? `, ${tornBytes} bytes of a cut write taken off` : "";
  const recovered = events === 0 ? "a new run" : `${events} events before, ${replayedEvents} read again${torn}, ${elapsedMs} ms`;
  const nobody = tokens === undefined ? "\n  no --tokens: nobody may ask for anything" : "";
  const where = `\n  API at ${url}, described at ${url}/openapi.json${nobody}`;
  return `prae: ${target}, ${recovered}${where}\n  Ctrl-C stops it; the same command goes on`;
}

/** At which stage the candidate is: what the journal says counts, not the command line. */
export function stageWords(view: StageView, { sharePpm }: Trial): string {
  const { stage, share, users, reason } = view;
  const { policy, candidate } = toldApart(view);
  if (stage === "rolled_back") {
    return `  ${candidate} was rolled back (${reason}): ${policy} decides for everybody. PUT /v1/stage would begin it again`;
  }
  const asked =
    stage === "canary" && share * 1_000_000 !== sharePpm ? `, as the journal says and not ${sharePpm / 10_000} %` : "";
  const whom = `${users.candidate} of ${users.all} users (${Math.round(share * 1_000_000) / 10_000} %${asked})`;
  return `  ${stage}: ${candidate} decides for ${whom}, ${policy} for the others. PUT /v1/stage moves it on, or back`;
}

export function rehearsalWords(view: StageView, { state }: LiveArguments): string {
  const { policy, candidate } = toldApart(view);
  return `  rehearsal: ${candidate} decides for nobody, ${policy} for everybody; its books are in ${join(state, "rehearsal")}`;
}
