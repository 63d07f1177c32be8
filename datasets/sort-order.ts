/**
 * The order that sorts `keys[0, count)` ascending, equal keys in their present order; `null` where they are in order already.
 * Keys are non-negative safe integers. Least-significant-digit radix sort of the row numbers: linear, and stable by nature.
 */
export function sortOrder(keys: Float64Array, count: number): Uint32Array | null {
  let sorted = true;
  let least = Number.MAX_SAFE_INTEGER;
  let largest = 0;
  for (let row = 0; row < count; row += 1) {
    const key = keys[row] as number;
    if (row > 0 && key < (keys[row - 1] as number)) sorted = false;
    if (key < least) least = key;
    if (key > largest) largest = key;
  }
  if (sorted) return null;

  let order = new Uint32Array(count);
  let spare = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) order[row] = row;
  const starts = new Uint32Array(DIGIT_VALUES);
  for (let divisor = 1; divisor <= largest - least; divisor *= DIGIT_VALUES) {
    starts.fill(0);
    for (let row = 0; row < count; row += 1) starts[digit(keys[row] as number, least, divisor)]! += 1;
    let start = 0;
    for (let value = 0; value < DIGIT_VALUES; value += 1) {
      const rows = starts[value] as number;
      starts[value] = start;
      start += rows;
    }
    for (let i = 0; i < count; i += 1) {
      const row = order[i] as number;
      const value = digit(keys[row] as number, least, divisor);
      const place = starts[value] as number;
      starts[value] = place + 1;
      spare[place] = row;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

const DIGIT_VALUES = 2048;

function digit(key: number, least: number, divisor: number): number {
  return Math.floor((key - least) / divisor) % DIGIT_VALUES;
}
