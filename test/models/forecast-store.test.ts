import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { Table, tableFromIPC, tableToIPC, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ForecastSet, storeBatch } from "../../models/forecast-set.ts";
import {
  ForecastSetError,
  ForecastSetWriter,
  readForecastSet,
  StoredForecastSet,
  writeForecastSet,
} from "../../models/forecast-store.ts";
import { arbitraryBatch } from "../support/arbitrary-forecast.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-forecast-store-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "set.arrow.gz");
const indexPath = join(folder, "index.json");

/** Two batches of five runs together. */
const SET = new ForecastSet(
  [Uint32Array.of(1, 1, 0, 0, 3, 3), Uint32Array.of(0, 0, 0, 2, 2, 2)].map((values, i) =>
    storeBatch({
      target: "concurrency",
      entity: "user_app",
      issuedAtMs: 600_000 * i,
      availableAtMs: 600_000 * i,
      firstStepMs: 600_000 * i,
      stepMs: 1000,
      steps: 6,
      ids: Uint32Array.of(i, 4),
      levelsPpm: Uint32Array.of(1_000_000),
      values,
    }),
  ),
);

async function refusal(): Promise<string> {
  try {
    await readForecastSet(path);
  } catch (error) {
    assert.instance(error, ForecastSetError);
    return (error as Error).message;
  }
  throw new Error("it was read");
}

test("what is written is read again, bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryBatch(), { maxLength: 5 }), async (batches) => {
      const set = new ForecastSet(batches.map(storeBatch));
      await writeForecastSet(set, path);
      const read = await readForecastSet(path);
      assert.is(read.digest, set.digest);
      assert.equal(
        batches.map((_, i) => read.batch(i)),
        batches,
      );
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("the file is a plain Arrow table, gzipped, one row a batch", async () => {
  await writeForecastSet(SET, path);
  const table = tableFromIPC(gunzipSync(readFileSync(path)));
  assert.is(table.numRows, 2);
  const types = Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, type]));
  for (const name of ["target", "entity", "digest"]) assert.is(String(types[name]), "Utf8");
  for (const name of ["issued_at_ms", "available_at_ms", "first_step_ms", "step_ms", "steps"]) {
    assert.is(String(types[name]), "Float64");
  }
  for (const name of ["ids", "levels_ppm", "run_lengths", "run_values"]) {
    assert.is(String(types[name]), "List<Uint32>");
  }
  assert.is(Object.keys(types).length, 12);
  assert.equal([...(table.getChild("run_values")!.get(0) as Iterable<number>)], [1, 0, 3]);
});

test("batches can be read one by one, in any order, where an index tells their places", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryBatch(), { maxLength: 5 }), async (batches) => {
      const writer = await ForecastSetWriter.create(path);
      for (const batch of batches) writer.append(storeBatch(batch));
      const index = writer.finish();
      const whole = await readForecastSet(path);
      assert.is(index.digest, whole.digest);
      writeFileSync(indexPath, JSON.stringify(index));
      const stored = await StoredForecastSet.open(folder);
      assert.is(stored.digest, whole.digest);
      assert.is(stored.count, batches.length);
      for (let i = batches.length - 1; i >= 0; i -= 1) {
        assert.equal(stored.batch(i), batches[i]);
        assert.is(stored.availableAtMs(i), batches[i]!.availableAtMs);
        assert.is(stored.batchDigest(i), whole.batchDigest(i));
      }
      stored.close();
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("a batch that is damaged, or another than was indexed, is refused when it is read", async () => {
  const writer = await ForecastSetWriter.create(path);
  for (const batch of SET.batches) writer.append(batch);
  const index = writer.finish();
  const refusalOf = async (changed: object) => {
    writeFileSync(indexPath, JSON.stringify({ ...index, ...changed }));
    try {
      (await StoredForecastSet.open(folder)).batch(0);
    } catch (error) {
      assert.instance(error, ForecastSetError);
      return (error as Error).message;
    }
    return "it was read";
  };
  assert.is(await refusalOf({}), "it was read");
  assert.is(await refusalOf({ indexVersion: 2 }), "its index is of another version");
  assert.is(await refusalOf({ digests: [index.digests[1], index.digests[0]] }), `${path}: batch 0 is another one`);
  assert.is(await refusalOf({ offsets: [index.offsets[0]! + 1, ...index.offsets.slice(1)] }), `${path}: batch 0 is damaged`);
  const damaged = readFileSync(path);
  damaged[(index.offsets[1] as number) - 30]! ^= 1;
  writeFileSync(path, damaged);
  assert.is(await refusalOf({}), `${path}: batch 0 is damaged`);
});

test("the same set gives the same bytes", async () => {
  await writeForecastSet(SET, path);
  const first = readFileSync(path);
  await writeForecastSet(new ForecastSet([...SET.batches]), path);
  assert.ok(first.equals(readFileSync(path)));
});

test("a cut file is no forecast set", async () => {
  await writeForecastSet(SET, path);
  for (let bytes = readFileSync(path).length - 1; bytes > 0; bytes -= 7) {
    truncateSync(path, bytes);
    assert.is(await refusal(), "not a forecast set, or damaged", `cut to ${bytes} bytes`);
  }
  truncateSync(path, 0);
  assert.is(await refusal(), "not a forecast set, or damaged");
});

test("a damaged byte is found, unless it is one that says nothing", async () => {
  await writeForecastSet(SET, path);
  const whole = readFileSync(path);
  let harmless = 0;
  for (let at = 0; at < whole.length; at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] as number) ^ 0xff;
    writeFileSync(path, damaged);
    try {
      assert.is((await readForecastSet(path)).digest, SET.digest);
      harmless += 1;
    } catch (error) {
      assert.instance(error, ForecastSetError, `byte ${at}: ${(error as Error).stack}`);
    }
  }
  const members = SET.count + 2;
  assert.ok(harmless < 10 * members, `${harmless} of ${whole.length}: only parts of the gzip headers say nothing`);
});

test("another table, another file, a value that is not known", async () => {
  writeFileSync(path, "target,entity\n");
  assert.is(await refusal(), "not a forecast set, or damaged");
  writeFileSync(path, gzipSync(tableToIPC(new Table({ target: vectorFromArray(["concurrency"]) }))));
  assert.is(await refusal(), "not a forecast set, or damaged");
  const [batch] = SET.batches;
  await writeForecastSet(new ForecastSet([{ ...batch!, target: "weather" as never }]), path);
  assert.is(await refusal(), "not a forecast set, or damaged");
  await writeForecastSet(new ForecastSet([{ ...batch!, steps: 7 }]), path);
  assert.is(await refusal(), "batch 0 is not what its digest says");
});

test.run();
