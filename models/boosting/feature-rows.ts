/** Rows of features with what is to be said of each. */
export interface FeatureRows {
  readonly count: number;
  /** Features a row. */
  readonly width: number;
  /** Row-major; NaN: not known. */
  readonly features: Float32Array;
  readonly targets: Float32Array;
}

/** The same rows with each feature cut into few bins, by its quantiles, so that a split is found by counting. */
export interface BinnedRows {
  readonly width: number;
  /** Column-major. Bin 0: not known. */
  readonly bins: readonly Uint8Array[];
  /** Of each feature the largest value in each bin but the last, from bin 1 on, ascending. */
  readonly edges: readonly Float32Array[];
}

/** Bins of what is known. More find hardly better splits. */
const MOST_BINS = 48;
/** Edges are the quantiles of so many rows at most. */
const EDGE_ROWS = 20_000;

export function binned({ count, width, features }: FeatureRows): BinnedRows {
  const edges = Array.from({ length: width }, (_, feature) => edgesOf(features, width, count, feature));
  const bins = edges.map((own, feature) => {
    const column = new Uint8Array(count);
    for (let row = 0; row < count; row += 1) column[row] = binOf(features[row * width + feature] as number, own);
    return column;
  });
  return { width, bins, edges };
}

function edgesOf(features: Float32Array, width: number, count: number, feature: number): Float32Array {
  const stride = Math.max(1, Math.floor(count / EDGE_ROWS));
  const values: number[] = [];
  for (let row = 0; row < count; row += stride) {
    const value = features[row * width + feature] as number;
    if (!Number.isNaN(value)) values.push(value);
  }
  const sorted = Float32Array.from(values).sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < MOST_BINS; bin += 1) {
    const edge = sorted[Math.floor((bin * sorted.length) / MOST_BINS)];
    if (edge !== undefined && edge < (sorted.at(-1) as number)) edges.add(edge);
  }
  return Float32Array.from(edges);
}

function binOf(value: number, edges: Float32Array): number {
  if (Number.isNaN(value)) return 0;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > (edges[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
