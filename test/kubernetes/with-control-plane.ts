/**
 * `with-control-plane.js COMMAND ARGUMENT …`: starts a control plane, runs the command, to which PRAE_KUBERNETES_PLANE says where it is, and
 * ends both. Its exit code is the command's.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ControlPlane } from "../support/control-plane.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const parts = process.env["PRAE_KUBERNETES_PARTS"];
const [command, ...args] = process.argv.slice(2);
if (parts === undefined || command === undefined)
  throw new Error("usage: PRAE_KUBERNETES_PARTS=FOLDER with-control-plane.js COMMAND");

const startedMs = performance.now();
const plane = await ControlPlane.start(parts);
console.log(`a control plane after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
try {
  const file = join(plane.place.folder, "plane.json");
  writeFileSync(file, JSON.stringify(plane.place));
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, PRAE_KUBERNETES_PLANE: file } });
  const [code] = (await once(child, "exit")) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await plane.stop();
}
