/** The built worker: an entry point of the build of its own, beside which this module, imported lazily, is in a chunk. */
export function forecastWorkerUrl(): URL {
  return new URL("../sim/cli/live/forecast-worker.js", import.meta.url);
}
