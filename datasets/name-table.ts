import { quote } from "./issue-list.ts";
import { InputError } from "./issues.ts";

/** Rows by name, in order of first sight: a name may be used before its row is declared. */
export class NameTable<Row extends { readonly name: string }> {
  readonly rows: Row[] = [];
  readonly #indices = new Map<string, number>();
  readonly #declared = new Set<number>();
  readonly #table: string;
  readonly #undeclared: (name: string) => Row;

  /** `undeclared` makes the row of a name that is only used. */
  constructor(table: string, undeclared: (name: string) => Row) {
    this.#table = table;
    this.#undeclared = undeclared;
  }

  index(name: string): number {
    let index = this.#indices.get(name);
    if (index === undefined) {
      index = this.rows.length;
      this.#indices.set(name, index);
      this.rows.push(this.#undeclared(name));
    }
    return index;
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  /** @throws InputError when the name has been declared already. */
  declare(row: Row): void {
    const index = this.index(row.name);
    if (this.#declared.has(index)) {
      throw new InputError([{ where: this.#table, expected: "each name declared once", found: `${quote(row.name)} twice` }]);
    }
    this.#declared.add(index);
    this.rows[index] = row;
  }
}
