import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../../datasets/atomic.ts";
import { InputError } from "../../../datasets/issues.ts";
import { forecastPlans } from "../../../models/feed/forecast-plan.ts";
import { parseRunRecord } from "../../../reports/parse-run-record.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import { encodeCells } from "../../../reports/statistics/cells-file.ts";
import type { SweepRun } from "../../../reports/sweep/points.ts";
import { clusterReference } from "../../cluster-spec.ts";
import type { RunRecord } from "../../run-record.ts";
import { cellsPath, readCells } from "../cells-beside.ts";
import { digestOf, type NamedPolicy, policyOn } from "../inputs.ts";
import type { Scenario } from "../run-policy.ts";
import { codeRevision } from "../version.ts";
import type { Job } from "./pool.ts";

const SUMMARY = "sweep.json";

/**
 * The results of a sweep in a folder: `runs/<key>.json` with its cells beside it, and at the end `sweep.json`. A key is the digest
 * of everything that a run depends on, the code included: what is there under a key need not be run again.
 */
export class Results {
  readonly #runs: string;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#runs = join(directory, "runs");
  }

  /** @throws InputError when something else than an earlier sweep stands there. */
  static async open(directory: string): Promise<Results> {
    const isFree = !existsSync(directory) || readdirSync(directory).length === 0;
    const results = new Results(directory);
    if (!isFree && !existsSync(results.#runs)) {
      const hint = "choose another --out";
      throw new InputError([{ where: directory, expected: "nothing there, or an earlier sweep", found: "something else", hint }]);
    }
    await mkdir(results.#runs, { recursive: true });
    return results;
  }

  /** The run under a key, if a whole one is there. */
  async read(key: string): Promise<SweepRun | null> {
    const path = this.#path(key);
    try {
      const record = parseRunRecord(await readFile(path, "utf8"), path);
      return existsSync(cellsPath(path)) ? { record, readCells: () => readCells(record, path) } : null;
    } catch (error) {
      if (error instanceof InputError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  /** The record last: where it is, the run is whole. */
  async write(key: string, record: RunRecord, cells: RunCells): Promise<void> {
    const path = this.#path(key);
    await writeAtomically(cellsPath(path), { replace: true }, (temporary) => writeFile(temporary, encodeCells(cells)));
    await writeAtomically(path, { replace: true }, (temporary) => writeFile(temporary, `${JSON.stringify(record, null, 1)}\n`));
  }

  async writeSummary(document: unknown): Promise<void> {
    const path = join(this.#directory, SUMMARY);
    await writeAtomically(path, { replace: true }, (temporary) => writeFile(temporary, `${JSON.stringify(document, null, 2)}\n`));
  }

  #path(key: string): string {
    return join(this.#runs, `${key}.json`);
  }
}

/** The key of each job: a digest of its policy, trace, cluster, seed, window, prices, settings, forecasts and of the code. */
export function keysOf(jobs: readonly Job[], scenarios: readonly Scenario[]): string[] {
  const code = codeRevision();
  const settings = scenarios.map(({ trace, cluster, prepared: _, ...rest }) => ({
    ...rest,
    trace: trace.manifest.digest,
    cluster: clusterReference(cluster).digest,
  }));
  return jobs.map(({ policy, scenario }) => {
    const forecasts = setsOf(scenarios[scenario]!, policy);
    return digestOf({ code, policy, ...settings[scenario]!, ...(forecasts.length > 0 ? { forecasts } : {}) }).slice(0, 16);
  });
}

/** Digests of the forecast sets that a policy is fed. */
function setsOf({ trace, prepared = {} }: Scenario, policy: NamedPolicy): (string | undefined)[] {
  return forecastPlans(policyOn(trace, policy), trace).map((plan) => prepared[digestOf(plan)]?.origin.set);
}
