import { join } from "node:path";
import type { Trace } from "../../datasets/trace.ts";
import { imported } from "./imported.ts";

/** A trace, what is tried on it, and where it is compared. */
export interface WarmthCase {
  readonly name: string;
  /** One trace, or one a seed of what its source leaves open: they count together. */
  readonly traces: (folder: string) => AsyncGenerator<Trace>;
  /** The cold starts to compare at, as those of keep-alives of these lengths, and how many times less expected-cost is to hold. */
  readonly at: readonly { readonly ttl: string; readonly floor?: number }[];
  readonly families: Readonly<Record<Family, readonly string[]>>;
}

export const FAMILIES = ["keep-alive", "hybrid-histogram", "expected-cost"] as const;
export type Family = (typeof FAMILIES)[number];

/**
 * As many settings for each of what is compared, wide enough for the curves to reach where they are. The histogram has no ARIMA here:
 * fitted after each of so many jobs that come once a day, it takes an hour.
 */
const FAMILIES_OF_GOOGLE: WarmthCase["families"] = {
  "keep-alive": ["5m", "10m", "20m", "60m"].map((ttl) => `ttl=${ttl}`),
  "hybrid-histogram": ["range=1h", "range=4h", "range=24h", "range=4h,head=0.1,tail=0.9"].map((words) => `${words},oob=1`),
  "expected-cost": ["1m", "5m", "20m", "1h"].map((wait) => `wait=${wait}`),
};
const FAMILIES_OF_GENAI: WarmthCase["families"] = {
  "keep-alive": ["2m", "5m", "10m", "20m", "60m", "2h", "4h", "8h"].map((ttl) => `ttl=${ttl}`),
  "hybrid-histogram": [
    ...["5m", "10m", "15m", "30m", "1h", "2h", "4h"].map((range) => `range=${range}`),
    "range=4h,tail=0.9,head=0.1",
  ],
  "expected-cost": ["5m", "20m", "1h", "2h", "4h", "8h", "16h", "48h"].map((wait) => `wait=${wait}`),
};
const FAMILIES_OF_AZURE: WarmthCase["families"] = {
  "keep-alive": ["5m", "10m", "20m", "1h"].map((ttl) => `ttl=${ttl}`),
  "hybrid-histogram": ["10m", "20m", "1h", "4h"].map((range) => `range=${range}`),
  "expected-cost": ["5m", "10m", "20m", "40m"].map((wait) => `wait=${wait}`),
};

/** The smaller sample: the larger takes nine times as long a replay. */
const AZURE_SEEDS = [1, 2, 3, 4, 5];

export function warmthCases(files: string): WarmthCase[] {
  const genai = (shared: boolean) =>
    async function* (folder: string) {
      const words = ["--mapping", "builtin:genai-2026", "--default", "cold_start_ms=22700"];
      const trace = await imported(folder, "canonical", join(files, "alibaba-genai-2026"), words);
      yield { ...trace, apps: trace.apps.map((app) => ({ ...app, shared })) };
    };
  return [
    {
      name: "Google's jobs",
      async *traces(folder) {
        const jobs = join(files, "google-2011/jobs_compact.csv.gz");
        yield await imported(folder, "google-2011", jobs, ["--default", "cold_start_ms=30000"]);
      },
      at: [
        { ttl: "10m", floor: 5 },
        { ttl: "60m", floor: 5 },
      ],
      families: FAMILIES_OF_GOOGLE,
    },
    {
      name: "Azure's functions",
      async *traces(folder) {
        for (const seed of AZURE_SEEDS) {
          const sample = join(files, "azure-functions-2019/sample-100");
          yield await imported(folder, "azure-functions-2019", sample, ["--arrivals", `uniform:${seed}`]);
        }
      },
      at: [{ ttl: "10m", floor: 1 / 0.7 }],
      families: FAMILIES_OF_AZURE,
    },
    {
      name: "GenAI requests by user and model",
      traces: genai(false),
      at: [
        { ttl: "10m", floor: 1 / 0.9 },
        { ttl: "60m", floor: 1 / 0.7 },
      ],
      families: FAMILIES_OF_GENAI,
    },
    {
      name: "GenAI requests by model, shared",
      traces: genai(true),
      at: [{ ttl: "10m" }, { ttl: "60m" }],
      families: FAMILIES_OF_GENAI,
    },
  ];
}
