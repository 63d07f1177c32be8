/**
 * Reading sources as text, well enough to judge imports and calls: TypeScript 7 has no parser to ask.
 */
import { readdirSync, readFileSync } from "node:fs";

export const ROOMS = ["allocator", "datasets", "models", "sim", "reports", "notebooks", "test"] as const;

/** Paths, from the root of the repository, of the files in these folders whose names end so; sorted. */
export function filesIn(folders: readonly string[], endings: readonly string[]): string[] {
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort();
}

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** The source with comments, and unless `keepStrings` the insides of strings and regular expressions, replaced by spaces. */
export function codeOnly(source: string, keepStrings = false): string {
  let out = "";
  let at = 0;
  /** For each template we are inside of: how many braces are open in its current `${…}`. */
  const templates: number[] = [];
  const blank = (until: number, keep: boolean) => {
    out += keep ? source.slice(at, until) : source.slice(at, until).replace(/[^\n]/g, " ");
    at = until;
  };
  const template = () => {
    const end = matchEnd(/(?:[^\\`$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y, source, at);
    blank(end, keepStrings);
    if (source[end - 1] === "{") templates.push(0);
  };
  while (at < source.length) {
    const char = source[at]!;
    if (source.startsWith("//", at)) blank(matchEnd(/[^\n]*/y, source, at), false);
    else if (source.startsWith("/*", at)) blank(matchEnd(/\/\*[\s\S]*?\*\//y, source, at), false);
    else if (char === '"' || char === "'") {
      blank(matchEnd(char === '"' ? /"(?:[^"\\\n]|\\[\s\S])*"/y : /'(?:[^'\\\n]|\\[\s\S])*'/y, source, at), keepStrings);
    } else if (char === "/" && /(?:^|[(,=:[!&|?{};+*%<>~^-]|\breturn)\s*$/.test(out.slice(-40))) {
      blank(matchEnd(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y, source, at), keepStrings);
    } else if (char === "`") {
      at++;
      out += "`";
      template();
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop();
      at++;
      out += "}";
      template();
    } else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]!++;
      if (templates.length > 0 && char === "}") templates[templates.length - 1]!--;
      out += char;
      at++;
    }
  }
  return out;
}

function matchEnd(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : at + 1;
}

export interface Import {
  /** As written: "./ids.ts", "node:fs", "yargs/helpers". */
  readonly specifier: string;
  /** Gone after the build: `import type`. */
  readonly typeOnly: boolean;
  /** `import("…")`: loaded when called. */
  readonly lazy: boolean;
}

/** What the source imports or re-exports. */
export function importsOf(source: string): Import[] {
  const code = codeOnly(source, true);
  const bare = codeOnly(source);
  // Not what only looks like an import, inside a string.
  const matches = (pattern: RegExp) => [...code.matchAll(pattern)].filter((match) => bare.startsWith(match[1]!, match.index));
  return [
    ...matches(/\b(import|export)\s+(type\s+)?([\w*{][^"'`;()]*?)\bfrom\s*["']([^"']+)["']/g).map((match) => ({
      specifier: match[4]!,
      typeOnly: match[2] !== undefined || namesOnlyTypes(match[3]!),
      lazy: false,
    })),
    ...matches(/\b(import)\s*["']([^"']+)["']/g).map((match) => ({ specifier: match[2]!, typeOnly: false, lazy: false })),
    ...matches(/\b(import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g).map((match) => ({
      specifier: match[2]!,
      typeOnly: false,
      lazy: true,
    })),
  ];
}

function namesOnlyTypes(clause: string): boolean {
  const names =
    /^\{([^}]*)\}\s*$/
      .exec(clause)?.[1]
      ?.split(",")
      .map((name) => name.trim()) ?? [];
  return names.some((name) => name !== "") && names.every((name) => name === "" || name.startsWith("type "));
}
