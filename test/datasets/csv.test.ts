import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CsvParser } from "../../datasets/csv.ts";
import { IssueList } from "../../datasets/issue-list.ts";
import { formatIssue } from "../../datasets/issues.ts";

/** Parses the pieces; the first row is the header. */
function parse(...pieces: string[]) {
  const issues = new IssueList();
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  const parser = new CsvParser("f.csv", issues, {
    header: (names) => rows.push(names),
    row: (cells, line) => {
      rows.push(cells);
      lines.push(line);
    },
  });
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return { rows, lines, issues: issues.issues.map(formatIssue) };
}

test("fields, quotes, line ends and blank lines as RFC 4180 has them", () => {
  assert.equal(parse("a,b\n1,2\n").rows, [
    ["a", "b"],
    ["1", "2"],
  ]);
  assert.equal(parse("a,b\r\n1,\r\n\r\n,2").rows, [
    ["a", "b"],
    ["1", ""],
    ["", "2"],
  ]);
  assert.equal(parse('a,b\n"x, y","say ""so"""\n"",""\n').rows.slice(1), [
    ["x, y", 'say "so"'],
    ["", ""],
  ]);
  const multiline = parse('a,b\n"one\r\ntwo",2\n3,4\n');
  assert.equal(multiline.rows.slice(1), [
    ["one\r\ntwo", "2"],
    ["3", "4"],
  ]);
  assert.equal(multiline.lines, [2, 4]);
});

test("what is wrong is named by line", () => {
  assert.equal(parse("a,b\n1\n1,2\n1,2,3\n").issues, [
    "f.csv:2: expected 2 fields, as in the header, found 1",
    "f.csv:4: expected 2 fields, as in the header, found 3",
  ]);
  assert.match(parse('a,b\n1,x"y\n').issues[0] ?? "", /^f\.csv:2: expected quotes around a whole field/);
  assert.match(parse('a,b\n"1"x,2\n').issues[0] ?? "", /^f\.csv:2: .*after a closing quote/);
  assert.match(parse('a,b\n1,2\n"never,closed\n1,2\n').issues[0] ?? "", /^f\.csv:3: .*never closed/);
  assert.equal(parse("").issues, ["f.csv:1: expected a header line, found an empty file"]);
  assert.equal(parse("\n\r\n").issues, ["f.csv:1: expected a header line, found an empty file"]);
});

test("a quote left open does not swallow memory", () => {
  const { issues } = parse(
    'a\n"',
    ..."x"
      .repeat(20)
      .split("")
      .map((x) => x.repeat(1 << 20)),
  );
  assert.is(issues.length, 1);
  assert.match(issues[0] ?? "", /^f\.csv:2: expected a row of at most .*quote left open/);
});

const cell = fc.string({ unit: fc.constantFrom("a", "é", ",", '"', "\n", "\r", " ", "😀"), maxLength: 5 });
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));

function write(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(",")).join("\n");
}

test("what is written is what is read, however the text is cut into pieces", () => {
  fc.assert(
    fc.property(table, fc.array(fc.nat(200), { maxLength: 6 }), (rows, cuts) => {
      const text = write(rows);
      const ends = [...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
      const pieces = ends.map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end));
      assert.equal(parse(...pieces).rows, rows);
    }),
    { seed: 1 },
  );
});

test.run();
