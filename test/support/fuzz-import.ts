import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { RandomStream } from "../../allocator/core/random.ts";
import { InputError } from "../../datasets/issues.ts";
import { checkTrace } from "../../datasets/laws.ts";
import type { Trace } from "../../datasets/trace.ts";

/** Bytes that mean something to CSV, YAML, JSON or numbers, and some that mean nothing. */
const TELLING = [...Buffer.from(',"\n\r;|-.eE0129NI{}[]: \t#&*'), 0, 0x80, 0xc3, 0xef, 0xff];

/** One to four bytes replaced, removed, doubled or put in, or the end cut off. */
export function mutate(bytes: Uint8Array, random: RandomStream): Buffer {
  let mutated = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0; times -= 1) {
    const at = random.below(mutated.length + 1);
    const byte = random.below(2) === 0 ? (TELLING[random.below(TELLING.length)] as number) : random.below(256);
    const before = mutated.subarray(0, at);
    switch (random.below(5)) {
      case 0:
        mutated = Buffer.concat([before, Buffer.of(byte), mutated.subarray(at + 1)]);
        break;
      case 1:
        mutated = Buffer.concat([before, mutated.subarray(at + 1)]);
        break;
      case 2:
        mutated = Buffer.concat([before, Buffer.of(byte), mutated.subarray(at)]);
        break;
      case 3:
        mutated = Buffer.concat([before, mutated.subarray(Math.max(0, at - 9))]);
        break;
      default:
        if (random.below(4) === 0) mutated = Buffer.from(before);
    }
  }
  return mutated;
}

/** How often an importer's input is mutated: `PRAE_FUZZ_RUNS`, else `times`. */
export function fuzzRuns(times: number): number {
  return Number(process.env["PRAE_FUZZ_RUNS"] ?? times);
}

/**
 * Mutates one of the files `times` times. Each time the import is refused with issues, or gives a lawful trace with at least one
 * request or sample: never another error, never nothing.
 */
export async function fuzz(
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
  times: number,
  load: (files: Readonly<Record<string, Uint8Array>>) => Promise<Trace>,
): Promise<void> {
  const random = new RandomStream(1, name);
  const names = Object.keys(files);
  let refused = 0;
  for (let run = 0; run < times; run += 1) {
    const chosen = names[random.below(names.length)] as string;
    const mutated = mutate(files[chosen] as Uint8Array, random);
    try {
      const trace = await load({ ...files, [chosen]: mutated });
      assert.equal(checkTrace(trace), []);
      assert.ok(trace.requests.count + (trace.usage?.count ?? 0) > 0, "a silent zero");
    } catch (error) {
      refused += 1;
      const what = `${name}, run ${run}: ${chosen} = ${JSON.stringify(mutated.toString("latin1"))}`;
      assert.instance(error, InputError, `${what}\n${(error as Error).stack}`);
      assert.ok((error as InputError).issues.length > 0, what);
    }
  }
  assert.ok(refused > times / 20 && refused < times, `${refused} of ${times} refused: the mutations say too little`);
}

export const bytesOf = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));

export async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** Some lines of a real file, plain or `.gz`: its header, unless it has none, and `count` from line `from`, counted from 1. */
export function someLines(path: string, from: number, count: number, header = true): Buffer {
  const bytes = readFileSync(path);
  const lines = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().split("\n");
  return Buffer.from(`${[...(header ? lines.slice(0, 1) : []), ...lines.slice(from - 1, from - 1 + count)].join("\n")}\n`);
}
