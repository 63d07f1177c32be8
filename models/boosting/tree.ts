import type { BinnedRows } from "./feature-rows.ts";

/**
 * A binary tree laid out as a heap: the children of node `i` are `2i + 1` and `2i + 2`. A row goes right where its feature is above the
 * threshold, left where it is not, or not known.
 */
export interface Tree {
  /** −1: a leaf. */
  readonly feature: Int16Array;
  readonly threshold: Float32Array;
  /** Of leaves. */
  readonly value: Float32Array;
}

export interface GrowingOptions {
  /** Splits between the root and a leaf, at most. */
  readonly depth: number;
  readonly leastRows: number;
  /** What a leaf says of the rows in it, which are not none. */
  readonly answer: (rows: Int32Array) => number;
}

/** Below this a split tells nothing. */
const LEAST_GAIN = 1e-6;

/** Grows a tree that tells rows of high gradient from rows of low: each split is the one that lessens their squared errors most. */
export function growTree(binned: BinnedRows, gradient: Float32Array, rows: Int32Array, options: GrowingOptions): Tree {
  const nodes = 2 ** (options.depth + 1) - 1;
  const feature = new Int16Array(nodes).fill(-1);
  const threshold = new Float32Array(nodes);
  const value = new Float32Array(nodes);
  const order = Int32Array.from(rows);
  const grow = (node: number, from: number, end: number, depth: number) => {
    const members = order.subarray(from, end);
    const split = depth === 0 ? null : bestSplit(binned, gradient, members, options.leastRows);
    if (split === null) {
      value[node] = members.length === 0 ? 0 : options.answer(members);
      return;
    }
    feature[node] = split.feature;
    threshold[node] = split.bin === 0 ? Number.NEGATIVE_INFINITY : (binned.edges[split.feature]?.[split.bin - 1] as number);
    const middle = from + partition(members, binned.bins[split.feature] as Uint8Array, split.bin);
    grow(2 * node + 1, from, middle, depth - 1);
    grow(2 * node + 2, middle, end, depth - 1);
  };
  grow(0, 0, order.length, options.depth);
  return { feature, threshold, value };
}

/** What the tree says of the row of features that begins at `at`. */
export function treeValue({ feature, threshold, value }: Tree, features: Float32Array, at: number): number {
  let node = 0;
  for (let by = feature[0] as number; by >= 0; by = feature[node] as number) {
    node = 2 * node + ((features[at + by] as number) > (threshold[node] as number) ? 2 : 1);
  }
  return value[node] as number;
}

interface Split {
  readonly feature: number;
  /** The last bin that goes left. */
  readonly bin: number;
}

function bestSplit({ bins, edges }: BinnedRows, gradient: Float32Array, rows: Int32Array, leastRows: number): Split | null {
  if (rows.length < 2 * leastRows) return null;
  let total = 0;
  for (const row of rows) total += gradient[row] as number;
  const base = (total * total) / rows.length;
  let best: Split | null = null;
  let bestGain = LEAST_GAIN;
  for (const [feature, column] of bins.entries()) {
    const width = (edges[feature] as Float32Array).length + 2;
    const sums = new Float64Array(width);
    const counts = new Int32Array(width);
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as number;
      const bin = column[row] as number;
      sums[bin] = (sums[bin] as number) + (gradient[row] as number);
      counts[bin] = (counts[bin] as number) + 1;
    }
    let sum = 0;
    let count = 0;
    for (let bin = 0; bin < width - 1; bin += 1) {
      sum += sums[bin] as number;
      count += counts[bin] as number;
      const rest = rows.length - count;
      if (count < leastRows || rest < leastRows) continue;
      const gain = (sum * sum) / count + ((total - sum) * (total - sum)) / rest - base;
      if (gain > bestGain) {
        bestGain = gain;
        best = { feature, bin };
      }
    }
  }
  return best;
}

/** Rows of bins up to `last` come first, in the order they had. @returns how many. */
function partition(rows: Int32Array, column: Uint8Array, last: number): number {
  const right: number[] = [];
  let left = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number;
    if ((column[row] as number) <= last) rows[left++] = row;
    else right.push(row);
  }
  rows.set(right, left);
  return left;
}
