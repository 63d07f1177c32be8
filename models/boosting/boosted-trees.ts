import { RandomStream } from "../../allocator/core/random.ts";
import { type BinnedRows, binned, type FeatureRows } from "./feature-rows.ts";
import { growTree, type Tree, treeValue } from "./tree.ts";

/** How trees are added, and when no more are. */
export interface BoostingOptions {
  /** At most so many. */
  readonly trees: number;
  /** Of each tree's answer, the share that is added. */
  readonly rate: number;
  readonly depth: number;
  /** No leaf of fewer rows. */
  readonly leastRows: number;
  /** The share of the rows that each tree is grown on. */
  readonly share: number;
  readonly seed: number;
}

/** A number for a row of features: a constant, and trees that are added to it. */
export interface BoostedTrees {
  readonly start: number;
  readonly trees: readonly Tree[];
}

/** Without a better score on the rows held out for so many trees, the rest is given up. */
const PATIENCE = 12;

/** The rows that trees are grown on, cut into bins once, and those by which it is known when to stop. */
export class BoostingRows {
  readonly learned: FeatureRows;
  readonly held: FeatureRows;
  readonly binned: BinnedRows;

  constructor(learned: FeatureRows, held: FeatureRows) {
    this.learned = learned;
    this.held = held;
    this.binned = binned(learned);
  }
}

/**
 * Gradient boosting under the quantile loss (Friedman, Greedy Function Approximation: A Gradient Boosting Machine, 2001): each tree is
 * grown on which side of the quantile the rows are, and its leaves answer the quantile of what is left over there. The trees up to the
 * best score on the rows held out are kept.
 */
export function boostQuantile({ learned, held, binned }: BoostingRows, levelPpm: number, options: BoostingOptions): BoostedTrees {
  const level = levelPpm / 1_000_000;
  const random = new RandomStream(options.seed, `rows of trees at ${levelPpm}`);
  const start = sortedQuantile(Float64Array.from(learned.targets), level);
  const off = Float64Array.from(learned.targets, (target) => target - start);
  const heldOff = Float64Array.from(held.targets, (target) => target - start);
  const gradient = new Float32Array(learned.count);
  const answer = (members: Int32Array) =>
    options.rate *
    sortedQuantile(
      Float64Array.from(members, (row) => off[row] as number),
      level,
    );
  const trees: Tree[] = [];
  let best = { score: loss(heldOff, level), trees: 0 };
  while (trees.length < options.trees && trees.length - best.trees < PATIENCE) {
    for (let row = 0; row < learned.count; row += 1) gradient[row] = (off[row] as number) > 0 ? level : level - 1;
    const drawn = drawRows(learned.count, options.share, random);
    const tree = growTree(binned, gradient, drawn, { depth: options.depth, leastRows: options.leastRows, answer });
    trees.push(tree);
    take(off, learned, tree);
    take(heldOff, held, tree);
    const score = loss(heldOff, level);
    if (score < best.score) best = { score, trees: trees.length };
  }
  return { start, trees: trees.slice(0, best.trees) };
}

/** What they say of the row of features that begins at `at`. */
export function saidBy({ start, trees }: BoostedTrees, features: Float32Array, at: number): number {
  let said = start;
  for (const tree of trees) said += treeValue(tree, features, at);
  return said;
}

function take(off: Float64Array, { features, width, count }: FeatureRows, tree: Tree): void {
  for (let row = 0; row < count; row += 1) off[row] = (off[row] as number) - treeValue(tree, features, row * width);
}

/** Each row with the same chance, in order. */
function drawRows(count: number, share: number, random: RandomStream): Int32Array {
  const drawn = new Int32Array(count);
  let next = 0;
  for (let row = 0; row < count; row += 1) if (random.float() < share) drawn[next++] = row;
  return drawn.subarray(0, next);
}

function loss(off: Float64Array, level: number): number {
  let sum = 0;
  for (const one of off) sum += one > 0 ? level * one : (level - 1) * one;
  return sum;
}

/** Nearest rank; sorts in place. 0 of none. */
function sortedQuantile(values: Float64Array, level: number): number {
  if (values.length === 0) return 0;
  return values.sort()[Math.max(0, Math.ceil(level * values.length) - 1)] as number;
}
