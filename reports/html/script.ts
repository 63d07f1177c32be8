import { BRUSH } from "./script/brush.ts";
import { CHARTS } from "./script/charts.ts";
import { HEAT_MAP } from "./script/heat-map.ts";
import { TABLES } from "./script/tables.ts";
import { USER_SEARCH } from "./script/user-search.ts";
import { USER_TIMELINE } from "./script/user-timeline.ts";
import { USERS } from "./script/users.ts";
import { USERS_DATA } from "./script/users-data.ts";

/**
 * A page's own script, in parts that share one scope: plain browser JavaScript, tested in a real browser (test/browser). It begins
 * after the first paint: the verdict and the scoreboard do not wait for the charts.
 */
function script(parts: readonly string[], start: string): string {
  return `"use strict";
(() => {
${parts.join("\n")}
  requestAnimationFrame(() => setTimeout(async () => {
${start}
    performance.mark("drawn");
    document.documentElement.dataset.ready = "true";
  }));
})();
`;
}

const DRAW = "    for (const group of groups) await draw(group);";

/** Of a page with charts and tables. */
export const SCRIPT = script([BRUSH, CHARTS, TABLES], DRAW);

/** The same with users. */
export const USERS_SCRIPT = script(
  [BRUSH, CHARTS, TABLES, USERS_DATA, HEAT_MAP, USER_TIMELINE, USER_SEARCH, USERS],
  `${DRAW}\n    await startUsers();`,
);
