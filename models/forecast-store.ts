import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { batchDigest, ENTITIES, ForecastSet, type StoredBatch, TARGETS } from "./forecast-set.ts";

/**
 * A forecast set as an Arrow IPC stream, gzipped; one row a batch. Any Arrow reader can read it. The gzip is there for its
 * checksum, which finds damage before the Arrow library reads on: damaged Arrow can send that round in circles. Columns: target, entity, issued_at_ms,
 * available_at_ms, first_step_ms, step_ms, steps, digest, and the lists ids, levels_ppm, run_lengths, run_values.
 */
export async function writeForecastSet(set: ForecastSet, path: string): Promise<void> {
  const arrow = await import("apache-arrow");
  const column = <T>(pick: (batch: StoredBatch) => T) => set.batches.map(pick);
  const numbers = (pick: (batch: StoredBatch) => number) => arrow.makeVector(Float64Array.from(column(pick)));
  const lists = (pick: (batch: StoredBatch) => Uint32Array) => {
    const rows = column(pick);
    const offsets = new Int32Array(rows.length + 1);
    rows.forEach((row, i) => {
      offsets[i + 1] = (offsets[i] as number) + row.length;
    });
    const flat = new Uint32Array(offsets[rows.length] as number);
    rows.forEach((row, i) => {
      flat.set(row, offsets[i] as number);
    });
    const child = arrow.makeData({ type: new arrow.Uint32(), data: flat });
    const type = new arrow.List(new arrow.Field("item", new arrow.Uint32(), false));
    return arrow.makeVector(arrow.makeData({ type, valueOffsets: offsets, child, length: rows.length, nullCount: 0 }));
  };
  const table = new arrow.Table({
    target: arrow.vectorFromArray(
      column(({ target }) => target as string),
      new arrow.Utf8(),
    ),
    entity: arrow.vectorFromArray(
      column(({ entity }) => entity as string),
      new arrow.Utf8(),
    ),
    issued_at_ms: numbers((batch) => batch.issuedAtMs),
    available_at_ms: numbers((batch) => batch.availableAtMs),
    first_step_ms: numbers((batch) => batch.firstStepMs),
    step_ms: numbers((batch) => batch.stepMs),
    steps: numbers((batch) => batch.steps),
    digest: arrow.vectorFromArray(
      column(({ digest }) => digest),
      new arrow.Utf8(),
    ),
    ids: lists((batch) => batch.ids),
    levels_ppm: lists((batch) => batch.levelsPpm),
    run_lengths: lists((batch) => batch.runLengths),
    run_values: lists((batch) => batch.runValues),
  });
  await writeFile(path, gzipSync(arrow.tableToIPC(table, "stream"), { level: 1 }));
}

/** Thrown when a file is no forecast set, or damaged. */
export class ForecastSetError extends Error {
  override readonly name = "ForecastSetError";
}

/** @throws ForecastSetError when the file cannot be read as a forecast set, or a batch is not what its digest says. */
export async function readForecastSet(path: string): Promise<ForecastSet> {
  const arrow = await import("apache-arrow");
  const bytes = await readFile(path);
  let batches: StoredBatch[];
  try {
    batches = arrow.tableFromIPC(gunzipSync(bytes)).toArray().map(toBatch);
  } catch (cause) {
    throw new ForecastSetError("not a forecast set, or damaged", { cause });
  }
  for (const [index, batch] of batches.entries()) {
    if (batchDigest(batch) !== batch.digest) throw new ForecastSetError(`batch ${index} is not what its digest says`);
  }
  return new ForecastSet(batches);
}

function toBatch(row: Record<string, unknown>): StoredBatch {
  const choice = <C extends string>(key: string, among: readonly C[]): C => {
    const value = among.find((name) => name === row[key]);
    if (value === undefined) throw new Error(`${key} is ${String(row[key])}`);
    return value;
  };
  const list = (key: string) => (row[key] as { toArray(): Uint32Array }).toArray();
  return {
    target: choice("target", TARGETS),
    entity: choice("entity", ENTITIES),
    issuedAtMs: Number(row["issued_at_ms"]),
    availableAtMs: Number(row["available_at_ms"]),
    firstStepMs: Number(row["first_step_ms"]),
    stepMs: Number(row["step_ms"]),
    steps: Number(row["steps"]),
    digest: String(row["digest"]),
    ids: list("ids"),
    levelsPpm: list("levels_ppm"),
    runLengths: list("run_lengths"),
    runValues: list("run_values"),
  };
}
