import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute, moduleOf, placeOf } from "../../notebooks/execute.ts";
import { notebookText, parseNotebook } from "../../notebooks/notebook.ts";
import { filesIn, read } from "../support/source-text.ts";

const cell = (more: object) => ({
  cell_type: "code",
  id: "a",
  metadata: {},
  source: [],
  execution_count: null,
  outputs: [],
  ...more,
});
const stored = (...cells: object[]) => JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

test("the notebooks of this project are stored as they are written", () => {
  const files = filesIn(["notebooks"], [".ipynb"]);
  assert.ok(files.length > 0);
  for (const file of files) assert.is(notebookText(parseNotebook(read(file))), read(file), file);
});

test("a text is one string or its lines", () => {
  const [one, lines] = ["let a = 1;\na += 1;", ["let a = 1;\n", "a += 1;"]].map((source) =>
    parseNotebook(stored(cell({ source }))),
  );
  assert.equal(one, lines);
});

test("what is not a notebook of this room is refused in a sentence", () => {
  const refused: [text: string, said: RegExp][] = [
    ["{", /^not JSON/],
    [JSON.stringify({ cells: [cell({})], nbformat: 4, nbformat_minor: 4 }), /expected nbformat 4\.5 or a later 4, found 4\.4/],
    [stored(), /expected cells, found none/],
    [stored(cell({ id: undefined })), /cell 1: expected an id, found undefined/],
    [stored(cell({}), cell({})), /two cells have the id "a"/],
    [stored(cell({ cell_type: "raw" })), /cell 1: expected a markdown or a code cell, found "raw"/],
    [stored(cell({ source: 7 })), /cell 1: expected text, found 7/],
  ];
  for (const [text, said] of refused) assert.throws(() => parseNotebook(text), said);
});

test("a line of the module is found in its cell", () => {
  const notebook = parseNotebook(
    stored(cell({ source: "1;\n2;" }), cell({ id: "b", cell_type: "markdown" }), cell({ id: "c", source: "3;" })),
  );
  const module = moduleOf(notebook);
  const lineOf = (text: string) => module.text.split("\n").indexOf(text) + 1;
  assert.is(placeOf(module, lineOf("2;")), "cell 1, line 2");
  assert.is(placeOf(module, lineOf("3;")), "cell 3, line 1");
  assert.is(placeOf(module, 1), "before the first cell");
});

test("what cells show is collected cell by cell, and a cell uses what an earlier one declared", async () => {
  const shown = await execute("test/notebooks/two-cells.ts");
  assert.equal(shown, [[{ "text/plain": "2" }], [], [{ "text/plain": "3" }, { "text/plain": "4" }]]);
});

test("a cell that throws stops the notebook", async () => {
  try {
    await execute("test/notebooks/throwing-cell.ts");
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /no such user/);
  }
});

test.run();
