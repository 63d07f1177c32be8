/**
 * A Jupyter notebook (nbformat 4.5) as far as this room uses it: Markdown cells, and TypeScript cells whose outputs are stored.
 */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: unknown;
}

export interface Cell {
  readonly id: string;
  readonly kind: "markdown" | "code";
  readonly source: string;
  /** Of a code cell, what it showed when it last ran. */
  readonly outputs: readonly Output[];
}

/** One thing shown, in one or several forms by MIME type. */
export type Output = Readonly<Record<string, string>>;

interface StoredCell {
  readonly cell_type?: unknown;
  readonly id?: unknown;
  readonly source?: unknown;
  readonly outputs?: unknown;
}

/** @throws Error that names the first thing which is not as this room writes it. */
export function parseNotebook(text: string): Notebook {
  let stored: {
    readonly nbformat?: unknown;
    readonly nbformat_minor?: unknown;
    readonly cells?: unknown;
    readonly metadata?: unknown;
  };
  try {
    stored = JSON.parse(text) as typeof stored;
  } catch (error) {
    throw new Error(`not JSON: ${(error as Error).message}`);
  }
  if (stored.nbformat !== 4 || typeof stored.nbformat_minor !== "number" || stored.nbformat_minor < 5) {
    throw new Error(`expected nbformat 4.5 or a later 4, found ${String(stored.nbformat)}.${String(stored.nbformat_minor)}`);
  }
  if (!Array.isArray(stored.cells) || stored.cells.length === 0) throw new Error("expected cells, found none");
  const cells = (stored.cells as StoredCell[]).map(parseCell);
  const ids = cells.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new Error(`two cells have the id ${JSON.stringify(twice)}`);
  return { cells, metadata: stored.metadata ?? {} };
}

function parseCell({ cell_type, id, source, outputs }: StoredCell, i: number): Cell {
  const where = `cell ${i + 1}`;
  if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id))
    throw new Error(`${where}: expected an id, found ${JSON.stringify(id)}`);
  if (cell_type !== "markdown" && cell_type !== "code") {
    throw new Error(`${where}: expected a markdown or a code cell, found ${JSON.stringify(cell_type)}`);
  }
  const stored = cell_type === "code" && Array.isArray(outputs) ? (outputs as { data?: Record<string, unknown> }[]) : [];
  return {
    id,
    kind: cell_type,
    source: textOf(source, where),
    outputs: stored.map(({ data = {} }) =>
      Object.fromEntries(Object.entries(data).map(([type, value]) => [type, textOf(value, where)])),
    ),
  };
}

/** The format allows a text as one string or as its lines. */
function textOf(value: unknown, where: string): string {
  const lines: unknown[] = Array.isArray(value) ? value : [value];
  if (!lines.every((line) => typeof line === "string"))
    throw new Error(`${where}: expected text, found ${JSON.stringify(value)}`);
  return lines.join("");
}

/** The same notebook always gives the same bytes: no execution counts, no times. */
export function notebookText({ cells, metadata }: Notebook): string {
  const stored = cells.map(({ id, kind, source, outputs }) => {
    const common = { cell_type: kind, id, metadata: {}, source: linesOf(source) };
    if (kind === "markdown") return common;
    const shown = outputs.map((data) => ({
      data: Object.fromEntries(Object.entries(data).map(([type, text]) => [type, linesOf(text)])),
      metadata: {},
      output_type: "display_data",
    }));
    return { ...common, execution_count: null, outputs: shown };
  });
  return `${JSON.stringify({ cells: stored, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}
