/** A notebook whose only cell throws. */
import { beginCell } from "../../notebooks/display.ts";

beginCell();
throw new Error("no such user");
