import type { CsvHandler } from "./csv.ts";
import type { IssueList } from "./issue-list.ts";
import type { TableReader } from "./table-reader.ts";

/** A handler for CSV without a header line: its fields are `columns`, in this order. */
export function headerless(table: TableReader, columns: readonly string[], issues: IssueList): CsvHandler {
  return {
    header(first) {
      if (first.length === columns.length) {
        table.header(columns);
        table.row(first, 1);
        return;
      }
      const expected = `${columns.length} fields: ${columns.join(", ")}`;
      issues.add({ where: table.where, line: 1, expected, found: `${first.length}` });
    },
    row: (cells, line) => table.row(cells, line),
  };
}
