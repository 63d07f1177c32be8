import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Notebook, Output } from "./notebook.ts";

/** The beginnings of the cells in the module that `moduleOf` makes, so that a problem can be said by cell and line. */
export interface CellModule {
  readonly text: string;
  /** 1-based line of the module at which each cell of the notebook begins; Markdown cells have none. */
  readonly firstLines: readonly (number | null)[];
}

/**
 * All code cells as one TypeScript module, which is how a reader takes them: what one cell declares, the next ones use. It stands
 * in the notebook's own folder, so imports are relative to that.
 */
export function moduleOf(notebook: Notebook): CellModule {
  const lines = [`import { beginCell as _beginCell, shownByCell as _shownByCell } from "./display.ts";`];
  const firstLines = notebook.cells.map(({ kind, source }) => {
    if (kind !== "code") return null;
    lines.push("_beginCell();");
    const first = lines.length + 1;
    lines.push(...source.split("\n"));
    return first;
  });
  lines.push("export const _shown = _shownByCell();", "");
  return { text: lines.join("\n"), firstLines };
}

/** A line of the module as a person finds it in the notebook. */
export function placeOf(module: CellModule, line: number): string {
  const cell = module.firstLines.findLastIndex((first) => first !== null && first <= line);
  const first = module.firstLines[cell];
  return cell < 0 || first == null ? "before the first cell" : `cell ${cell + 1}, line ${line - first + 1}`;
}

/**
 * Runs the module of a notebook and gives what its code cells showed, in order.
 * @param source where the module is: its imports are resolved from there.
 */
export async function execute(source: string): Promise<readonly (readonly Output[])[]> {
  // Inside the checkout, so that packages are found.
  const folder = await mkdtemp(join(resolve("."), ".notebook-"));
  const outfile = join(folder, `${basename(source, ".ts")}.mjs`);
  try {
    const built = await build({
      entryPoints: [source],
      bundle: true,
      splitting: false,
      format: "esm",
      platform: "node",
      target: "node20",
      packages: "external",
      write: false,
      outfile,
      logLevel: "silent",
    });
    for (const { path, contents } of built.outputFiles) await writeFile(path, contents);
    const ran = (await import(pathToFileURL(outfile).href)) as { _shown: readonly (readonly Output[])[] };
    return ran._shown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
