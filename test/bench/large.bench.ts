/**
 * Importing files with more requests than fit into the memory that the process is given, in the sources' own layouts: generated here,
 * read by `prae import` with a heap of 400 MB. CPU time, since a machine that does something else meanwhile says nothing of wall time.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RandomStream } from "../../allocator/core/random.ts";
import { runNode } from "./child.ts";
import { record } from "./record.ts";

const HEAP_MB = 400;
const MOST_MIB = 1536;
const AZURE_REQUESTS = Number(process.env["PRAE_LARGE_REQUESTS"] ?? 100_000_000);
const GOOGLE_JOBS = AZURE_REQUESTS / 10;
const FUNCTIONS = 20_000;

/** A day of Azure Functions in the original layout: a few functions have most invocations, as there. */
function* azureInvocations(): Generator<string> {
  const random = new RandomStream(1, "large azure");
  yield `HashOwner,HashApp,HashFunction,Trigger,${Array.from({ length: 1440 }, (_, i) => i + 1).join(",")}\n`;
  let left = AZURE_REQUESTS;
  for (let fn = 0; fn < FUNCTIONS; fn += 1) {
    const share = fn === FUNCTIONS - 1 ? left : Math.floor(AZURE_REQUESTS / 10 / (1 + fn));
    const total = Math.min(left, share);
    left -= total;
    const counts = new Uint32Array(1440);
    // Spread evenly over some of the minutes.
    const active = Math.min(1440, 1 + random.below(1440));
    for (let i = 0; i < active; i += 1) counts[random.below(1440)]! += Math.floor(total / active);
    counts[random.below(1440)]! += total - active * Math.floor(total / active);
    yield `owner-${fn % 3000},app-${fn % 9000},function-${fn},http,${counts.join(",")}\n`;
  }
}

function* azureDurations(): Generator<string> {
  yield "HashOwner,HashApp,HashFunction,Average,Count\n";
  for (let fn = 0; fn < FUNCTIONS; fn += 1) yield `owner-${fn % 3000},app-${fn % 9000},function-${fn},${1 + (fn % 5000)},9\n`;
}

/** Google's jobs as a compact table, in order of submission. */
function* googleJobs(): Generator<string> {
  const random = new RandomStream(1, "large google");
  yield "job_id,submit_us,schedule_us,end_us,user,sched_class,logical_name_id\n";
  const stepUs = Math.floor((28 * 86_400e6) / GOOGLE_JOBS);
  for (let job = 0; job < GOOGLE_JOBS; job += 1) {
    const submitUs = 600e6 + job * stepUs;
    const scheduleUs = submitUs + random.below(5_000_000);
    yield `${job},${submitUs},${scheduleUs},${scheduleUs + random.below(60_000_000)},u${random.below(900)},${job % 4},n${random.below(40_000)}\n`;
  }
}

async function write(file: string, lines: () => Generator<string>): Promise<void> {
  function* blocks() {
    let block = "";
    for (const line of lines()) {
      block += line;
      if (block.length < 1 << 20) continue;
      yield block;
      block = "";
    }
    yield block;
  }
  await pipeline(Readable.from(blocks()), createWriteStream(file));
}

const folder = mkdtempSync(join(tmpdir(), "prae-bench-large-"));
try {
  const azure = join(folder, "azure");
  mkdirSync(azure);
  await write(join(azure, "invocations_per_function_md.anon.d01.csv"), azureInvocations);
  await write(join(azure, "function_durations_percentiles.anon.d01.csv"), azureDurations);
  const jobs = join(folder, "jobs.csv");
  await write(jobs, googleJobs);
  const rooms: Record<string, number> = {};
  const measure =
    (kind: string, ...words: string[]) =>
    async () => {
      const program = [`--max-old-space-size=${HEAP_MB}`, "dist/sim/cli/main.js", "import"];
      const { stdout, ...taken } = await runNode([
        ...program,
        kind,
        ...words,
        "--out",
        join(folder, "trace"),
        "--force",
        "--json",
      ]);
      const { requests } = JSON.parse(stdout) as { requests: number };
      process.stderr.write(`${JSON.stringify({ kind, words: words.slice(1), requests, ...taken })}\n`);
      rooms[words.join(" ")] = MOST_MIB / taken.peakMiB;
      return requests / taken.cpuS;
    };
  const room = (words: string) => () => rooms[words] as number;
  await record([
    {
      name: `import a day of Azure, ${AZURE_REQUESTS} requests`,
      unit: "requests/s of CPU",
      once: true,
      run: measure("azure-functions-2019", azure),
    },
    { name: "1.5 GiB beside what the day of Azure takes", unit: "times", floor: 1, once: true, run: room(azure) },
    {
      name: "import a fiftieth of its functions",
      unit: "requests/s of CPU",
      once: true,
      run: measure("azure-functions-2019", azure, "--sample-functions", "2%"),
    },
    { name: `import ${GOOGLE_JOBS} jobs of Google`, unit: "requests/s of CPU", once: true, run: measure("google-2011", jobs) },
    { name: "1.5 GiB beside what the jobs of Google take", unit: "times", floor: 1, once: true, run: room(jobs) },
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
