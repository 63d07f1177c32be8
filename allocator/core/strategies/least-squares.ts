/** The x that makes |A·x − b|² least, with each diagonal entry of AᵀA enlarged by `damping` of it; `null`: there is no one x. */
export function leastSquares(rows: readonly (readonly number[])[], b: readonly number[], damping: number): number[] | null {
  const size = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size + 1 }, (_, j) => {
      let total = 0;
      rows.forEach((row, t) => {
        total += at(row, i) * (j < size ? at(row, j) : at(b, t));
      });
      return i === j ? total * (1 + damping) : total;
    }),
  );
  return solve(matrix);
}

/** Gauss's elimination with pivots, of a matrix with the right-hand side as its last column. */
function solve(matrix: number[][]): number[] | null {
  const size = matrix.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(at(matrix[row] as number[], column)) > Math.abs(at(matrix[pivot] as number[], column))) pivot = row;
    }
    const top = matrix[pivot] as number[];
    if (!(Math.abs(at(top, column)) > 1e-300)) return null;
    [matrix[column], matrix[pivot]] = [top, matrix[column] as number[]];
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue;
      const other = matrix[row] as number[];
      const factor = at(other, column) / at(top, column);
      for (let j = column; j <= size; j += 1) other[j] = at(other, j) - factor * at(top, j);
    }
  }
  return matrix.map((row, i) => at(row, size) / at(row, i));
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
