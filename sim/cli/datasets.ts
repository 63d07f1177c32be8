import type { CommandModule } from "yargs";
import { printJson, say } from "./output.ts";

interface DatasetsArguments {
  readonly name: string | undefined;
  readonly json: boolean;
}

/** Lists the public traces that an importer reads. */
export const command: CommandModule<object, DatasetsArguments> = {
  command: "datasets [name]",
  describe: "List public traces: what they are, where to get them, on what terms, how to import them",
  builder: (yargs) =>
    yargs
      .positional("name", { type: "string", describe: "Only this one, in full" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 datasets", "a table")
      .example("$0 datasets bitbrains", "one of them: home page, licence, citation, size, how to get it")
      .example("$0 datasets --json", "all that is known of all"),
  handler: run,
};

async function run({ name, json }: DatasetsArguments): Promise<void> {
  const { PUBLIC_TRACES } = await import("../../datasets/catalogue.ts");
  const all = Object.values(PUBLIC_TRACES);
  const chosen = name === undefined ? all : all.filter((trace) => trace.name === name);
  if (chosen.length === 0) {
    const { InputError } = await import("../../datasets/issues.ts");
    const names = all.map((trace) => trace.name).join(", ");
    throw new InputError([{ where: "prae datasets", expected: `one of ${names}`, found: JSON.stringify(name) }]);
  }
  if (json) {
    printJson({ datasets: chosen });
    return;
  }
  const width = Math.max(...chosen.map((trace) => trace.name.length));
  if (name === undefined) {
    say(`${"NAME".padEnd(width)}  WHAT IT IS`);
    for (const trace of chosen) {
      say(`${trace.name.padEnd(width)}  ${trace.what}`);
      say(`${" ".repeat(width)}  ${trace.license}; ${trace.size}`);
      say(`${" ".repeat(width)}  ${trace.homePage}`);
    }
    say("\nNone of them comes with PRAE. How to get and import one: prae datasets NAME");
    return;
  }
  for (const trace of chosen) {
    say(`${trace.name}: ${trace.what}`);
    say(`home page  ${trace.homePage}`);
    say(`licence    ${trace.license}`);
    say(`citation   ${trace.citation}`);
    say(`size       ${trace.size}`);
    say(`get        ${trace.get}`);
    say(`import     ${trace.importWith}`);
  }
}
