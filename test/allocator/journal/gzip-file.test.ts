import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GzipFile } from "../../../allocator/journal/gzip-file.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-gzip-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Chunks whose compression takes unlike long, in a buffer that is used again. */
async function write(path: string, chunks: number, between: () => Promise<void>): Promise<Buffer> {
  const file = new GzipFile(path);
  const all: Buffer[] = [];
  const chunk = Buffer.alloc(300_000);
  for (let index = 0; index < chunks; index += 1) {
    const length = index % 3 === 0 ? 300_000 : index;
    for (let at = 0; at < length; at += 1) chunk[at] = (at * at + index) >>> (at % 7);
    file.write(chunk.subarray(0, length));
    all.push(Buffer.from(chunk.subarray(0, length)));
    await between();
  }
  await file.finish();
  return Buffer.concat(all);
}

test("chunks are in the file in their order, whether or not the caller lets others run", async () => {
  const busy = join(folder, "busy.gz");
  const patient = join(folder, "patient.gz");
  const written = await write(busy, 40, async () => undefined);
  assert.ok(gunzipSync(readFileSync(busy)).equals(written));
  await write(patient, 40, () => new Promise((resume) => setImmediate(resume)));
  assert.ok(readFileSync(busy).equals(readFileSync(patient)), "the same bytes, whoever compressed them");
});

test("an empty file is whole", async () => {
  const path = join(folder, "empty.gz");
  await new GzipFile(path).finish();
  assert.is(readFileSync(path).length, 0);
});

test("closed before it is finished: what is still being compressed goes nowhere", async () => {
  const file = new GzipFile(join(folder, "closed.gz"));
  file.write(Buffer.from("text"));
  file.close();
  await new Promise((resume) => setTimeout(resume, 20));
  assert.is(readFileSync(join(folder, "closed.gz")).length, 0);
});

test.run();
