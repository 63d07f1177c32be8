import { known } from "../assert.ts";
import type { RandomStream } from "../random.ts";
import type { GpuNode } from "./gpu-node.ts";
import { type GpuShape, isShared } from "./gpu-shape.ts";
import type { PlacementStrategy } from "./strategy.ts";

export interface Placement {
  readonly node: GpuNode;
  readonly devices: readonly number[];
}

/** What a score of "does not fit" is kept as. */
const NO_ROOM = Number.NEGATIVE_INFINITY;

/** Scores of one shape by node, with the version of the node (plus one; 0: none yet) that each belongs to. */
interface Scores {
  readonly score: Float64Array;
  readonly version: Uint32Array;
}

/**
 * Places instances on nodes one after another, each where the strategy scores highest among the nodes with room; nothing waits,
 * nothing leaves. A placement changes one node, so every other node's score for every shape is kept.
 */
export class Placer {
  readonly #nodes: readonly GpuNode[];
  readonly #strategy: PlacementStrategy;
  readonly #random: RandomStream;
  readonly #scores = new Map<GpuShape, Scores>();

  /** The order of the nodes decides ties. */
  constructor(nodes: readonly GpuNode[], strategy: PlacementStrategy, random: RandomStream) {
    this.#nodes = nodes;
    this.#strategy = strategy;
    this.#random = random;
  }

  /** Places one instance; `null`: no node has room. Equal shapes should be the same object: scores are kept by it. */
  place(shape: GpuShape): Placement | null {
    const scores = this.#scoresOf(shape);
    const index = this.#strategy.ties === "first" ? firstHighest(scores) : anyHighest(scores, this.#random);
    if (index < 0) return null;
    const node = known(this.#nodes[index], "node");
    const shared = isShared(shape);
    const devices = shared ? [this.#strategy.device(node, shape, this.#random)] : node.firstEmpty(shape.gpus);
    node.place(shape, devices);
    return { node, devices };
  }

  #scoresOf(shape: GpuShape): Float64Array {
    const count = this.#nodes.length;
    const kept = this.#scores.get(shape) ?? { score: new Float64Array(count), version: new Uint32Array(count) };
    this.#scores.set(shape, kept);
    for (let index = 0; index < count; index += 1) {
      const node = this.#nodes[index] as GpuNode;
      if (kept.version[index] === node.version + 1) continue;
      kept.score[index] = node.fits(shape) ? this.#strategy.score(node, shape) : NO_ROOM;
      kept.version[index] = node.version + 1;
    }
    return kept.score;
  }
}

function firstHighest(scores: Float64Array): number {
  let highest = NO_ROOM;
  let first = -1;
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index] as number;
    if (score > highest) {
      highest = score;
      first = index;
    }
  }
  return first;
}

/** Any of the highest, each as likely. */
function anyHighest(scores: Float64Array, random: RandomStream): number {
  const highest = scores.reduce((most, score) => Math.max(most, score), NO_ROOM);
  if (highest === NO_ROOM) return -1;
  const equals: number[] = [];
  for (let index = 0; index < scores.length; index += 1) if (scores[index] === highest) equals.push(index);
  return equals[random.below(equals.length)] as number;
}
