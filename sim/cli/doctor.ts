import type { CommandModule } from "yargs";
import type { BackendFinding, Diagnosis } from "../../models/backend/diagnosis.ts";
import { EXIT, printJson, say } from "./output.ts";

interface DoctorArguments {
  readonly backend: string;
  readonly json: boolean;
}

/** Says what forecasters run on here, and what would make them faster. */
export const command: CommandModule<object, DoctorArguments> = {
  command: "doctor",
  describe: "Say what forecasters run on here: backends tried one by one, their kernels checked, what could be installed",
  builder: (yargs) =>
    yargs
      .option("backend", {
        type: "string",
        default: "auto",
        requiresArg: true,
        describe: "Exit with code 3 unless this backend works",
      })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 doctor", "every backend: does it work, why not, what to do")
      .example("$0 doctor --backend webgpu", "the same, as a test: exit code 3 unless WebGPU works here"),
  handler: run,
};

async function run({ backend, json }: DoctorArguments): Promise<void> {
  const { readChoice } = await import("../../models/backend/open-backend.ts");
  const asked = readChoice(backend);
  const { diagnose } = await import("../../models/backend/diagnosis.ts");
  const diagnosis = await diagnose();
  const meant = asked === "auto" ? diagnosis.auto : asked;
  const usable = diagnosis.backends.some(({ name, usable }) => name === meant && usable);
  if (json) printJson({ ...diagnosis, asked, usable });
  else for (const line of linesOf(diagnosis)) say(line);
  if (usable) return;
  process.exitCode = EXIT.worldRefused;
  process.stderr.write(`prae: ${asked === "auto" ? "no backend works here" : `the backend ${asked} does not work here`}\n`);
}

function* linesOf(found: Diagnosis): Generator<string> {
  yield `node       ${found.node}, ${found.platform}`;
  yield `machine    ${found.cores} cores, ${(found.memoryMiB / 1024).toFixed(1)} GiB`;
  yield `tfjs       ${found.tfjs}`;
  yield `cache      ${found.cache}`;
  const { version, advice } = found.onnxRuntime;
  yield `onnx       ${version === null ? `no ONNX Runtime: models trained elsewhere cannot run (${advice})` : `ONNX Runtime ${version}`}`;
  yield "";
  const width = Math.max(...found.backends.map(({ name }) => name.length));
  yield `${"BACKEND".padEnd(width)}  FOUND`;
  for (const backend of found.backends) {
    yield `${backend.name.padEnd(width)}  ${inWords(backend)}${backend.name === found.auto ? "; what auto means here" : ""}`;
    if (backend.advice !== null) yield `${" ".repeat(width)}  ${backend.advice}`;
    for (const { kernel, fault } of backend.kernels) {
      if (fault !== null) yield `${" ".repeat(width)}  the stock kernel runs in place of PRAE's ${kernel}: ${fault}`;
    }
  }
  yield "\nGFLOPS are of one product of matrices, taken once: an indication.";
}

function inWords({ version, usable, fault, kernels, gflops }: BackendFinding): string {
  if (!usable) return version === null ? `not there: ${fault}` : `${version} does not work: ${fault}`;
  const used = kernels.filter((kernel) => kernel.used).length;
  const checked = kernels.length === 0 ? "" : `, ${used} of ${kernels.length} kernels of PRAE's in use`;
  return `${version} works, ${gflops} GFLOPS${checked}`;
}
