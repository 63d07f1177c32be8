import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { contents, done, type FoundIssue, json, prae, refusal, short, testFolder, writeTables } from "../../support/prae.ts";

/** Bad input: the issues, exit code 2, nothing written, what was there before untouched. */
const folder = testFolder("bad-input");
const at = (...names: string[]) => join(folder, ...names);
const trace = at("trace");
done(["import", "canonical", writeTables(at("tables")), "--window", "0,21600000", "--out", trace]);
done(["simulate", "--trace", trace, "--policy", "keep-alive", "--out", at("run")]);
done(["simulate", "--trace", trace, "--policy", "clairvoyant", "--out", at("sighted")]);

function write(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

function flip(file: string, byte: number): void {
  const bytes = readFileSync(file);
  bytes[byte] = bytes[byte]! ^ 0xff;
  writeFileSync(file, bytes);
}

/** A copy of something in the folder, to be damaged. */
function copy(name: string, as: string): string {
  cpSync(at(name), at(as), { recursive: true });
  return at(as);
}

/** What simulate (which would write `out`) says of its options; it writes nothing. */
function simulate(...options: string[]): string[] {
  const given = (name: string, value: string) => (options.includes(name) ? [] : [name, value]);
  const before = contents(folder);
  const issues = refusal([
    "simulate",
    ...given("--trace", trace),
    ...given("--policy", "keep-alive"),
    ...["--out", at("out")],
    ...options,
  ]);
  assert.equal(contents(folder), before);
  return issues.map(short).map((text) => text.replaceAll(`${folder}/`, ""));
}

test("a trace directory that is missing, a file, something else, damaged or cut", () => {
  assert.equal(simulate("--trace", at("nowhere")), ["nowhere found nothing there"]);
  assert.equal(simulate("--trace", write("file", "")), ["file found a file"]);
  assert.equal(simulate("--trace", at("tables")), ["tables found no file manifest.json"]);
  const flipped = copy("trace", "flipped");
  flip(join(flipped, "requests.parquet"), 500);
  const [issue] = simulate("--trace", flipped);
  assert.match(issue!, /^flipped\/requests\.parquet found [0-9a-f]{64}$/);
  const cut = copy("trace", "cut");
  truncateSync(join(cut, "requests.parquet"), 100);
  rmSync(join(cut, "users.parquet"));
  assert.equal(simulate("--trace", cut), ["cut/users.parquet found no such file", "cut/requests.parquet found 100 bytes"]);
  const torn = copy("trace", "torn");
  truncateSync(join(torn, "manifest.json"), 300);
  assert.match(simulate("--trace", torn)[0]!, /^torn\/manifest\.json found .*JSON/);
  const strange = copy("trace", "strange");
  const manifest = JSON.parse(readFileSync(join(strange, "manifest.json"), "utf8"));
  writeFileSync(join(strange, "manifest.json"), JSON.stringify({ ...manifest, schemaVersion: 2, window: { startMs: -1 } }));
  assert.equal(simulate("--trace", strange), [
    "strange/manifest.json schemaVersion found 2",
    "strange/manifest.json window.endMs found nothing",
    "strange/manifest.json window.startMs found -1",
  ]);
  assert.equal(
    refusal(["describe", at("nowhere")]).map(({ hint }) => hint),
    ["prae import and prae synth write one"],
  );
});

test("a trace of usage is replayed under rules that reserve, and one that has requests too without its usage", () => {
  mkdirSync(at("usage"));
  writeFileSync(at("usage", "usage.csv"), "user_id,at_ms,window_ms,cpu_millis\nana,60000,60000,500\n");
  done(["import", "canonical", at("usage"), "--out", at("usage-trace")]);
  assert.is(simulate("--trace", at("usage-trace"), "--policy", "keep-alive").length, 1);
  done(["simulate", "--trace", at("usage-trace"), "--policy", "reactive", "--out", at("usage-run")]);
  writeFileSync(at("usage", "requests.csv"), "user_id,app_id,submit_ms,run_ms\nana,web,0,5\n");
  done(["import", "canonical", at("usage"), "--out", at("both")]);
  done(["simulate", "--trace", at("both"), "--policy", "reactive", "--out", at("both-run")]);
  assert.match(readFileSync(at("both-run", "run.json"), "utf8"), "usage samples are not replayed");
});

/** A list of policies, and what is said of it. */
const POLICIES: readonly (readonly [list: string, ...issues: string[]])[] = [
  ["nope", '--policies nope found "nope"'],
  ["Reactive", '--policies Reactive found "Reactive"'],
  ["reactive;clairvoyant", '--policies reactive;clairvoyant found "reactive;clairvoyant"'],
  ["keep-alive:tll=1m", '--policies keep-alive.tll found "tll=1m"'],
  ["keep-alive:10m", '--policies keep-alive.10m found "10m"'],
  ["keep-alive:ttl=10", '--policies keep-alive:ttl=10: warm.ttl found "10"'],
  ["keep-alive:ttl=-1s", '--policies keep-alive:ttl=-1s: warm.ttl found "-1s"'],
  ["keep-alive:ttl=", '--policies keep-alive:ttl=: warm.ttl found ""'],
  ["keep-alive:ttl=1m,ttl=2m", '--policies keep-alive.ttl found "ttl=2m" again'],
  ["reactive:margin=much", '--policies reactive:margin=much: reserve.margin found "much"'],
  ["reactive:margin=NaN", '--policies reactive:margin=NaN: reserve.margin found "NaN"'],
  ["clairvoyant:reserve=yes", '--policies clairvoyant.reserve found "yes"'],
  ["reactive,reactive", '--policies found "reactive" twice'],
  ["keep-alive,reactive,keep-alive:ttl=10m", '--policies found "keep-alive:ttl=10m", which is "keep-alive"'],
  [",", "--policies found none"],
  ["nope,keep-alive:ttl=x", '--policies nope found "nope"', '--policies keep-alive:ttl=x: warm.ttl found "x"'],
  ["missing.yaml", "missing.yaml found nothing there"],
  ["nlinear", "--policies nlinear found an evaluation from the start"],
  ["predictive:model=oracle", 'feed.model found "oracle"'],
];

for (const [list, ...issues] of POLICIES) {
  test(`--policies ${list}`, () => {
    const found = refusal(["compare", "--trace", trace, "--policies", list, "--out", at("out")]);
    assert.equal(found.map(short), issues);
    assert.not.ok(readdirSync(folder).includes("out"));
  });
}

test("one policy for simulate, several for compare", () => {
  assert.equal(simulate("--policy", "reactive,clairvoyant"), ["--policy found 2"]);
});

test("a policy document with several mistakes: all of them, with their paths", () => {
  const file = write(
    "wrong.yaml",
    [
      "name: ''",
      "controlEvery: 0s",
      "feed: { model: Oracle, every: 1ms, targets: [weather] }",
      "reserve: { strategy: forecast, level: 2, lead: soon }",
      "warm: { strategy: ttl, ttl: 10, keep: 3 }",
      "place: { strategy: anywhere }",
      "wram: {}",
    ].join("\n"),
  );
  assert.equal(
    simulate("--policy", file)
      .map((text) => text.replace(/^wrong\.yaml /, ""))
      .sort(),
    [
      'controlEvery found "0s"',
      'feed.every found "1ms"',
      'feed.model found "Oracle"',
      'feed.targets found ["weather"]',
      "feed.targets found none",
      'name found ""',
      'place.strategy found "anywhere"',
      "reserve.level found 2",
      'reserve.lead found "soon"',
      'warm.keep found "keep"',
      "warm.ttl found 10",
      'wram found "wram"',
    ].sort(),
  );
});

test("a document that is no YAML: the line", () => {
  assert.match(
    simulate("--policy", write("broken.yaml", "name: x\nwarm: { strategy: ttl\nreserve: 3\n"))[0]!,
    /^broken\.yaml:3 /,
  );
  assert.equal(simulate("--policy", write("twice.yaml", "name: x\nname: y\n")), ["twice.yaml:2 found Map keys must be unique"]);
  assert.equal(simulate("--policy", write("two.yaml", "name: x\n---\nname: y\n")), ["two.yaml:2 found a second one"]);
  const aliases = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdef".split("").map((c, i) => `${c}: &${c} [${`*${"abcde"[i]},`.repeat(9)}]`),
  ];
  for (const [name, text] of [
    ["bomb.yaml", aliases.join("\n")],
    ["unset.yaml", "name: *nobody\n"],
    ["circle.yaml", "warm: &warm { strategy: *warm }\n"],
  ] as const) {
    const file = write(name, text);
    for (const option of ["--policy", "--cluster", "--prices"]) assert.match(simulate(option, file)[0]!, `${name} found `);
  }
});

test("a document that is no mapping", () => {
  for (const text of ["", "just words\n", "- a\n", "3\n", "\u0000\u0001"]) {
    const file = write("odd.yaml", text);
    for (const option of ["--policy", "--cluster", "--prices"])
      assert.match(simulate(option, file)[0]!, /^odd\.yaml/, `${option}: ${text}`);
  }
});

test("--cluster: every mistake with its path", () => {
  const file = write(
    "cluster.yaml",
    [
      "pools:",
      "  - { name: a, nodes: 0, capacity: { cpuMillis: -1, memory: 3 } }",
      "  - { name: a, nodes: 2, capacity: { cpuMillis: 1.5, memoryMiB: 5000000000 } }",
      "  - words",
      "  - { name: open, unlimited: true, nodes: 3 }",
      "  - { nam: b, nodes: many, capacity: 5 }",
      "nodes: 3",
    ].join("\n"),
  );
  assert.equal(
    simulate("--cluster", file).map((text) => text.replace(/^cluster\.yaml /, "")),
    [
      "nodes found 3",
      "pools[0].nodes found 0",
      "pools[0].capacity.cpuMillis found -1",
      "pools[0].capacity.memory found 3",
      'pools[1].name found "a"',
      "pools[1].capacity.cpuMillis found 1.5",
      "pools[1].capacity.memoryMiB found 5000000000",
      'pools[2] found "words"',
      "pools[3].nodes found 3",
      'pools[4].nam found "b"',
      'pools[4].nodes found "many"',
      "pools[4].capacity found 5",
    ],
  );
  assert.equal(simulate("--cluster", "unlimitd"), ["unlimitd found nothing there"]);
  assert.equal(simulate("--cluster", trace), ["trace found a directory"]);
  assert.equal(simulate("--cluster", write("none.yaml", "pools: []\n")), ["none.yaml pools found []"]);
});

test("--prices: every mistake with its path", () => {
  const file = write("prices.yaml", "currency: ''\ncpuCoreHour: -1\nmemoryGiBHour: .nan\ngpu: 3\nviolation: { premium: x }\n");
  assert.equal(
    simulate("--prices", file)
      .map((text) => text.replace(/^prices\.yaml /, ""))
      .filter((text) => !text.endsWith("found nothing")),
    ['gpu found "gpu"', 'currency found ""', "cpuCoreHour found -1", "memoryGiBHour found NaN", 'violation.premium found "x"'],
  );
  assert.equal(simulate("--prices", at("nowhere.yaml")), ['--prices found "nowhere.yaml"']);
});

test("--evaluate-from outside the window, or no time at all", () => {
  for (const text of ["6h", "21600000", "-1h", "-5", "tomorrow", "1.5", "2024-01-01", "0 d"]) {
    assert.equal(simulate(`--evaluate-from=${text}`), [`--evaluate-from found "${text}"`]);
  }
});

test("--seed: negative, broken, too large, no number", () => {
  for (const [text, found] of [
    ["-1", "-1"],
    ["1.5", "1.5"],
    ["NaN", "NaN"],
    ["one", "NaN"],
    ["9007199254740992", "9007199254740992"],
  ]) {
    assert.equal(simulate(`--seed=${text}`), [`--seed found ${found}`]);
    assert.equal(refusal(["quickstart", `--seed=${text}`, "--out", at("out")]).map(short), [`--seed found ${found}`]);
  }
});

test("a journal that is cut, damaged, empty, something else or not there", () => {
  const journal = (name: string, damage: (file: string) => void) => {
    const run = copy("run", name);
    damage(join(run, "journal.prae.gz"));
    return run;
  };
  const cases: readonly (readonly [name: string, damage: (file: string) => void, found: RegExp])[] = [
    ["cut-journal", (file) => truncateSync(file, 4000), /found the file ends in the middle of a compressed block$/],
    ["damaged-journal", (file) => flip(file, 3000), /byte \d+ found /],
    ["empty-journal", (file) => truncateSync(file, 0), /byte 0 found /],
    ["text-journal", (file) => writeFileSync(file, "hello"), /byte 0 found not a gzip file, or damaged/],
    ["other-journal", (file) => writeFileSync(file, gzipSync("hello")), /byte 0 found no PRAE journal: its header is missing$/],
    [
      "endless-journal",
      (file) => writeFileSync(file, gzipSync(gunzipSync(readFileSync(file)).subarray(0, -9))),
      /found the end of the file$/,
    ],
  ];
  for (const [name, damage, found] of cases) {
    const run = journal(name, damage);
    // One that was cut is read as far as it is whole; `verify` alone wants all of it.
    const isCut = name === "cut-journal" || name === "endless-journal";
    for (const action of isCut ? ["verify"] : ["verify", "replay"]) {
      const [issue, ...more] = refusal(["journal", action, run]);
      assert.equal(more, []);
      assert.is(issue!.where, join(run, "journal.prae.gz"));
      assert.match(short(issue!), found, `${action} ${name}`);
    }
    const cat = prae(["journal", "cat", run, "--json"]);
    const document = JSON.parse(cat.stdout);
    assert.ok(Array.isArray(document.steps));
    assert.equal([cat.status, document.ended], isCut ? [0, false] : [2, undefined]);
    if (isCut) assert.equal([json(["journal", "replay", run]).ended, document.steps.length > 0], [false, true]);
    else assert.match(short(document.error.issues[0]), found, `cat ${name}`);
  }
  for (const path of [at("nowhere"), trace, at("tables", "requests.csv")]) {
    assert.ok(refusal(["journal", "verify", path])[0]!.where.startsWith(path));
  }
});

test("wherever a journal is damaged, the file is to blame and not the code", () => {
  const run = copy("run", "bytes");
  const file = join(run, "journal.prae.gz");
  const { length } = readFileSync(file);
  for (const share of [0.01, 0.3, 0.6, 0.9, 0.999]) {
    const byte = Math.floor(share * length);
    flip(file, byte);
    refusal(["journal", "replay", run]);
    flip(file, byte);
  }
  assert.is(json(["journal", "replay", run]).same, true);
});

test("a forecast set that is missing, damaged, or another one", () => {
  const run = copy("sighted", "forecasts");
  const [name] = readdirSync(join(run, "forecasts"));
  const file = join(run, "forecasts", name!);
  const issue = () => {
    const [{ where, found }, ...more] = refusal(["journal", "replay", run]) as [FoundIssue];
    assert.equal(more, []);
    assert.is(where, file);
    return found;
  };
  flip(file, 200);
  assert.is(issue(), "not a forecast set, or damaged");
  truncateSync(file, 50);
  assert.is(issue(), "not a forecast set, or damaged");
  rmSync(file);
  assert.is(issue(), "no such file");
  mkdirSync(file);
  assert.is(issue(), "no such file");
  rmSync(file, { recursive: true });
  const other = json(["simulate", "--trace", trace, "--policy", "clairvoyant:step=2s", "--out", at("other")]);
  assert.is(other.out, at("other"));
  const [otherName] = readdirSync(at("other", "forecasts"));
  cpSync(at("other", "forecasts", otherName!), file);
  assert.is(issue(), `another one, ${otherName!.split(".")[0]}`);
  assert.is(json(["journal", "verify", run]).events > 0, true, "its journal is whole all the same");
});

test("journal: options of another action, users and kinds that are not there, numbers that are none", () => {
  const cat = (...options: string[]) => refusal(["journal", "cat", at("run"), ...options]).map(short);
  assert.equal(cat("--limit", "some", "--from", "-1", "--to", "1.5"), ["--from found -1", "--to found 1.5", "--limit found NaN"]);
  assert.equal(cat("--limit", "0"), ["--limit found 0"]);
  assert.equal(cat("--kind", "launch,land"), ['--kind found "land"']);
  assert.equal(cat("--forecasts", "x"), ["--forecasts found one of replay"]);
  assert.equal(refusal(["journal", "verify", at("run"), "--user", "ana"]).map(short), ["--user found one of cat"]);
  const nobody = prae(["journal", "cat", at("run"), "--user", "nobody", "--json"]);
  assert.is(nobody.status, 2);
  assert.equal(JSON.parse(nobody.stdout).steps, []);
  assert.match(JSON.parse(nobody.stdout).error.issues[0].expected, '"nobody"');
});

test("run records that are damaged, of something else, or do not go together", () => {
  const report = (...runs: string[]) => {
    const issues = refusal(["report", ...runs, "--out", at("out.html")]);
    assert.not.ok(readdirSync(folder).includes("out.html"));
    return issues.map(short).map((text) => text.replaceAll(`${folder}/`, ""));
  };
  const record = readFileSync(at("run", "run.json"), "utf8");
  const cut = write("cut.json", record.slice(0, 1000));
  const strange = write("strange.json", record.replace('"recordVersion": 1', '"recordVersion": 9'));
  const wrong = write("wrong.json", record.replace('"requests": 120', '"requests": "many"'));
  assert.match(report(cut)[0]!, /^cut\.json found no JSON: /);
  assert.equal(report(strange, wrong, at("tables"), at("none.json")), [
    "strange.json recordVersion found 9",
    'wrong.json trace.requests found "many"',
    "tables found a directory without run.json",
    "none.json found nothing there",
  ]);
  assert.match(report(join(trace, "manifest.json"))[0]!, "found another JSON document");
  assert.match(report(at("run"), at("run", "run.json"))[0]!, /^run 2 \(keep-alive\) id found /);
  done(["simulate", "--trace", trace, "--policy", "reactive", "--evaluate-from", "1h", "--out", at("later")]);
  assert.match(report(at("run"), at("later"))[0]!, "run 2 (reactive) window found [3600000, 21600000)");
});

test.run();
