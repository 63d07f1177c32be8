/**
 * `npm run notebooks [-- --write] [name …]`: type-checks and runs the notebooks, and compares what their cells show with what is
 * stored in them. `--write` stores it instead. Exit code 0: all as stored.
 */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeAtomically } from "../datasets/atomic.ts";
import { type CellModule, execute, moduleOf, placeOf } from "./execute.ts";
import { type Notebook, notebookText, parseNotebook } from "./notebook.ts";

const FOLDER = "notebooks";

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false } },
});
const all = readdirSync(FOLDER).filter((name) => name.endsWith(".ipynb"));
const chosen = all.filter((file) => names.length === 0 || names.some((name) => file.includes(name)));

let failed = chosen.length === 0 ? 1 : 0;
if (chosen.length === 0) console.log(`FAIL no notebook matches ${names.join(" ") || "*.ipynb"}`);
for (const file of chosen) {
  const startedMs = performance.now();
  const problems = await check(file);
  if (problems.length > 0) failed += 1;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${FOLDER}/${file}  ${seconds} s`);
  for (const problem of problems) console.log(`     ${problem}`);
}
console.log(`\n${chosen.length === 0 ? 0 : chosen.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

/** What is wrong with a notebook, in sentences. */
async function check(file: string): Promise<string[]> {
  const path = join(FOLDER, file);
  let notebook: Notebook;
  try {
    notebook = parseNotebook(await readFile(path, "utf8"));
  } catch (error) {
    return [(error as Error).message];
  }
  const module = moduleOf(notebook);
  const source = join(FOLDER, file.replace(/\.ipynb$/, ".cells.ts"));
  await writeFile(source, module.text);
  try {
    const problems = await typeProblems(source, module);
    if (problems.length > 0) return problems;
    const shown = await execute(source);
    let code = 0;
    const cells = notebook.cells.map((cell) => (cell.kind === "code" ? { ...cell, outputs: shown[code++] ?? [] } : cell));
    const ran = { ...notebook, cells };
    if (values.write) {
      const text = notebookText(ran);
      await writeAtomically(path, { replace: true }, (temporary) => writeFile(temporary, text));
      return [];
    }
    return cells.flatMap((cell, i) =>
      JSON.stringify(cell.outputs) === JSON.stringify(notebook.cells[i]?.outputs)
        ? []
        : [
            `cell ${i + 1} (${cell.id}) shows something else than is stored in it; if that is right: npm run notebooks -- --write`,
          ],
    );
  } catch (error) {
    return [`stopped: ${(error as Error).message}`];
  } finally {
    await rm(source, { force: true });
  }
}

function typeProblems(source: string, module: CellModule): Promise<string[]> {
  return new Promise((resolve) => {
    // The compiler takes either a project or files: the project is written for this one file.
    const project = source.replace(/\.ts$/, ".tsconfig.json");
    const config = { extends: "../tsconfig.json", include: [], files: [source.slice(FOLDER.length + 1)] };
    void writeFile(project, JSON.stringify(config)).then(() => {
      execFile("node_modules/.bin/tsc", ["--noEmit", "--pretty", "false", "--project", project], (_error, stdout, stderr) => {
        void rm(project, { force: true }).then(() => {
          const lines = `${stdout}${stderr}`.split("\n").filter((line) => /error TS/.test(line));
          resolve(
            lines.map((line) =>
              line.replace(/^.*\.cells\.ts\((\d+),\d+\): error /, (_, row) => `${placeOf(module, Number(row))}: `),
            ),
          );
        });
      });
    });
  });
}
