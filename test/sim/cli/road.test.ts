import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRunRecord } from "../../../reports/parse-run-record.ts";
import { contents, done, type FoundIssue, json, refusal, short, testFolder, writeTables } from "../../support/prae.ts";

/** The whole road, as a stranger goes it: import, describe, simulate, journal, compare, report. */
const folder = testFolder("road");
const at = (...names: string[]) => join(folder, ...names);
const trace = at("trace");
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", trace]);

const METRICS = [
  "requests",
  "cold_starts",
  "cold_fraction",
  ...["mean", "p50", "p95", "p99", "max"].map((name) => `start_latency_ms_${name}`),
  ...["mean", "p99"].map((name) => `queue_wait_ms_${name}`),
  "unfinished",
  ...["busy", "idle", "startup"].map((name) => `${name}_instance_hours`),
  ...["reserved", "used", "wasted"].flatMap((name) =>
    ["cpu_core", "memory_gib", "gpu", "network_mbps"].map((resource) => `${name}_${resource}_hours`),
  ),
  "node_hours",
  "cost",
  "sla_violations",
  "sla_violation_fraction",
  "preemptions",
  "decisions_per_user_day_p99",
  "gap_closed",
];

writeFileSync(
  at("evening.yaml"),
  "name: evening\ncontrolEvery: 1m\nreserve: { strategy: last-value, margin: 1.5 }\nwarm: { strategy: ttl, ttl: 5m }\n",
);
const ALL = ["keep-alive", "keep-alive:ttl=0s", "reactive:margin=1.5,every=5m", "clairvoyant", at("evening.yaml")];

test("describe says what was imported, in words and as one document", () => {
  const words = done(["describe", trace]);
  for (const part of ["requests   120", "users      4", "nodes      3", "tier       premium: 1 users, 30 requests"]) {
    assert.match(words, part);
  }
  const document = json(["describe", trace]);
  assert.is(document.requests, 120);
  assert.is(document.manifest.digest.length, 64);
});

test("simulate twice: one digest, the same bytes; the run record holds its inputs by digest", () => {
  const first = json(["simulate", "--trace", trace, "--policy", "keep-alive:ttl=2m", "--out", at("once")]);
  const second = json(["simulate", "--trace", trace, "--policy", "keep-alive:ttl=2m", "--out", at("twice")]);
  assert.equal(second.run, first.run);
  assert.is(first.out, at("once"));
  const [journal, again] = ["once", "twice"].map((run) => readFileSync(at(run, "journal.prae.gz")));
  assert.ok(journal!.equals(again!));
  const [record, other] = ["once", "twice"].map((run) => parseRunRecord(readFileSync(at(run, "run.json"), "utf8"), run));
  assert.equal({ ...record!, environment: null }, { ...other!, environment: null });
  assert.is(record!.id, first.run.id);
  assert.is(record!.journal.digest, first.run.journalDigest);
  assert.is(record!.trace.digest, json(["describe", trace]).manifest.digest);
  assert.match(record!.codeRevision, /^\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
  assert.ok(record!.environment.wallMs > 0 && record!.environment.peakMemoryMiB > 0);
  const words = done(["simulate", "--trace", trace, "--policy", "keep-alive:ttl=2m", "--out", at("words")]);
  assert.match(words, `journal digest ${first.run.journalDigest}\n`);
});

test("a journal is verified, replayed by a fresh process, and read with names", () => {
  const run = json(["simulate", "--trace", trace, "--policy", "clairvoyant:reserve=on", "--out", at("sighted")]).run;
  for (const file of [at("sighted"), at("sighted", "journal.prae.gz")]) {
    const verified = json(["journal", "verify", file]);
    assert.is(verified.digest, run.journalDigest);
    const replayed = json(["journal", "replay", file]);
    assert.is(replayed.digest, run.journalDigest);
    assert.is(replayed.same, true);
    assert.is(replayed.decisions, verified.decisions);
    assert.is(replayed.events, verified.events);
  }
  assert.match(done(["journal", "verify", at("sighted")]), `digest ${run.journalDigest}\n`);
  assert.match(done(["journal", "replay", at("sighted")]), "decisions the same");
  cpSync(at("sighted", "forecasts"), at("elsewhere"), { recursive: true });
  cpSync(at("sighted", "journal.prae.gz"), at("alone.prae.gz"));
  assert.is(json(["journal", "replay", at("alone.prae.gz"), "--forecasts", at("elsewhere")]).digest, run.journalDigest);
});

test("journal cat: text with names, JSON with the same steps, filters", () => {
  const cat = (...options: string[]) => done(["journal", "cat", at("sighted"), ...options]);
  const steps = (...options: string[]) => json(["journal", "cat", at("sighted"), ...options]).steps;
  const text = cat();
  assert.match(text, /^0d 00:00:00\.000 {2}#0 tier_defined tier=premium /m);
  assert.match(text, /request_arrived request=r\d+ user=ana app=web requested=500m\/512MiB tier=premium/);
  assert.match(text, /^ {16}→ bind instance=i\d+ request=r\d+ user=\w+ app=[\w-]+ {2}\(\w+\)$/m);
  assert.match(
    text,
    /launch instance=i\d+ app=batch user=\w+ size=2000m\/4096MiB pool=main node=n1 request=null {2}\(forecast, /,
  );
  assert.is(steps().length, text.split("\n").filter((line) => /^\d+d /.test(line)).length);
  assert.is(cat("--limit", "3").split("\n").length, 4);
  assert.equal(steps("--limit", "3"), steps().slice(0, 3));
  const arrivals = steps("--kind", "request_arrived", "--user", "ana", "--app", "web");
  assert.ok(arrivals.length > 0);
  for (const { event } of arrivals) assert.equal([event.kind, event.user, event.app], ["request_arrived", "ana", "web"]);
  const part = steps("--from", "3600000", "--to", "7200000").map((step: { event: { atMs: number } }) => step.event.atMs);
  assert.ok(part.length > 0 && Math.min(...part) >= 3_600_000 && Math.max(...part) < 7_200_000);
  const stops = steps("--kind", "launch,stop");
  assert.ok(stops.length > 0);
  for (const { decisions } of stops) for (const { kind } of decisions) assert.match(kind, /^(launch|stop)$/);
});

test("compare: every metric for every policy and tier, one report; simulate agrees on the digest", () => {
  const out = at("report.html");
  const document = json(["compare", "--trace", trace, "--policies", ALL.join(","), "--out", out, "--runs", at("records")]);
  assert.equal(
    document.runs.map(({ policy }: { policy: string }) => policy),
    ALL,
  );
  assert.is(document.report, out);
  assert.match(readFileSync(out, "utf8"), "<!doctype html>");
  assert.is(document.trace.digest, json(["describe", trace]).manifest.digest);
  for (const { id, metrics, journalDigest } of document.runs) {
    assert.match(id, /^[0-9a-f]{12}$/);
    assert.match(journalDigest, /^[0-9a-f]{64}$/);
    const { by_tier, ...overall } = metrics;
    assert.equal(Object.keys(by_tier), ["premium", "standard", "best-effort"]);
    for (const values of [overall, ...Object.values<Record<string, unknown>>(by_tier)]) {
      for (const name of METRICS) assert.ok(name in values, name);
      for (const [name, value] of Object.entries(values)) assert.ok(value === null || Number.isFinite(value), name);
    }
    assert.is(overall.requests, 120);
    assert.is(overall.node_hours, 3 * 6);
    assert.is(
      Object.values<Record<string, number>>(by_tier).reduce((sum, values) => sum + values["requests"]!, 0),
      120,
    );
  }
  const gaps = document.runs.map(({ metrics }: { metrics: Record<string, number | null> }) => metrics["gap_closed"]);
  assert.equal([gaps[2], gaps[3]], [0, 1]);
  assert.ok(gaps.every((gap: number | null) => typeof gap === "number"));
  const alone = json(["simulate", "--trace", trace, "--policy", ALL[4]!, "--out", at("evening")]).run;
  assert.equal(alone.id, document.runs[4].id);
  assert.equal(alone.journalDigest, document.runs[4].journalDigest);
  assert.is(readdirSync(at("records")).filter((name) => name.endsWith(".json")).length, 5);
});

test("without reactive and clairvoyant there is no gap to close; without nodes there are no node hours", () => {
  const document = json(["compare", "--trace", trace, "--policies", "keep-alive,reactive", "--cluster", "unlimited"]);
  assert.is(document.report, null);
  for (const { metrics } of document.runs) {
    assert.is(metrics.node_hours, null);
    assert.is(metrics.gap_closed, null);
    assert.is(metrics.queue_wait_ms_p99, 0);
  }
});

test("a report is made from run records, or from the directories of runs", () => {
  const records = readdirSync(at("records"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => at("records", name));
  const document = json(["report", ...records, "--out", at("again.html")]);
  assert.is(document.runs.length, 5);
  assert.is(document.report, at("again.html"));
  const words = done(["report", at("once"), at("evening"), "--out", at("two.html")]);
  assert.match(words, /lowest cost of 2 policies.*\n(.*\n)*\nReport: .*two\.html\n$/);
  assert.ok(readFileSync(at("two.html"), "utf8").includes(`--out ${at("two.html")}`));
});

test("--evaluate-from as a duration, as a time and as nothing; --prices; --seed", () => {
  const runs = (...options: string[]) =>
    json(["compare", "--trace", trace, "--policies", "keep-alive:ttl=1m", "--cluster", "unlimited", ...options]).runs[0];
  const whole = runs();
  const part = runs("--evaluate-from", "1.5h");
  assert.ok(part.metrics.requests < 120);
  assert.equal(runs("--evaluate-from", "5400000"), part);
  assert.equal(runs("--evaluate-from", "0s"), whole);
  assert.is(part.journalDigest, whole.journalDigest, "what is scored does not change what is done");
  writeFileSync(at("prices.yaml"), "cpuCoreHour: 1\nviolation: { premium: 100 }\n");
  const priced = runs("--prices", at("prices.yaml"));
  assert.ok(priced.metrics.cost > whole.metrics.cost);
  assert.is(priced.journalDigest, whole.journalDigest);
  assert.is.not(priced.id, whole.id);
  assert.is.not(runs("--seed", "7").id, whole.id);
});

test("--cluster as a file: finite capacity, other decisions", () => {
  writeFileSync(at("cluster.yaml"), "pools:\n  - { name: small, nodes: 1, capacity: { cpuMillis: 2000, memoryMiB: 4096 } }\n");
  const [small] = json(["compare", "--trace", trace, "--policies", "keep-alive", "--cluster", at("cluster.yaml")]).runs;
  assert.is(small.metrics.node_hours, 6);
  writeFileSync(at("tiny.yaml"), "pools:\n  - { name: tiny, nodes: 5, capacity: { cpuMillis: 1000, memoryMiB: 600 } }\n");
  const words = done(["compare", "--trace", trace, "--policies", "keep-alive", "--cluster", at("tiny.yaml")]);
  assert.match(words, "40 requests are rejected: no node could ever hold the app");
  assert.ok(small.metrics.queue_wait_ms_p99 > 0);
});

test("the digest depends on neither the journal's file nor the place nor the time zone nor the language", () => {
  const [compared] = json(["compare", "--trace", trace, "--policies", "reactive"]).runs;
  mkdirSync(at("other place"));
  symlinkSync(trace, at("other place", "t"));
  for (const [TZ, LANG] of [
    ["Pacific/Kiritimati", "tr_TR.UTF-8"],
    ["America/St_Johns", "C"],
  ] as const) {
    const settings = { cwd: at("other place"), env: { TZ, LANG, LC_ALL: LANG } };
    const { run } = json(["simulate", "--trace", "t", "--policy", "reactive", "--out", `run ${LANG}`], settings);
    assert.equal([run.id, run.journalDigest, run.metrics], [compared.id, compared.journalDigest, { ...compared.metrics }]);
  }
});

test("--force replaces what the verb wrote, and nothing else", () => {
  const simulate = (policy: string, ...options: string[]) => ["simulate", "--trace", trace, "--policy", policy, ...options];
  done(simulate("keep-alive", "--out", at("forced")));
  const before = contents(at("forced"));
  assert.match(refusal(simulate("reactive", "--out", at("forced")))[0]!.hint!, "add --force");
  assert.equal(contents(at("forced")), before);
  done(simulate("reactive", "--out", at("forced"), "--force"));
  assert.match(readFileSync(at("forced", "run.json"), "utf8"), '"policyText": "reactive"');
  writeFileSync(at("forced", "notes.txt"), "mine");
  const kept = contents(folder);
  symlinkSync("nothing", at("dead link"));
  const compare = (...options: string[]) => ["compare", "--trace", trace, "--policies", "keep-alive", "--force", ...options];
  for (const args of [
    simulate("reactive", "--out", at("forced"), "--force"),
    simulate("reactive", "--out", folder, "--force"),
    simulate("reactive", "--out", at("report.html"), "--force"),
    compare("--out", folder),
    compare("--out", "/dev/null"),
    compare("--runs", trace),
    compare("--runs", at("report.html")),
    compare("--out", at("dead link")),
    ["report", at("once"), "--out", trace, "--force"],
    ["quickstart", "--out", at("records")],
    ["synth", "--out", at("records"), "--force"],
  ]) {
    const [{ where, found }] = refusal(args) as [FoundIssue];
    assert.is(
      where,
      args.find((_, i) => ["--out", "--runs"].includes(args[i - 1]!)),
    );
    assert.match(found, /something else|a file/);
  }
  assert.equal(refusal(compare("--out", at("new", "r.html"), "--runs", at("new"))).map(short), [
    `--out found ${at("new", "r.html")}, in ${at("new")}`,
  ]);
  rmSync(at("dead link"));
  assert.equal(contents(folder), kept);
});

test("the code revision is that of the code, whatever an earlier build left beside it", () => {
  const copy = resolve("dist-test", `revision-${process.pid}`);
  try {
    cpSync("dist", join(copy, "dist"), { recursive: true });
    writeFileSync(join(copy, "dist/chunks/left-over.js"), "export const old = 1;\n");
    const run = (program: string, out: string) => {
      done(["simulate", "--trace", trace, "--policy", "reactive", "--out", at(out)], { program });
      return parseRunRecord(readFileSync(at(out, "run.json"), "utf8"), out).codeRevision;
    };
    const revision = run("dist/sim/cli/main.js", "revision");
    assert.is(run(join(copy, "dist/sim/cli/main.js"), "revision-copy"), revision);
    for (const name of readdirSync(join(copy, "dist/chunks"))) appendFileSync(join(copy, "dist/chunks", name), "\n// changed\n");
    assert.is.not(run(join(copy, "dist/sim/cli/main.js"), "revision-changed"), revision);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test("nothing temporary is left anywhere", () => {
  const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".tmp-"));
  assert.equal(left, []);
  assert.not.ok(existsSync(at("new")));
});

test.run();
