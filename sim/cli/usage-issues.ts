import type { Issue } from "../../datasets/issues.ts";

/**
 * What yargs says in a sentence, as issues: where on the command line, what was expected, what was found.
 * @param verbs with what they take: `import <kind> <path>`.
 */
export function usageIssues(message: string, args: readonly string[], verbs: readonly string[]): Issue[] {
  const names = verbs.map((verb) => verb.split(" ")[0] as string);
  const verb = args.find((arg) => names.includes(arg));
  const where = verb === undefined ? "prae" : `prae ${verb}`;
  const hint = `${where} --help`;
  const [, subject = "", list = ""] = /^(.+?):\s+(.*)$/s.exec(message) ?? [];
  const listed = list.split(", ");
  switch (subject) {
    case "Unknown argument":
    case "Unknown arguments":
      if (verb === undefined) return [noVerb(listed[0], names, hint)];
      return unknown(listed, args).map((found) => {
        const expected = found.startsWith("-") ? "an option that it has" : "no further argument";
        return { where, expected, found, hint };
      });
    case "Missing required argument":
    case "Missing required arguments":
    case "Not enough arguments following":
      return listed.map((name) => ({ where, path: `--${name}`, expected: "a value", found: "nothing", hint }));
    case "Missing dependent arguments":
      return [...list.matchAll(/(\S+) -> (\S+)/g)].map(([, given, missing]) => {
        return { where, path: `--${missing}`, expected: `a value, beside --${given}`, found: "nothing", hint };
      });
    case "Not enough non-option arguments": {
      const [, ...expected] = (verbs[names.indexOf(verb as string)] ?? "").split(" ");
      const found = /got (\d+)/.exec(list)?.[1] ?? "fewer";
      return [{ where, expected: expected.join(" "), found: found === "0" ? "nothing" : `only ${found}`, hint }];
    }
    case "Invalid values":
      return [...list.matchAll(/Argument: (\S+), Given: (.*), Choices: (.*)/g)].map(([, name, found = "", choices = ""]) => {
        const path = args.some((arg) => arg.startsWith(`--${name}`)) ? `--${name}` : `<${name}>`;
        return { where, path, expected: `one of ${choices.replaceAll('"', "")}`, found, hint };
      });
  }
  const meant = /^Did you mean (\S+)\?$/.exec(message);
  if (verb === undefined)
    return [
      noVerb(
        args.find((arg) => !arg.startsWith("-")),
        names,
        meant?.[0] ?? hint,
      ),
    ];
  return [{ where, expected: "a command line as its help shows", found: message, hint }];
}

function noVerb(found: string | undefined, names: readonly string[], hint: string): Issue {
  return { where: "prae", expected: `a verb (${names.join(", ")})`, found: found === undefined ? "none" : `"${found}"`, hint };
}

/** As they were typed. yargs names an unknown option without its dashes, and a second time in camel case. */
function unknown(names: readonly string[], args: readonly string[]): string[] {
  const typed = names.flatMap((name) => {
    const found = args.find((arg) => arg === name || /^--?(no-)?([^=]+)/.exec(arg)?.[2] === name);
    return found === undefined ? [] : [found.startsWith("-") ? (found.split("=")[0] as string) : `"${found}"`];
  });
  return typed.length > 0 ? typed : [...names];
}

/** Options that may be given more than once, and those that `--no-` may negate. */
const REPEATABLE: readonly string[] = ["--default", "--what-if", "--why", "--set", "--traces"];
const NEGATABLE: readonly string[] = ["--no-nodes"];

/** What yargs lets pass: an empty value, an option given twice, `--no-` before one that takes a value. */
export function argumentIssues(args: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  for (const [index, arg] of args.entries()) {
    const before = args[index - 1] ?? "";
    const isOption = arg.startsWith("--");
    if (arg === "" || (isOption && arg.endsWith("="))) {
      const where = isOption ? arg.slice(0, -1) : before.startsWith("--") ? before : "prae";
      issues.push({ where, expected: "a value", found: "an empty one" });
    }
    if (!isOption) continue;
    const option = arg.split("=")[0] as string;
    if (seen.has(option) && !REPEATABLE.includes(option)) issues.push({ where: option, expected: "it once", found: "it again" });
    seen.add(option);
    if (option.startsWith("--no-") && !NEGATABLE.includes(option))
      issues.push({ where: "prae", expected: "an option that it has", found: option, hint: "prae --help" });
  }
  return issues;
}
