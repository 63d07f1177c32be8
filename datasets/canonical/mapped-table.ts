import { toAmount, toMs } from "../convert.ts";
import type { TableCell, TableReader } from "../table-reader.ts";
import type { ColumnMapping, TableMapping } from "./mapping.ts";

/**
 * Turns the rows of a file into the table's own: drops those that the mapping does not keep, converts units, adds constants. Cells
 * that cannot be converted are left as they are, for `table` to refuse.
 */
export class MappedTable {
  readonly table: TableReader;
  /** Rows that the mapping does not keep. */
  dropped = 0;
  readonly #mapping: TableMapping;
  readonly #keep: { readonly position: number; readonly values: ReadonlySet<string> }[] = [];
  readonly #conversions: { readonly position: number; readonly convert: (cell: TableCell) => number }[] = [];
  readonly #constants: string[] = [];

  constructor(table: TableReader, mapping: TableMapping) {
    this.table = table;
    this.#mapping = mapping;
  }

  /** The file's columns that hold texts, whatever the table says: for files whose columns have types. */
  get texts(): string[] {
    const dates = Object.values(this.#mapping.columns ?? {}).flatMap((mapped) =>
      typeof mapped === "object" && "column" in mapped && mapped.unit === "datetime" ? [mapped.column] : [],
    );
    return [...dates, ...Object.keys(this.#mapping.keep ?? {})];
  }

  header(names: readonly string[]): void {
    const found = names.map((name) => name.trim());
    for (const [column, values] of Object.entries(this.#mapping.keep ?? {})) {
      const position = found.indexOf(column);
      if (position >= 0) this.#keep.push({ position, values: new Set(values.map(String)) });
      else this.table.refuse(column, `a column ${JSON.stringify(column)}, which the mapping names under keep`, "none");
    }
    const constants: string[] = [];
    for (const [ours, mapped] of Object.entries(this.#mapping.columns ?? {})) {
      if (typeof mapped === "string") continue;
      if ("constant" in mapped) {
        constants.push(ours);
        this.#constants.push(String(mapped.constant));
        continue;
      }
      const position = found.indexOf(mapped.column);
      const convert = conversionOf(mapped);
      if (position >= 0 && convert !== null) this.#conversions.push({ position, convert });
    }
    this.table.header([...found, ...constants]);
  }

  row(cells: readonly TableCell[], line: number): void {
    for (const { position, values } of this.#keep) {
      if (values.has(String(cells[position] ?? ""))) continue;
      this.dropped += 1;
      return;
    }
    if (this.#conversions.length + this.#constants.length === 0) {
      this.table.row(cells, line);
      return;
    }
    const mapped: TableCell[] = [...cells, ...this.#constants];
    for (const { position, convert } of this.#conversions) {
      const cell = cells[position] as TableCell;
      const value = cell === null || cell === "" ? Number.NaN : convert(cell);
      if (!Number.isNaN(value)) mapped[position] = value;
      else if (cell !== null && cell !== "") mapped[position] = `not convertible: ${cell}`;
    }
    this.table.row(mapped, line);
  }
}

function conversionOf(mapped: Exclude<ColumnMapping, string>): ((cell: TableCell) => number) | null {
  if ("constant" in mapped) return null;
  const { unit, scale } = mapped;
  if (unit !== undefined) return (cell) => toMs(cell, unit);
  return scale === undefined ? null : (cell) => toAmount(cell, scale);
}
