import { existsSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { anchorsOf, linksOf } from "../support/markdown.ts";
import { filesIn, ROOMS, read } from "../support/source-text.ts";

const TEXT = [".ts", ".md", ".json", ".yaml", ".yml", ".csv", ".txt", ".html"];

/** Every file that a person wrote. */
const written = [
  ...readdirSync(".", { withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXT.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => entry.name),
  ...filesIn(ROOMS, TEXT),
  ...readdirSync(".ci").map((name) => `.ci/${name}`),
];

/** A place on somebody's machine: it means nothing on another. */
const MACHINE_PATH = /(?<![\w.~*})-])\/(?:work|home|root|Users|tmp|mnt)\/[\w.-]+|\b[A-Z]:\\\\?Users\b/;

function machinePaths(path: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) => (MACHINE_PATH.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []));
}

test("no file names a place on somebody's machine", () => {
  assert.equal(
    written.flatMap((path) => machinePaths(path, read(path))),
    [],
  );
});

test("a place on somebody's machine is caught", () => {
  for (const folder of ["work", "home", "root", "Users", "tmp"]) {
    assert.is(machinePaths("x.md", `see \`/${folder}/someone/file\``).length, 1, folder);
    assert.is(machinePaths("x.ts", `const path = "/${folder}/x";`).length, 1, folder);
  }
  assert.equal(machinePaths("x.md", "at home/work or reports/home/page, ~/tmp/x"), []);
});

test("the lockfile is whole and names only the public registry", () => {
  interface Locked {
    readonly resolved?: string;
    readonly integrity?: string;
    readonly optionalDependencies?: Record<string, string>;
  }
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
  const locked = Object.entries(packages).filter(([path]) => path !== "");
  const foreign = locked.filter(
    ([, { resolved, integrity }]) => !resolved?.startsWith("https://registry.npmjs.org/") || !integrity,
  );
  assert.equal(foreign, []);
  // Binaries for other machines: npm leaves out silently what the registry did not have, and then `npm ci` fails there.
  const optional = locked.flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies ?? {}));
  assert.equal(
    optional.filter((name) => !(`node_modules/${name}` in packages)),
    [],
  );
});

test("every dependency has an exact version", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d/.test(version));
  assert.equal(ranges, []);
});

test("every room has a README", () => {
  for (const room of ROOMS) assert.ok(existsSync(`${room}/README.md`), `${room}/README.md`);
});

test("no file is too long for one sitting", () => {
  const long = written
    .filter((path) => path.endsWith(".ts") || path.endsWith(".md"))
    .map((path) => [path, read(path).split("\n").length] as const)
    .filter(([, lines]) => lines > 500);
  assert.equal(long, []);
});

/** Links, from the document at `path`, to files or headings that are not there. */
function deadLinks(path: string, text: string, textOf: (target: string) => string | null): string[] {
  return linksOf(text).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file, anchor] = link.split("#") as [string, string?];
    const target = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), file));
    const found = target === path ? text : textOf(target);
    if (found === null) return [`${path}: ${link}`];
    return anchor !== undefined && !anchorsOf(found).has(anchor) ? [`${path}: ${link}`] : [];
  });
}

test("links in documents lead somewhere", () => {
  const textOf = (target: string) => (existsSync(target) ? (target.endsWith(".md") ? read(target) : "") : null);
  const documents = written.filter((path) => path.endsWith(".md"));
  assert.equal(
    documents.flatMap((path) => deadLinks(path, read(path), textOf)),
    [],
  );
});

test("a dead link is caught", () => {
  const documents: Record<string, string> = { "a/README.md": "# The room\n## What `comes` in, and out\n", "METRICS.md": "" };
  const textOf = (target: string) => documents[target] ?? null;
  const text = [
    "[ok](README.md) [ok](./README.md#the-room) [ok](README.md#what-comes-in-and-out) [ok](../METRICS.md) [ok](#here)",
    "[ok](https://example.org/x) `[code](nowhere.md)`",
    "[dead](nowhere.md) [dead](README.md#nothing) ![dead](picture.png) [dead](#there)",
    "# Here",
  ].join("\n");
  const dead = ["nowhere.md", "README.md#nothing", "picture.png", "#there"];
  assert.equal(
    deadLinks("a/x.md", text, textOf),
    dead.map((link) => `a/x.md: ${link}`),
  );
});

test.run();
