import type { Panel } from "../panel/panel.ts";

const SEASON_MS = { day: 86_400_000, week: 604_800_000 } as const;
export type SeasonName = keyof typeof SEASON_MS;

/** How many steps of the panel a season has, rounded; at least 1: panels of long steps have no shorter season than a step. */
export function seasonSteps({ stepMs }: Pick<Panel, "stepMs">, season: SeasonName): number {
  return Math.max(1, Math.round(SEASON_MS[season] / stepMs));
}
