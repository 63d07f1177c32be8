/** A notebook of three cells as the runner makes it. */
import { beginCell, say, shownByCell } from "../../notebooks/display.ts";

beginCell();
const two = 2;
say(String(two));
beginCell();
beginCell();
say(String(two + 1));
say(String(two + 2));
export const _shown = shownByCell();
