import { posix } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { filesIn, importsOf, read } from "../support/source-text.ts";

const ROOM_LAYERS = ["allocator/core/", "allocator/", "allocator/live/", "datasets/", "models/", "sim/", "reports/"];

/**
 * Who may import whom. A path belongs to the first layer whose prefix it has; `may` lists the other layers, and single
 * files, that it may import besides its own.
 */
const LAYERS: readonly { readonly prefix: string; readonly may: readonly string[]; readonly packages: boolean }[] = [
  { prefix: "allocator/core/", may: [], packages: false },
  { prefix: "allocator/live/", may: ["allocator/core/", "allocator/"], packages: true },
  { prefix: "allocator/", may: ["allocator/core/"], packages: true },
  { prefix: "datasets/", may: ["allocator/core/"], packages: true },
  { prefix: "models/", may: ["allocator/core/", "allocator/", "datasets/"], packages: true },
  { prefix: "sim/cli/", may: [...ROOM_LAYERS, "package.json"], packages: true },
  { prefix: "sim/", may: ["allocator/core/", "allocator/", "datasets/"], packages: true },
  { prefix: "reports/", may: ["allocator/core/", "allocator/", "datasets/", "models/", "sim/run-record.ts"], packages: true },
];

const PRODUCTION = ["allocator", "datasets", "models", "sim", "reports"];
const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };

/** What is wrong with the imports of the file at `path`, in words. */
function violations(path: string, source: string): string[] {
  const layer = layerOf(path);
  if (layer === undefined) return [`${path} is in no layer`];
  const problems: string[] = [];
  for (const { specifier: written } of importsOf(source)) {
    // A module of a package that Node cannot load as it is: the build takes it in.
    const specifier = written.replace(/^(\.\.\/)+node_modules\//, "");
    if (!specifier.startsWith(".")) {
      const name = specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/");
      if (!layer.packages) problems.push(`${path} imports ${specifier}: ${layer.prefix} imports only itself`);
      else if (!name.startsWith("node:") && !(name in dependencies))
        problems.push(`${path} imports ${name}: not among the dependencies`);
      continue;
    }
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    const targetLayer = layerOf(target);
    const allowed = targetLayer === layer || layer.may.includes(targetLayer?.prefix ?? "") || layer.may.includes(target);
    if (!allowed) problems.push(`${path} imports ${target}: ${layer.prefix} may import only ${layer.may.join(", ") || "itself"}`);
  }
  return problems;
}

function layerOf(path: string) {
  return LAYERS.find(({ prefix }) => path.startsWith(prefix));
}

test("every import goes down the layers", () => {
  const files = filesIn(PRODUCTION, [".ts"]);
  assert.ok(files.length > 10);
  assert.equal(
    files.flatMap((path) => violations(path, read(path))),
    [],
  );
});

test("an import against the layers is caught", () => {
  const caught: [path: string, source: string][] = [
    ["allocator/core/core.ts", `import { readFileSync } from "node:fs";`],
    ["allocator/core/core.ts", `import type { Trace } from "../../datasets/trace.ts";`],
    ["allocator/core/core.ts", `import type { Core } from "../ports.ts";`],
    ["allocator/core/core.ts", `const x = await import("yaml");`],
    ["allocator/drive.ts", `export * from "./live/run.ts";`],
    ["allocator/live/run.ts", `import { simulate } from "../../sim/simulate.ts";`],
    ["datasets/store.ts", `import {\n  drive,\n} from "../allocator/drive.ts";`],
    ["datasets/store.ts", `import { test } from "uvu";`],
    ["models/rnn.ts", `import { simulate } from "../sim/simulate.ts";`],
    ["models/rnn.ts", `import "../node_modules/uvu/dist/index.js";`],
    ["reports/page.ts", `import { simulate } from "../sim/simulate.ts";`],
    ["reports/page.ts", `import { EXIT } from "../sim/cli/output.ts";`],
    ["sim/simulate.ts", `import { EXIT } from "./cli/output.ts";`],
    ["sim/simulate.ts", `import type { Forecaster } from "../models/forecaster.ts";`],
    ["sim/simulate.ts", `import "../reports/metrics/run-metrics.ts";`],
    ["sim/cli/main.ts", `import { folder } from "../../test/support/skip.ts";`],
    ["elsewhere/x.ts", ""],
  ];
  for (const [path, source] of caught) assert.is(violations(path, source).length, 1, `${path}: ${source}`);
  const allowed: [path: string, source: string][] = [
    ["allocator/core/core.ts", `// import { x } from "node:fs"\nimport { add } from "./resources.ts";`],
    ["allocator/live/run.ts", `import { drive } from "../drive.ts"; import type { Core } from "../core/core.ts";`],
    ["reports/page.ts", `import type { RunRecord } from "../sim/run-record.ts"; import { writeFile } from "node:fs/promises";`],
    ["sim/cli/main.ts", `const { writeReport } = await import("../../reports/page.ts");`],
  ];
  for (const [path, source] of allowed) assert.equal(violations(path, source), []);
});

/** Packages that starting the program loads: what `main.ts` reaches without an `import("…")`. */
function loadedAtStart(entry: string, source: (path: string) => string): string[] {
  const packages = new Set<string>();
  const seen = new Set([entry]);
  for (const path of seen) {
    for (const { specifier, typeOnly, lazy } of importsOf(source(path))) {
      if (typeOnly || lazy || specifier.startsWith("node:")) continue;
      if (!specifier.startsWith(".")) packages.add(specifier);
      else if (specifier.endsWith(".ts")) seen.add(posix.normalize(posix.join(posix.dirname(path), specifier)));
    }
  }
  return [...packages].sort();
}

test("starting the program loads no heavy package", () => {
  assert.equal(loadedAtStart("sim/cli/main.ts", read), ["yargs", "yargs/helpers"]);
});

test("a heavy package loaded at the start is caught", () => {
  const sources: Record<string, string> = {
    "a/main.ts": `import { x } from "./x.ts"; import type { Y } from "./y.ts"; await import("./z.ts");`,
    "a/x.ts": `import type { Node } from "yaml"; import { parse } from "vega";`,
  };
  assert.equal(
    loadedAtStart("a/main.ts", (path) => sources[path]!),
    ["vega"],
  );
});

test.run();
