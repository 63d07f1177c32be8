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
  outdir: OUT,
  chunkNames: "chunks/[name]-[hash]",
  metafile: true,
  logLevel: "silent",
} as const satisfies BuildOptions;

/** Builds the tests as they are; says for each which sources it reaches. */
export async function buildTests(tests: readonly string[]): Promise<Map<string, Set<string>>> {
  const reached = new Map<string, Set<string>>();
  for (const test of tests) {
    const { metafile } = await build({ ...OPTIONS, splitting: false, write: false, entryPoints: [test] });
    reached.set(test, new Set(Object.keys(metafile.inputs)));
  }
  await buildInto(tests, []);
  return reached;
}

/** The source with the mutation in it; `null` when its text is not there exactly once. */
export function mutate(source: string, { find, replace }: Mutation): string | null {
  return source.split(find).length === 2 ? source.replace(find, () => replace) : null;
}

/**
 * Builds the tests against the mutated source.
 * @throws when it does not build.
 */
export async function buildMutant(mutation: Mutation, tests: readonly string[]): Promise<void> {
  const mutated = mutate(readFileSync(mutation.file, "utf8"), mutation);
  if (mutated === null) throw new Error(`the text is not in ${mutation.file} exactly once`);
  const plugin: Plugin = {
    name: "mutant",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        relative(resolve("."), path) === mutation.file ? { contents: mutated, loader: "ts" } : undefined,
      );
    },
  };
  await buildInto(tests, [plugin]);
}

async function buildInto(tests: readonly string[], plugins: Plugin[]): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  await build({ ...OPTIONS, plugins, entryPoints: [...tests] });
}

export function builtTest(source: string): TestFile {
  return { source, built: join(OUT, source.replace(/\.ts$/, ".js")) };
}
