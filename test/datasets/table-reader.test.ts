import { test } from "uvu";
import * as assert from "uvu/assert";
import { IssueList } from "../../datasets/issue-list.ts";
import { formatIssue } from "../../datasets/issues.ts";
import { type TableCell, TableReader } from "../../datasets/table-reader.ts";

const layout = { required: ["id"], optional: ["n"], texts: ["id"] };

/** One row of the columns id and n. */
function read<T>(n: TableCell, take: (row: TableReader) => T, id: TableCell = "x") {
  const issues = new IssueList();
  let value: T | undefined;
  const table = new TableReader("t.csv", layout, issues, (row) => {
    value = take(row);
  });
  table.header(["n", "id"]);
  table.row([n, id], 7);
  return { value, issues: issues.issues.map(formatIssue) };
}

const integer = (row: TableReader) => row.integer("n", 0, 1000);

test("integers in every decimal notation", () => {
  for (const [cell, value] of [
    ["0", 0],
    ["007", 7],
    ["12.0", 12],
    ["1.2e1", 12],
    ["+5", 5],
    [" 5 ", 5],
    ["-0", 0],
    [12, 12],
  ] as const) {
    assert.equal(read(cell, integer), { value, issues: [] }, `${cell}`);
  }
  assert.ok(Object.is(read("-0", integer).value, 0), "no negative zero");
});

test("what is no integer in range is refused with file, line and column", () => {
  const bad = [
    "-1",
    "1.5",
    "1001",
    "NaN",
    "Infinity",
    "1e400",
    "0x10",
    "1_000",
    "1,000",
    "one",
    "--1",
    "1e",
    ".",
    "9007199254740993",
  ];
  for (const cell of [...bad, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const { issues } = read(cell, integer);
    const found = typeof cell === "string" ? JSON.stringify(cell) : cell;
    assert.equal(issues, [`t.csv:7 n: expected an integer from 0 to 1000, found ${found}`]);
  }
  assert.equal(read("", integer).issues, ["t.csv:7 n: expected an integer from 0 to 1000, found nothing"]);
  assert.equal(read(null, integer).issues, ["t.csv:7 n: expected an integer from 0 to 1000, found nothing"]);
});

test("finite numbers, flags and texts", () => {
  assert.equal(
    read("-1.5e2", (row) => row.finite("n")),
    { value: -150, issues: [] },
  );
  for (const cell of ["nan", "inf", "", "1/2", Number.NaN])
    assert.is(read(cell, (row) => row.finite("n")).issues.length, 1, `${cell}`);
  for (const [cell, value] of [
    ["true", true],
    ["FALSE", false],
    ["1", true],
    ["0", false],
  ] as const) {
    assert.equal(
      read(cell, (row) => row.flag("n")),
      { value, issues: [] },
    );
  }
  for (const cell of ["", "yes", "2", null]) assert.is(read(cell, (row) => row.flag("n")).issues.length, 1, `${cell}`);
  assert.is(read("1", (row) => row.text("id"), "").issues[0], "t.csv:7 id: expected a text, found nothing");
  assert.is(read("1", (row) => row.text("id"), null).issues[0], "t.csv:7 id: expected a text, found nothing");
  assert.match(read("1", (row) => row.text("id"), "a\0b").issues[0] ?? "", /NUL/);
  assert.is(read("1", (row) => row.text("id"), " a ").value, " a ", "blanks belong to a name");
});

test("an optional cell may be empty; a long value is cut where it is shown", () => {
  assert.equal(
    read("", (row) => [row.has("n"), row.optionalInteger("n"), row.optionalFlag("n"), row.optionalText("n")]),
    { value: [false, undefined, undefined, undefined], issues: [] },
  );
  assert.ok((read("x".repeat(500), integer).issues[0] ?? "").length < 140);
});

test("headers: what is missing, twice or unknown; other names", () => {
  const header = (names: string[], renamed?: Record<string, string>) => {
    const issues = new IssueList();
    let rows = 0;
    const table = new TableReader("t.csv", renamed === undefined ? layout : { ...layout, renamed }, issues, () => {
      rows += 1;
    });
    table.header(names);
    table.row(names, 2);
    return { issues: issues.issues.map(formatIssue), unknown: table.unknown, rows };
  };
  assert.equal(header(["id", "extra"]), { issues: [], unknown: ["extra"], rows: 1 });
  assert.equal(header(["ID"]).issues, ['t.csv:1 id: expected a column "id", found the columns "ID"']);
  assert.is(header(["ID"]).rows, 0, "rows of a table that cannot be read are not");
  assert.equal(header(["id", "n", "id"]).issues, ['t.csv:1 id: expected each column once, found "id" twice']);
  assert.equal(header(["owner"], { id: "owner" }), { issues: [], unknown: [], rows: 1 });
  assert.equal(header(["owner"], { id: "owner", n: "size" }).issues, [
    't.csv:1 size: expected a column "size", found the columns "owner"',
  ]);
});

test.run();
