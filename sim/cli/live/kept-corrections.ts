import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../../datasets/atomic.ts";
import { InputError } from "../../../datasets/issues.ts";
import { orderedJson } from "../../../datasets/ordered-json.ts";
import type { Calibration } from "../../../models/calibration/conformal.ts";
import type { ForecastPlan } from "../../../models/feed/forecast-plan.ts";

type Corrections = Calibration["corrections"];

/** What a plan's forecasts were corrected by, kept beside them so that a restart goes on from there. */
export class KeptCorrections {
  readonly path: string;
  readonly #width: number;

  constructor(folder: string, plan: ForecastPlan) {
    const digest = createHash("sha256").update(orderedJson(plan)).digest("hex");
    this.path = join(folder, `corrections-${digest.slice(0, 16)}.json`);
    this.#width = plan.levelsPpm.length;
  }

  /** @returns none where nothing was kept. @throws InputError where the file holds something else. */
  read(): Corrections {
    if (!existsSync(this.path)) return {};
    let found: unknown = null;
    try {
      found = JSON.parse(readFileSync(this.path, "utf8"));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    if (this.#areCorrections(found)) return found;
    const hint = "without the file, forecasts are as the model says until more was learned";
    throw new InputError([
      { where: this.path, expected: `corrections, ${this.#width} numbers a group`, found: "something else", hint },
    ]);
  }

  async keep(corrections: Corrections): Promise<void> {
    await writeAtomically(this.path, { replace: true }, (temporary) => writeFile(temporary, JSON.stringify(corrections)));
  }

  #areCorrections(found: unknown): found is Corrections {
    if (typeof found !== "object" || found === null || Array.isArray(found)) return false;
    return Object.values(found).every(
      (levels) => Array.isArray(levels) && levels.length === this.#width && levels.every(Number.isFinite),
    );
  }
}
