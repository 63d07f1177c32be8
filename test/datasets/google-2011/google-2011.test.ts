import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromGoogleCompact, fromGoogleEvents, loadGoogle2011 } from "../../../datasets/google-2011/google-2011.ts";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { fuzz, fuzzRuns, once, someLines } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-google-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function refusal(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message;
  }
  return "nothing was refused";
}

/** Request by request: user, app, tier, submit, run. */
function rowsOf({ requests, users, apps, tiers }: Trace): string[] {
  return Array.from({ length: requests.count }, (_, row) =>
    [
      users[requests.user[row] as number]?.name,
      apps[requests.app[row] as number]?.name,
      tiers[requests.tier[row] as number]?.name,
      requests.submitMs[row],
      requests.runMs[row],
    ].join(" "),
  );
}

const compact = (text: string) => fromGoogleCompact(once(Buffer.from(text)));
const events = (...parts: string[]) => fromGoogleEvents(parts.map((part) => once(Buffer.from(part))));

// One job of each fate: before the trace, done in 1.9 ms, at once, never scheduled, running at the end.
const COMPACT = `submit_us,job_id,user,sched_class,logical_name_id,schedule_us,end_us,end_event
0,1,ann,3,7,0,700000000,4
700000999,2,ann,1,8,700001000,700002999,4
900000000,3,bob,0,7,900000500,900000500,5
900000000,4,bob,2,9,,,
900000001,5,ann,1,8,900000001,,
9223372036854775807,6,cyd,0,7,,,
`;

test("the compact table", async () => {
  const trace = await compact(COMPACT);
  assert.equal(rowsOf(trace), ["ann 8 class-1 700000 1", "bob 7 class-0 900000 1"]);
  assert.equal(trace.manifest.window, { startMs: 600_000, endMs: 2_506_200_000 });
  assert.is((trace.manifest.epochMs ?? 0) + 600_000, Date.parse("2011-05-01T19:00-04:00"));
  assert.equal(trace.manifest.rowsRead, { jobs: 6 });
  assert.equal(
    trace.manifest.rowsDropped.map(({ reason, count }) => `${reason}: ${count}`),
    [
      "submitted before the trace (time 0): 1",
      "never scheduled within the files: 1",
      "still running at the end of the files: 1",
      "submitted at no known time, or after the trace: 1",
    ],
  );
  const tierOf = (name: string) => trace.tiers[trace.users.find((user) => user.name === name)?.tier ?? -1]?.name;
  assert.is(tierOf("ann"), "class-1", "two jobs of three");
  assert.is(tierOf("bob"), "class-2", "one of each: the highest");
  assert.ok(trace.manifest.defaults.some((text) => text.startsWith("targets of the tiers")));
});

// Job 1 is submitted, run and lost, then submitted again; job 2's class comes late; job 3 has no user; job 4 is before the trace.
const PARTS = [
  `0,,4,0,U1,3,N,L1
0,,4,1,U1,3,N,L1
700000000,,1,0,U1,0,N,L2
700500000,,1,1,U1,0,N,L2
700500001,,2,0,U2,,N,L3
`,
  `700500002,,2,1,U2,2,N,L3
701500000,,1,3,U1,0,N,L2
702000000,,1,0,U1,0,N,L2
702000000,,1,1,U1,0,N,L2
702000100,,3,0,,1,N,L3
702000200,,2,8,U2,2,N,L3
703000000,,2,4,U2,2,N,L3
704000000,1,1,6,U1,0,N,L2
9223372036854775807,,5,0,U1,0,N,L2
`,
];

test("parts of job_events: events of a job are joined, a second submission is a second request", async () => {
  const trace = await events(...PARTS);
  assert.equal(rowsOf(trace), ["U1 L2 class-0 700000 1000", "U2 L3 class-2 700500 2499", "U1 L2 class-0 702000 2000"]);
  assert.equal(trace.manifest.rowsRead, { job_events: 14 });
  assert.equal(trace.manifest.window, { startMs: 600_000, endMs: 704_001 });
  assert.equal(
    trace.manifest.rowsDropped.map(({ reason, count }) => `${reason}: ${count}`),
    [
      "submitted before the trace (time 0): 1",
      "of no known user, logical name or scheduling class: 1",
      "submitted at no known time, or after the trace: 1",
    ],
  );
});

test("files: a folder of parts in their order, one part, a compact table", async () => {
  const path = join(folder, "job_events");
  mkdirSync(path);
  writeFileSync(join(path, "part-00001-of-00500.csv"), PARTS[1] as string);
  writeFileSync(join(path, "part-00000-of-00500.csv.gz"), gzipSync(PARTS[0] as string));
  writeFileSync(join(path, "README"), "not a part");
  const trace = await loadGoogle2011(path);
  assert.is(trace.manifest.digest, (await events(...PARTS)).manifest.digest);
  assert.is(trace.manifest.name, "job_events");
  assert.equal(
    trace.manifest.source.files.map(({ name }) => name),
    ["part-00000-of-00500.csv.gz", "part-00001-of-00500.csv"],
  );
  assert.is(rowsOf(await loadGoogle2011(join(path, "part-00001-of-00500.csv"))).length, 1);
  const table = join(folder, "jobs.csv");
  writeFileSync(table, COMPACT);
  assert.is((await loadGoogle2011(table, { name: "mine" })).manifest.name, "mine");
});

test("bad input: where, what was expected, what was found", async () => {
  const cases: [() => Promise<unknown>, RegExp][] = [
    [() => compact(COMPACT.replace("logical_name_id", "name")), /"logical_name_id"/],
    [() => compact(COMPACT.replace("ann,1,8", "ann,4,8")), /:3 sched_class.*from 0 to 3.*"4"/],
    [() => compact(COMPACT.replace("700002999", "700000000")), /:3 end_us.*not before schedule_us/],
    [() => compact(COMPACT.split("\n").slice(0, 2).join("\n")), /at least one request/],
    [() => compact(""), /a header line/],
    [() => events("1,2,3\n"), /8 fields.*time, missing info, job ID/],
    [() => events((PARTS[0] as string).replace("2,0,U2", "2,9,U2")), /:5 event type.*from 0 to 8.*"9"/],
    [() => events(PARTS[0] as string, (PARTS[1] as string).replace("701500000", "700100000")), /:2 time.*not before the job was/],
    [() => loadGoogle2011(join(folder, "nowhere")), /a file or a folder.*nothing there/],
    [() => loadGoogle2011(folder), /part-NNNNN-of-NNNNN.csv/],
  ];
  for (const [run, expected] of cases) assert.match(await refusal(run), expected);
});

const RUNS = fuzzRuns(2000);

test("mutated compact tables", () =>
  fuzz("google compact", { "jobs.csv": Buffer.from(COMPACT) }, RUNS, (files) =>
    fromGoogleCompact(once(files["jobs.csv"] as Uint8Array)),
  ));

test("mutated parts", () =>
  fuzz("google events", { a: Buffer.from(PARTS[0] as string), b: Buffer.from(PARTS[1] as string) }, RUNS, ({ a, b }) =>
    fromGoogleEvents([once(a as Uint8Array), once(b as Uint8Array)]),
  ));

testOnTraces("all 29 days in the compact table", async (traces) => {
  const trace = await loadGoogle2011(join(traces, "google-2011/jobs_compact.csv.gz"));
  assert.equal(trace.manifest.rowsRead, { jobs: 672_074 });
  assert.is(trace.users.length, 933);
  assert.is(trace.requests.count, 666_430);
  assert.equal(
    trace.manifest.rowsDropped.map(({ count }) => count),
    [3986, 1658],
  );
  assert.equal(checkTrace(trace), []);
});

testOnTraces("the first 60 parts say of their jobs what the compact table says", async (traces) => {
  const parts = await loadGoogle2011(join(traces, "google-2011/job_events"));
  assert.equal(parts.manifest.rowsRead, { job_events: 236_064 });
  assert.is(parts.users.length, 640);
  const whole = await loadGoogle2011(join(traces, "google-2011/jobs_compact.csv.gz"));
  // Users and names are numbered there and hashed here: times and classes are compared.
  const timesOf = ({ requests, tiers }: Trace) => {
    const times = new Map<string, number>();
    for (let row = 0; row < requests.count; row += 1) {
      const key = `${requests.submitMs[row]} ${requests.runMs[row]} ${tiers[requests.tier[row] as number]?.name}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    return times;
  };
  const there = timesOf(whole);
  const missing = [...timesOf(parts)].filter(([key, count]) => count > (there.get(key) ?? 0));
  // The one job that was submitted twice: the compact table has only its second run.
  assert.equal(missing, [["33911896 41955 class-0", 1]]);
  assert.is(parts.requests.count, 75_059);
});

testOnTraces("mutated rows of the real compact table", (traces) => {
  const rows = someLines(join(traces, "google-2011/jobs_compact.csv.gz"), 100_000, 30);
  return fuzz("real google compact", { rows }, fuzzRuns(500), (files) => fromGoogleCompact(once(files["rows"] as Uint8Array)));
});

testOnTraces("mutated rows of a real part", (traces) => {
  const rows = someLines(join(traces, "google-2011/job_events/part-00030-of-00500.csv.gz"), 1000, 80, false);
  return fuzz("real google events", { rows }, fuzzRuns(500), (files) => fromGoogleEvents([once(files["rows"] as Uint8Array)]));
});

test.run();
