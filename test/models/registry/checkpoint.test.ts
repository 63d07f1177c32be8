import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { type Checkpoint, CheckpointFile, decodeCheckpoint, encodeCheckpoint } from "../../../models/registry/checkpoint.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";
import { testFolder } from "../../support/prae.ts";
import { SMALL_MODEL } from "../../support/trained-model.ts";

const { weights } = SMALL_MODEL;
const moved = weights.map((weight, i) => ({ ...weight, values: weight.values.map((value) => value + i) }));
const CHECKPOINT: Checkpoint = {
  state: {
    spec: trainingSpec("nlinear", { target: "demand", stepMs: 300_000 }),
    position: {
      steps: 7,
      epochs: 1,
      epochLossSum: 0.1 + 0.2,
      best: { epoch: 1, score: 1 / 3 },
      curve: [{ epoch: 1, loss: 2, validation: 1 / 3 }],
    },
    weights,
    firstMoments: moved,
    secondMoments: moved,
    averages: weights,
    bestWeights: weights,
  },
  cpuMs: 12,
  wallMs: 13.5,
};

test("what is written is read again, bit for bit, with and without weights of a best epoch", () => {
  assert.equal(decodeCheckpoint(encodeCheckpoint(CHECKPOINT), "x"), CHECKPOINT);
  const early = { ...CHECKPOINT, state: { ...CHECKPOINT.state, bestWeights: null } };
  assert.equal(decodeCheckpoint(encodeCheckpoint(early), "x"), early);
});

test("a flipped byte or a cut is found, wherever it is", () => {
  const bytes = encodeCheckpoint(CHECKPOINT);
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    assert.throws(
      () => decodeCheckpoint(damaged, "x"),
      (error: unknown) => error instanceof InputError,
    );
    assert.throws(
      () => decodeCheckpoint(bytes.subarray(0, at), "x"),
      (error: unknown) => error instanceof InputError,
    );
  }
});

test("a file by key: none, written, replaced, deleted; damaged, it says what to do", async () => {
  const file = new CheckpointFile(testFolder("checkpoint"), "0123456789abcdef".repeat(4));
  assert.is(await file.read(), null);
  await file.write(CHECKPOINT);
  await file.write({ ...CHECKPOINT, cpuMs: 99 });
  assert.is((await file.read())?.cpuMs, 99);
  writeFileSync(file.path, "PRAEMODL and more than that");
  const message = await file.read().then(
    () => "it was read",
    (error: Error) => error.message,
  );
  assert.match(
    message,
    ".prae-checkpoint: expected a checkpoint of PRAE, found something else (delete it: the training then begins anew)",
  );
  await file.delete();
  assert.is(await file.read(), null);
});

test.run();
