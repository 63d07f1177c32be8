import type { CommandModule } from "yargs";

interface ModelsArguments {
  readonly action: "list" | "show" | "compare" | "delete" | "export";
  readonly ids: readonly string[];
  readonly registry: string | undefined;
  readonly onnx: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** The registry of trained models: what is there, and what each of them is. */
export const command: CommandModule<object, ModelsArguments> = {
  command: "models <action> [ids..]",
  describe: "List trained models, show one with its card, compare several, delete, export to ONNX",
  builder: (yargs) =>
    yargs
      .positional("action", {
        choices: ["list", "show", "compare", "delete", "export"] as const,
        demandOption: true,
        describe: "What to do",
      })
      .positional("ids", { type: "string", array: true, default: [], describe: "Ids, or the first digits of each" })
      .option("registry", {
        type: "string",
        requiresArg: true,
        describe: "Folder of the models [default: $PRAE_REGISTRY, else prae/models in $XDG_DATA_HOME or ~/.local/share]",
      })
      .option("onnx", { type: "string", requiresArg: true, describe: "export: the ONNX file to write" })
      .option("force", { type: "boolean", default: false, describe: "export: replace the file that is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 models list", "a line a model, the latest first")
      .example("$0 models show 3fa4", "everything that its card says")
      .example("$0 models compare 3fa4 91c0 --json", "scores side by side, and the options in which they differ")
      .example("$0 models delete 3fa4", "asks nothing")
      .example("$0 models export 3fa4 --onnx model.onnx", "for any runtime of ONNX") as never,
  handler: run,
};

async function run({ action, ids, registry: folder, onnx, force, json }: ModelsArguments): Promise<void> {
  const { Registry, registryFolder } = await import("../../models/registry/registry.ts");
  const { compareModels, deleteModels, listModels, showModels } = await import("./models-actions.ts");
  const registry = new Registry(registryFolder(folder));
  const names = ids.map(String);
  if (action === "export") return (await import("./models-export.ts")).exportModel(registry, names, onnx, force, json);
  if (onnx !== undefined || force) {
    const { InputError } = await import("../../datasets/issues.ts");
    const where = onnx === undefined ? "--force" : "--onnx";
    throw new InputError([{ where, expected: `an option of prae models ${action}`, found: "one of export" }]);
  }
  const actions = { list: listModels, show: showModels, compare: compareModels, delete: deleteModels };
  await actions[action](registry, names, json);
}
