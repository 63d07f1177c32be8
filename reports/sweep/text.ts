import { aligned } from "../format.ts";
import { isOnFrontier, type Sweep } from "./points.ts";

const COLUMNS = [
  { title: "waste", name: "waste_cost", per: 1 },
  { title: "violations", name: "violation_cost", per: 1 },
  { title: "cost", name: "cost", per: 1 },
  { title: "violate %", name: "sla_violation_fraction", per: 0.01 },
  { title: "cold %", name: "cold_fraction", per: 0.01 },
] as const;

/** The points as lines of text, by waste; `*` on the frontier, `·` dominated, `ref` reference. */
export function paretoTable({ points }: Sweep): string[] {
  const marks = points.map((point) => (point.reference ? "ref" : isOnFrontier(point) ? "*" : "·"));
  const policies = points.map(({ policyText }) => policyText);
  const dominated = points.map(({ dominatedBy }) => (dominatedBy === null ? "" : `by ${dominatedBy}`));
  const numbers = COLUMNS.map(({ title, name, per }) => {
    const values = points.map(({ metrics }) => {
      const value = metrics[name] ?? null;
      return value === null ? null : value / per;
    });
    return [title, ...aligned(values)];
  });
  const columns = [
    { cells: ["", ...marks], right: false },
    { cells: ["policy", ...policies], right: false },
    ...numbers.map((cells) => ({ cells, right: true })),
    { cells: ["dominated", ...dominated], right: false },
  ];
  const widths = columns.map(({ cells }) => Math.max(...cells.map((cell) => cell.length)));
  return Array.from({ length: points.length + 1 }, (_, row) =>
    columns
      .map(({ cells, right }, column) => {
        const cell = cells[row]!;
        return right ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
      })
      .join("  ")
      .trimEnd(),
  );
}
