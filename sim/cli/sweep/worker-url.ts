/**
 * The built worker. It is an entry point of the build of its own; this module, which is only ever imported lazily, is in a chunk:
 * `dist/chunks/…` → `dist/sim/cli/sweep/worker.js`.
 */
export function workerUrl(): URL {
  return new URL("../sim/cli/sweep/worker.js", import.meta.url);
}
