import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { JournalReader } from "../../allocator/journal/reader.ts";
import { segmentsOf } from "../../allocator/journal/segments.ts";
import { InputError } from "../../datasets/issues.ts";
import { type JournalOrigin, JournalTrace } from "../../datasets/journal/journal-trace.ts";
import type { SpilledRequests } from "../../datasets/large/spilled-requests.ts";
import { type OnBytes, summarizeFile } from "../../datasets/source-file.ts";
import type { Trace } from "../../datasets/trace.ts";
import { parseRunRecord } from "../../reports/parse-run-record.ts";
import type { RunRecord } from "../run-record.ts";
import type { CommonOptions } from "./importers.ts";
import { journalPath, journalSlices } from "./journal-file.ts";

/**
 * The trace of what a journal holds, of a live run or a simulated one. One without an end mark is taken as far as it is whole.
 * @throws InputError
 */
export async function loadJournal(
  given: string,
  { name, defaults }: CommonOptions,
  onBytes: OnBytes,
  spilled: SpilledRequests | null,
): Promise<Trace> {
  const [set] = Object.keys(defaults);
  if (set !== undefined)
    throw new InputError([{ where: "--default", expected: "none: a journal says everything", found: JSON.stringify(set) }]);
  const path = journalPath(given);
  const trace = new JournalTrace();
  const reader = new JournalReader(path, { onBytes });
  for await (const slice of journalSlices(reader, path, "taken")) {
    for (const { event, decisions } of slice) trace.onStep(event, decisions);
  }
  const files = await Promise.all(segmentsOf(path).map((segment) => summarizeFile(segment.path)));
  const { ended } = reader;
  const common = { name: name ?? basename(dirname(resolve(path))), files, digest: reader.digest(), ended };
  const record = recordBeside(path);
  if (record !== null && record.journal.digest !== common.digest) {
    const found = ended ? `one of digest ${common.digest}` : "a journal that was cut";
    throw new InputError([{ where: path, expected: `the journal of run.json beside it, ${record.journal.digest}`, found }]);
  }
  return trace.finish({ ...common, ...originOf(record) }, spilled);
}

/** The record of the simulated run that left the journal; `null`: there is none, as of a live run. */
function recordBeside(path: string): RunRecord | null {
  const file = join(dirname(path), "run.json");
  if (!existsSync(file) || !statSync(file).isFile()) return null;
  return parseRunRecord(readFileSync(file, "utf8"), file);
}

function originOf(record: RunRecord | null): Omit<JournalOrigin, "name" | "files" | "digest" | "ended"> {
  if (record === null) {
    const notes = ["the journal does not say whose data it holds, nor whether they are synthetic"];
    return { license: "not stated", citation: "not stated", synthetic: false, composite: false, window: null, notes };
  }
  const { trace, policyText, assumptions } = record;
  const { license, citation, synthetic, composite, window } = trace;
  const notes = [
    `simulated from the trace ${trace.name} (digest ${trace.digest.slice(0, 12)}) under ${policyText}`,
    ...assumptions.map((text) => `of that trace: ${text}`),
  ];
  return { license, citation, synthetic, composite, window, notes };
}
