import { createHash } from "node:crypto";
import { IssueList } from "../../datasets/issue-list.ts";
import { orderedJson } from "../../datasets/ordered-json.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { ModelCard } from "./model-card.ts";
import { checkHeader, type ModelHeader } from "./model-header.ts";
import { decodeTensors, encodeTensors, type FileKind, littleEndian, shapesOf, tensorsOf } from "./tensor-file.ts";

const KIND: FileKind = {
  magic: "PRAEMODL",
  version: 1,
  what: "a model of PRAE",
  whenDamaged: "delete it and train the model again, or copy it from where it is whole",
  whenOtherVersion: "train the model again, or use the PRAE that wrote it",
};

export interface StoredModel {
  /** SHA-256, hex, over all but `card.made`: the model's name. */
  readonly digest: string;
  readonly model: TrainedModel;
  readonly card: ModelCard;
}

/** SHA-256, hex, over canonical bytes of the model and of its card but for how it was made. Equal trainings, equal digest. */
export function modelDigest(model: TrainedModel, card: ModelCard): string {
  const { made: _, ...lasting } = card;
  const hash = createHash("sha256");
  hash.update(orderedJson({ version: KIND.version, ...headerOf(model), card: lasting }));
  for (const { values } of model.weights) hash.update(littleEndian(values));
  return hash.digest("hex");
}

/** A trained model as one file. */
export function encodeModel(model: TrainedModel, card: ModelCard): Uint8Array {
  return encodeTensors(KIND, { ...headerOf(model), card }, model.weights);
}

/**
 * @param where the file, for what is said when it is refused.
 * @throws InputError when the bytes are no model, of another version, cut or damaged.
 */
export function decodeModel(bytes: Uint8Array, where: string): StoredModel {
  const { header, numbers } = decodeTensors(KIND, bytes, where);
  const issues = new IssueList();
  checkHeader(header, where, issues);
  issues.throwIfAny();
  const { weights: shapes, card, ...rest } = header as ModelHeader;
  const model: TrainedModel = { ...rest, weights: tensorsOf(shapes, numbers, KIND, where) };
  return { digest: modelDigest(model, card), model, card };
}

function headerOf({ weights, ...rest }: TrainedModel): Omit<ModelHeader, "card"> {
  return { ...rest, weights: shapesOf(weights) };
}
