import { readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { TestFile } from "./runner.ts";

/** One thing broken on purpose: `find` stands exactly once in `file`, and becomes `replace`. */
export interface Mutation {
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One folder for each that is built and run at a time. */
const OUT = "dist-test/mutant";

const OPTIONS = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: true,
  outbase: ".",
  chunkNames: "chunks/[name]-[hash]",
  metafile: true,
  logLevel: "silent",
} as const satisfies BuildOptions;

/** The sources that a test reaches. */
export async function reachedBy(test: string): Promise<Set<string>> {
  const { metafile } = await build({ ...OPTIONS, splitting: false, write: false, entryPoints: [test] });
  return new Set(Object.keys(metafile.inputs));
}

/** The source with the mutation in it; `null` when its text is not there exactly once. */
export function mutate(source: string, { find, replace }: Mutation): string | null {
  return source.split(find).length === 2 ? source.replace(find, () => replace) : null;
}

/**
 * Builds the tests against the mutated source, or as it is.
 * @param place tells those apart that are built at a time.
 * @throws when it does not build.
 */
export async function buildMutant(mutation: Mutation | null, tests: readonly string[], place: number): Promise<TestFile[]> {
  const outdir = join(OUT, String(place));
  rmSync(outdir, { recursive: true, force: true });
  await build({ ...OPTIONS, outdir, plugins: mutation === null ? [] : [plugin(mutation)], entryPoints: [...tests] });
  return tests.map((source) => ({ source, built: join(outdir, source.replace(/\.ts$/, ".js")) }));
}

function plugin(mutation: Mutation): Plugin {
  const mutated = mutate(readFileSync(mutation.file, "utf8"), mutation);
  if (mutated === null) throw new Error(`the text is not in ${mutation.file} exactly once`);
  return {
    name: "mutant",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        relative(resolve("."), path) === mutation.file ? { contents: mutated, loader: "ts" } : undefined,
      );
    },
  };
}
