import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../datasets/atomic.ts";
import { checkShape, isCount, isText, orNull, type Shape } from "../../datasets/document-shape.ts";
import { IssueList } from "../../datasets/issue-list.ts";
import type { Weights } from "../training/trained-model.ts";
import type { TrainingPosition, TrainingState } from "../training/training-state.ts";
import { decodeTensors, encodeTensors, type FileKind, shapesOf, type TensorShape, tensorsOf } from "./tensor-file.ts";

const KIND: FileKind = {
  magic: "PRAECKPT",
  version: 1,
  what: "a checkpoint of PRAE",
  whenDamaged: "delete it: the training then begins anew",
  whenOtherVersion: "delete it: the training then begins anew",
};

/** Where a training stood when it was interrupted, and what it had cost until then. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly cpuMs: number;
  readonly wallMs: number;
}

interface CheckpointHeader {
  readonly spec: TrainingState["spec"];
  readonly position: TrainingPosition;
  readonly weights: readonly TensorShape[];
  /** Whether weights of a best epoch follow the moments. */
  readonly hasBest: boolean;
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** The checkpoint of one training, in a folder; named by all that decides what the training ends with. */
export class CheckpointFile {
  readonly path: string;

  constructor(folder: string, key: string) {
    this.path = join(folder, "checkpoints", `${key.slice(0, 32)}.prae-checkpoint`);
  }

  /**
   * `null`: there is none.
   * @throws InputError when the file is damaged or of another version.
   */
  async read(): Promise<Checkpoint | null> {
    return existsSync(this.path) ? decodeCheckpoint(await readFile(this.path), this.path) : null;
  }

  /** Whole or not at all; the one before stays until then. */
  async write(checkpoint: Checkpoint): Promise<void> {
    await writeAtomically(this.path, { replace: true }, (temporary) => writeFile(temporary, encodeCheckpoint(checkpoint)));
  }

  async delete(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

export function encodeCheckpoint({ state, cpuMs, wallMs }: Checkpoint): Uint8Array {
  const { spec, position, weights, firstMoments, secondMoments, averages, bestWeights } = state;
  const header: CheckpointHeader = { spec, position, weights: shapesOf(weights), hasBest: bestWeights !== null, cpuMs, wallMs };
  return encodeTensors(KIND, header, [...weights, ...firstMoments, ...secondMoments, ...averages, ...(bestWeights ?? [])]);
}

/** @throws InputError when the bytes are no checkpoint, of another version, cut or damaged. */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const { header, numbers } = decodeTensors(KIND, bytes, where);
  const issues = new IssueList();
  checkShape(header, HEADER, where, issues);
  issues.throwIfAny();
  const { spec, position, weights: shapes, hasBest, cpuMs, wallMs } = header as CheckpointHeader;
  const groups = hasBest ? 5 : 4;
  const tensors = tensorsOf(new Array(groups).fill(shapes).flat() as TensorShape[], numbers, KIND, where);
  const group = (index: number): Weights[] => tensors.slice(index * shapes.length, (index + 1) * shapes.length);
  const state: TrainingState = {
    spec,
    position,
    weights: group(0),
    firstMoments: group(1),
    secondMoments: group(2),
    averages: group(3),
    bestWeights: hasBest ? group(4) : null,
  };
  return { state, cpuMs, wallMs };
}

const isNumber = (value: unknown) => (typeof value === "number" ? null : "a number");
const HEADER: Shape = {
  keys: {
    spec: { keys: { "*": () => null } },
    position: {
      keys: {
        steps: isCount,
        epochs: isCount,
        epochLossSum: isNumber,
        best: orNull((value) => (typeof value === "object" ? null : "an epoch and its score")),
        curve: { each: { keys: { epoch: isCount, loss: isNumber, validation: isNumber } } },
      },
    },
    weights: { each: { keys: { name: isText, shape: { each: isCount } } } },
    hasBest: (value) => (typeof value === "boolean" ? null : "true or false"),
    cpuMs: isNumber,
    wallMs: isNumber,
  },
};
