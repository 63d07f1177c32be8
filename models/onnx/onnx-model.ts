import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";

/** What has to be known of an ONNX file to forecast with it: the JSON document beside it. */
export interface OnnxModel {
  readonly name: string;
  /** The file, absolute. */
  readonly file: string;
  readonly target: ForecastTarget;
  readonly stepMs: number;
  /** Steps of history that it is shown. */
  readonly lookBack: number;
  /** Steps that it forecasts. */
  readonly horizon: number;
  /** Ascending; empty for target `arrival`. */
  readonly levelsPpm: readonly number[];
  /** `[rows][lookBack]`, or with one more side of 1. */
  readonly input: string;
  /** `[rows][horizon][levels]`; the last side may be missing where it is 1. For arrivals chances. */
  readonly output: string;
  readonly scaling: WindowScaling;
}

const TARGETS: readonly ForecastTarget[] = ["demand", "concurrency", "arrival"];

/** How each window is scaled before the model sees it, and its forecasts back: (y − centre) ⁄ √(variance + epsilon). */
export interface WindowScaling {
  readonly transform: "none" | "log1p";
  readonly centre: "none" | "mean" | "last";
  readonly divide: boolean;
  readonly epsilon: number;
}

/**
 * Reads such a document.
 * @throws InputError when it is not one.
 */
export async function readOnnxModel(document: string): Promise<OnnxModel> {
  const parsed = parse(document, new TextDecoder().decode(await readInput(document, "a document that describes an ONNX model")));
  const issues: Issue[] = [];
  const take = <T>(path: string, expected: string, holds: (value: unknown) => boolean, otherwise?: T): T => {
    const found = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], parsed);
    if (found === undefined && otherwise !== undefined) return otherwise;
    if (!holds(found)) issues.push({ where: document, path, expected, found: JSON.stringify(found) ?? "nothing" });
    return found as T;
  };
  const text = (value: unknown) => typeof value === "string" && value !== "";
  const count = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
  const oneOf = (choices: readonly string[]) => (value: unknown) => choices.includes(value as string);
  const target = take<ForecastTarget>("target", `one of ${TARGETS.join(", ")}`, oneOf(TARGETS));
  const levels = target === "arrival" ? "an empty list" : "a list of levels, ascending, in parts per million";
  const model = {
    name: take<string>("name", "a name", text),
    file: resolve(dirname(document), String(take("model", "the name of an ONNX file", text))),
    target,
    stepMs: take<number>("stepMs", "the length of a step in ms", count),
    lookBack: take<number>("lookBack", "how many steps it is shown", count),
    horizon: take<number>("horizon", "how many steps it forecasts", count),
    levelsPpm: take<number[]>("levelsPpm", levels, (value) => areLevels(value, target), target === "arrival" ? [] : undefined),
    input: take<string>("input", "the name of an input of the model", text),
    output: take<string>("output", "the name of an output of the model", text),
    scaling: {
      transform: take("scaling.transform", "none or log1p", oneOf(["none", "log1p"]), "none"),
      centre: take("scaling.centre", "none, mean or last", oneOf(["none", "mean", "last"]), "none"),
      divide: take("scaling.divide", "true or false", (value) => typeof value === "boolean", false),
      epsilon: take("scaling.epsilon", "a number above 0", (value) => typeof value === "number" && value > 0, 1e-5),
    } as WindowScaling,
  };
  if (issues.length > 0) throw new InputError(issues);
  return model;
}

/** @throws InputError when there is no such file. */
export async function readInput(file: string, expected: string): Promise<Uint8Array> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new InputError([{ where: file, expected, found: "no such file" }]) : error;
  });
}

function parse(document: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError([{ where: document, expected: "JSON", found: (error as Error).message }]);
  }
}

function areLevels(value: unknown, target: ForecastTarget): boolean {
  if (!Array.isArray(value) || (value.length === 0) !== (target === "arrival")) return false;
  return value.every((level, i) => Number.isSafeInteger(level) && level > (i === 0 ? 0 : value[i - 1]) && level < 1_000_000);
}
