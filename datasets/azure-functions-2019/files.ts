import { readdirSync } from "node:fs";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { demandFolder } from "../source-file.ts";
import type { AzureDay } from "./azure-functions-2019.ts";

const INVOCATIONS = "invocations_per_function_md.anon";
const DURATIONS = "function_durations_percentiles.anon";
const MEMORY = "app_memory_percentiles.anon";

/**
 * The files of a folder, by day: each `content` is a file name. Memory was not published for the last two days; a day without
 * has the nearest earlier day's.
 * @throws InputError when files are missing.
 */
export function findAzureFiles(
  directory: string,
  days: { readonly first: number; readonly last: number } | null,
): AzureDay<string>[] {
  demandFolder(directory);
  const names = readdirSync(directory);
  const issues = new IssueList();
  const find = (stem: string): string | null => {
    const found = [`${stem}.csv`, `${stem}.csv.gz`].filter((name) => names.includes(name));
    if (found.length > 1) issues.add({ where: directory, expected: `one file ${stem}`, found: found.join(", ") });
    return found[0] ?? null;
  };
  const demand = (stem: string): string => {
    const found = find(stem);
    if (found === null) issues.add({ where: directory, expected: `a file ${stem}.csv or ${stem}.csv.gz`, found: "none" });
    return found ?? stem;
  };
  const named = (name: string) => ({ name, content: name });
  const dayFiles = names.flatMap((name) => /^invocations_per_function_md\.anon\.d(\d\d)\.csv(\.gz)?$/.exec(name)?.[1] ?? []);
  const sample = find("invocations");
  if (sample !== null && dayFiles.length > 0) {
    issues.add({ where: directory, expected: "files of one naming", found: `${sample} and ${INVOCATIONS}.d${dayFiles[0]}.csv` });
  }
  if (sample === null && dayFiles.length === 0 && days === null) {
    const hint = "the original's names, or the published sample's";
    const expected = `${INVOCATIONS}.dNN.csv or invocations.csv (or .csv.gz)`;
    throw new InputError([{ where: directory, expected, found: "neither", hint }]);
  }
  const found: AzureDay<string>[] = [];
  if (sample !== null) {
    if (days !== null) {
      issues.add({ where: "--days", expected: `files by day (${INVOCATIONS}.dNN.csv)`, found: sample, hint: "leave --days out" });
    }
    const memory = find("memory");
    found.push({
      day: 0,
      invocations: named(sample),
      durations: named(demand("durations")),
      memory: memory === null ? null : named(memory),
    });
  } else {
    const present = dayFiles.map(Number);
    const { first, last } = days ?? { first: Math.min(...present), last: Math.max(...present) };
    let memory: string | null = null;
    for (let day = 1; day <= last; day += 1) {
      const suffix = `d${String(day).padStart(2, "0")}`;
      memory = find(`${MEMORY}.${suffix}`) ?? memory;
      if (day < first) continue;
      found.push({
        day,
        invocations: named(demand(`${INVOCATIONS}.${suffix}`)),
        durations: named(demand(`${DURATIONS}.${suffix}`)),
        memory: memory === null ? null : named(memory),
      });
    }
  }
  issues.throwIfAny();
  return found;
}
