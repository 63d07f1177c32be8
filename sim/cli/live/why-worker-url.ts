/** The built worker, as in `forecast-worker-url.ts`. */
export function whyWorkerUrl(): URL {
  return new URL("../sim/cli/live/why-worker.js", import.meta.url);
}
