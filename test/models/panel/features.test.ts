import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastTarget } from "../../../allocator/core/forecast.ts";
import { RandomStream } from "../../../allocator/core/random.ts";
import type { ContextRow } from "../../../datasets/trace.ts";
import { FEATURE_GROUPS, type FeatureSpec, fitFeatures } from "../../../models/panel/feature-spec.ts";
import { Features } from "../../../models/panel/features.ts";
import { History, type Panel, type Series } from "../../../models/panel/panel.ts";
import { refusal } from "../../support/input-files.ts";

const [LN2, LN3] = [Math.fround(Math.log(2)), Math.fround(Math.log(3))];
const HOUR_MS = 3_600_000;
/** A Monday. */
const EPOCH_MS = Date.UTC(2024, 2, 25);

const series = (name: string, traits: Partial<Series["traits"]> = {}, of: Partial<Series> = {}): Series => ({
  name,
  user: 0,
  app: null,
  resource: "cpuMillis",
  ...of,
  traits: { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null, ...traits },
});

interface Some {
  readonly target?: ForecastTarget;
  readonly stepMs?: number;
  readonly context?: readonly ContextRow[];
  readonly signed?: boolean;
}

function panelOf(rows: readonly (readonly [Series, readonly number[]])[], some: Some = {}): Panel {
  const steps = rows[0]![1].length;
  return {
    target: "demand",
    startMs: 0,
    stepMs: HOUR_MS,
    steps,
    epochMs: EPOCH_MS,
    signed: false,
    context: [],
    ...some,
    series: rows.map(([one]) => one),
    values: Float32Array.from(rows.flatMap(([, values]) => values)),
  };
}

function fixed(features: Features, of: number, origin: number): Record<string, number> {
  const into = new Float32Array(features.fixedNames.length + 2).fill(77);
  features.writeFixed(of, origin, into, 1);
  assert.equal([into[0], into[into.length - 1]], [77, 77], "it writes its own place and no more");
  return Object.fromEntries(features.fixedNames.map((name, i) => [name, into[i + 1]!]));
}

function ahead(features: Features, of: number, origin: number, steps: number): Record<string, number>[] {
  const width = features.aheadNames.length;
  const into = new Float32Array(steps * width + 2).fill(77);
  features.writeAhead(of, origin, steps, into, 1);
  assert.equal([into[0], into[into.length - 1]], [77, 77], "it writes its own place and no more");
  return Array.from({ length: steps }, (_, k) =>
    Object.fromEntries(features.aheadNames.map((name, i) => [name, into[1 + k * width + i]!])),
  );
}

const featuresOf = (panel: Panel, spec = fitFeatures(panel, panel.steps)) => new Features(spec, new History(panel, panel.steps));
const only = (...groups: string[]) => FEATURE_GROUPS.filter((group) => !groups.includes(group));
const flat = (length: number, value = 1) => Array.from({ length }, () => value);

test("time is local, and shifts with daylight saving", () => {
  const panel = panelOf([
    [series("a"), flat(24 * 8)],
    [series("b", { timeZone: "Europe/Berlin" }), flat(24 * 8)],
  ]);
  const features = featuresOf(panel, fitFeatures(panel, panel.steps, only("time")));
  const at = (of: number, step: number) => ahead(features, of, step, 1)[0]!;
  assert.equal(at(1, 5), at(0, 6));
  // On Sunday, 31 March, clocks go from 2:00 to 3:00 at 1:00 UTC: from then on it is two hours.
  assert.equal(at(1, 6 * 24), at(0, 6 * 24 + 1));
  assert.equal(at(1, 6 * 24 + 1), at(0, 6 * 24 + 3));
  assert.is(at(0, 5 * 24 - 1)["weekend"], 0);
  assert.is(at(0, 5 * 24)["weekend"], 1);
  assert.is(at(1, 5 * 24 - 1)["weekend"], 1);
  assert.ok(Math.abs(at(0, 0)["hour sine"]! - Math.sin((2 * Math.PI) / 48)) < 1e-6, "the middle of the step");
  const later = ahead(features, 0, panel.steps, 3 * 24);
  assert.equal(later[0], at(0, 24), "beyond the panel's end, a Tuesday like that before");
});

test("announced events cover steps in part; what nobody announced is known once it has begun", () => {
  const row = (atHour: number, endHour: number, kind: string, label: string, user: number | null): ContextRow => ({
    atMs: atHour * HOUR_MS,
    endMs: endHour * HOUR_MS,
    kind,
    label,
    user,
  });
  const context = [
    row(0, 24, "location", "Oslo", 0),
    row(1, 2, "calendar", "lecture", 0),
    row(2, 3, "availability", "maintenance", null),
    row(3, 9, "news", "launch", null),
    row(3, 9, "no-prewarm", "web", null), // tells the allocator, not the forecasters
    row(6.25, 7.5, "calendar", "lecture", 0),
    row(8, 10, "calendar", "exam", 1),
    row(20, 30, "location", "Rome", 0),
    row(50, 51, "calendar", "never seen in training", 0),
  ];
  const panel = panelOf(
    [
      [series("a"), flat(60)],
      [series("b", {}, { user: 1 }), flat(60)],
      [series("c", {}, { user: null, app: 0 }), flat(60)],
    ],
    { context },
  );
  const spec = fitFeatures(panel, 48, only("context", "availability", "location"));
  const features = featuresOf(panel, spec);
  assert.equal(features.knownNames, ["calendar lecture", "calendar exam", "unavailable"]);
  assert.equal(
    ahead(features, 0, 5, 4).map((at) => at["calendar lecture"]),
    [0, 0.75, 0.5, 0],
  );
  assert.is(ahead(features, 1, 6, 1)[0]!["calendar lecture"], 0);
  assert.is(ahead(features, 1, 9, 1)[0]!["calendar exam"], 1);
  assert.is(ahead(features, 2, 2, 1)[0]!["unavailable"], 1);
  assert.is(ahead(features, 0, 50, 1)[0]!["calendar lecture"], 0);
  assert.is(fixed(features, 2, 3)["news launch"], 0);
  assert.is(fixed(features, 2, 4)["news launch"], 1);
  assert.is(fixed(features, 2, 9)["news launch"], 0);
  const places = (origin: number) => [fixed(features, 0, origin)["place Oslo"], fixed(features, 0, origin)["place Rome"]];
  assert.equal(
    [places(5), places(21), places(30)],
    [
      [1, 0],
      [0, 1],
      [0, 0],
    ],
  );
});

test("what users said they prefer: hours ahead, apps once they said so", () => {
  const row = (atHour: number, kind: string, label: string, user: number): ContextRow => ({
    atMs: atHour * HOUR_MS,
    endMs: (atHour + 8) * HOUR_MS,
    kind,
    label,
    user,
  });
  const context = [row(0, "preferred-app", "lab", 0), row(0, "preferred-hours", "", 0), row(24, "preferred-hours", "", 0)];
  const panel = panelOf(
    [
      [series("a lab", { appName: "lab" }, { app: 0 }), flat(60)],
      [series("a vm", { appName: "vm" }, { app: 1 }), flat(60)],
      [series("b lab", { appName: "lab" }, { user: 1, app: 0 }), flat(60)],
    ],
    { context },
  );
  const features = featuresOf(panel, fitFeatures(panel, 20, only("preferences")));
  assert.equal(features.knownNames, ["preferred hours"]);
  assert.equal(
    ahead(features, 1, 22, 4).map((at) => at["preferred hours"]),
    [0, 0, 1, 1],
  );
  assert.is(ahead(features, 2, 24, 1)[0]!["preferred hours"], 0);
  const said = (of: number, origin: number) => Object.values(fixed(features, of, origin)).slice(-2);
  assert.equal(
    [said(0, 0), said(0, 4), said(1, 4), said(2, 4), said(0, 8)],
    [
      [0, 0],
      [LN2, 1],
      [LN2, 0],
      [0, 0],
      [0, 0],
    ],
  );
});

test("the apps that a user has run, each from the step after the first time", () => {
  const firstUses = [
    { user: 0, appName: "lab", step: 2 },
    { user: 1, appName: "vm", step: 3 },
    { user: 0, appName: "vm", step: 5 },
    { user: 0, appName: "new", step: 9 },
  ];
  const panel = {
    ...panelOf([
      [series("a"), flat(12)],
      [series("b", {}, { user: 1 }), flat(12)],
    ]),
    firstUses,
  };
  const features = featuresOf(panel, fitFeatures(panel, 8, only("apps")));
  assert.equal(features.fixedNames, ["app vm", "app lab", "apps used"]);
  const used = (of: number, origin: number) => Object.values(fixed(features, of, origin));
  assert.equal(
    [used(0, 2), used(0, 3), used(0, 6), used(1, 6)],
    [
      [0, 0, 0],
      [0, 1, LN2],
      [1, 1, LN3],
      [1, 0, LN2],
    ],
  );
  assert.is(used(0, 12)[2], Math.fround(Math.log(4)));
});

test("vocabularies come from the training steps alone; others are unknown", () => {
  const unseen = [...flat(10, Number.NaN), ...flat(10)];
  const rows: [Series, number[]][] = [
    [series("a", { role: "student", tier: "premium" }), flat(20)],
    [series("b", { role: "staff", tier: "premium", permittedApps: 3 }), flat(20)],
    [series("c", { role: "staff", tier: "premium" }), flat(20)],
    [series("d", { role: "guest", tier: "standard" }), unseen],
  ];
  const panel = panelOf(rows);
  const spec = fitFeatures(panel, 10, only("role", "tier", "permissions"));
  assert.equal(spec.words.role, { known: ["staff", "student"], other: false });
  assert.equal(spec.words.tier, { known: [], other: false }, "what tells nothing apart has no column");
  assert.equal(
    spec,
    fitFeatures(
      panelOf(rows.map(([one, values]) => [one, [...values.slice(0, 10), ...flat(10, 9)]])),
      10,
      only("role", "tier", "permissions"),
    ),
  );
  const features = featuresOf(panel, JSON.parse(JSON.stringify(spec)) as FeatureSpec);
  assert.equal(features.fixedNames, ["role staff", "role student", "any app permitted", "apps permitted"]);
  assert.equal(Object.values(fixed(features, 1, 10)), [1, 0, 0, Math.fround(Math.log(4))]);
  assert.equal(Object.values(fixed(features, 3, 10)), [0, 0, 1, 0], "a role that training never saw");
  const many = Array.from({ length: 30 }, (_, i): [Series, number[]] => [series(`s${i}`, { role: `role ${i % 26}` }), flat(5)]);
  const crowd = fitFeatures(panelOf(many), 5, only("role"));
  assert.is(crowd.words.role.known.length, 24);
  const others = featuresOf(panelOf([[series("new", { role: "never seen" }), flat(5)]]), crowd);
  assert.is(fixed(others, 0, 5)["role (others)"], 1);
});

test("past amounts are relative to the day's largest", () => {
  const values = [...flat(24, 10), 40, 0, Number.NaN, 20];
  const panel = panelOf([[series("a"), values]]);
  const features = featuresOf(panel);
  const now = fixed(features, 0, 28);
  assert.ok(Math.abs(now["1 step before"]! - Math.log(22 / 42)) < 1e-6);
  assert.is(now["2 steps before"], 0, "not observed");
  assert.is(now["largest of 4 steps"], 0);
  assert.ok(Math.abs(now["unobserved in 48 steps"]! - 21 / 48) < 1e-6);
  assert.ok(Math.abs(now["zeros in 48 steps"]! - 1 / 27) < 1e-6);
  const steps = ahead(features, 0, 28, 30);
  assert.ok(Math.abs(steps[0]!["1 d before"]! - Math.log(12 / 42)) < 1e-6);
  assert.is(steps[0]!["1 d before is known"], 1);
  assert.is(steps[22]!["1 d before is known"], 0, "it was not observed");
  assert.equal(steps[24]!["1 d before"], steps[0]!["1 d before"], "of a step further ahead than a day, the last known");
  assert.is(steps[0]!["7 d before is known"], 0);
});

test("past arrivals: idle time, gaps, counts, what is due", () => {
  const values = flat(60, 0);
  for (const [step, count] of [
    [3, 1],
    [13, 2],
    [23, 1],
    [33, 1],
    [44, 1],
  ] as const)
    values[step] = count;
  const panel = panelOf(
    [
      [series("a"), values],
      [series("b"), flat(60, 0)],
    ],
    { target: "arrival" },
  );
  const features = featuresOf(panel);
  const now = fixed(features, 0, 50);
  assert.is(now["idle"], Math.fround(Math.log(6)));
  assert.is(now["last gap"], Math.fround(Math.log(12)));
  assert.is(now["usual gap"], Math.fround(Math.log(11)));
  assert.is(now["idle to usual gap"], Math.fround(0.6));
  assert.is(now["arrivals in 1 d"], Math.fround(Math.log(3)));
  assert.is(now["arrivals in 7 d"], Math.fround(Math.log(7)));
  assert.is(now["age"], Math.fround(Math.log1p(47 / 24)));
  const steps = ahead(features, 0, 50, 10);
  assert.equal(
    steps
      .map((at) => at["near a multiple of the gap"]!)
      .map((near, k) => (near === 1 ? k : -1))
      .filter((k) => k >= 0),
    [4],
  );
  assert.is(fixed(features, 1, 50)["arrived before"], 0);
  assert.ok(Object.values(fixed(features, 1, 50)).every(Number.isFinite));
  assert.is(ahead(features, 0, 37, 1)[0]!["a day before"], Math.fround(Math.log(3)));
});

test("groups can be switched off, and no other name is taken", async () => {
  const panel = panelOf([
    [series("a", { role: "x" }), flat(30)],
    [series("b"), flat(30)],
  ]);
  const all = featuresOf(panel);
  const none = featuresOf(panel, fitFeatures(panel, 30, FEATURE_GROUPS));
  assert.equal([none.fixedNames, none.aheadNames], [[], []]);
  assert.ok(all.fixedNames.length > 10 && all.aheadNames.length > 10);
  const half = featuresOf(panel, fitFeatures(panel, 30, ["recent"]));
  assert.equal(
    half.fixedNames,
    all.fixedNames.filter((name) => half.fixedNames.includes(name)),
  );
  assert.not(half.fixedNames.includes("1 step before"));
  assert.equal(await refusal(() => fitFeatures(panel, 30, ["tme"])), [
    '--without: expected one of time, recent, long-term, apps, role, tier, permissions, preferences, location, context, availability, found "tme"',
  ]);
  assert.throws(
    () => featuresOf({ ...panel, stepMs: 1000 }, fitFeatures(panel, 30)),
    /in steps of 3600000 ms on demand in steps of 1000 ms/,
  );
});

for (const target of ["demand", "arrival"] as const) {
  test(`${target}: what comes after the origin changes no feature; all are finite and small, of any values`, () => {
    const value = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(9), fc.constant(Number.NaN), fc.constant(3e9));
    const length = 50;
    const row = fc.array(value, { minLength: length, maxLength: length });
    const context = fc.array(
      fc.record({
        atMs: fc.nat(length).map((h) => h * HOUR_MS),
        kind: fc.constantFrom("news", "location"),
        label: fc.constantFrom("x", "y"),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(row, row, context, fc.nat(length), fc.constantFrom(1 / 6, 1, 7), (past, future, events, origin, hours) => {
        const of = (values: readonly number[], before: (atMs: number) => boolean) =>
          panelOf(
            [
              [series("a"), values],
              [series("b"), flat(length)],
            ],
            {
              target,
              stepMs: hours * HOUR_MS,
              context: events
                .map((event) => ({ ...event, endMs: event.atMs + 9 * HOUR_MS, user: null }))
                .filter(({ atMs }) => before(atMs))
                .sort((a, b) => a.atMs - b.atMs),
            },
          );
        const one = of(past, () => true);
        const originMs = origin * one.stepMs;
        const other = of([...past.slice(0, origin), ...future.slice(origin)], (atMs) => atMs < originMs);
        const spec = fitFeatures(one, origin);
        assert.equal(spec, fitFeatures(other, origin));
        const [a, b] = [featuresOf(one, spec), featuresOf(other, spec)];
        assert.equal(fixed(a, 0, origin), fixed(b, 0, origin));
        assert.equal(ahead(a, 0, origin, 150), ahead(b, 0, origin, 150));
        for (const block of [fixed(a, 0, origin), ...ahead(a, 0, origin, 30)]) {
          for (const [name, number] of Object.entries(block)) assert.ok(Math.abs(number) < 25, `${name} ${number}`);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
}

test("features of a tick are cheap", () => {
  const random = new RandomStream(1, "features");
  const steps = 24 * 14;
  const count = 2_000;
  const zones = ["UTC", "Europe/Berlin", "Asia/Tokyo"];
  const rows = Array.from({ length: count }, (_, i): [Series, number[]] => [
    series(`s${i}`, { timeZone: zones[i % 3]! }, { user: i }),
    Array.from({ length: steps }, () => random.below(100)),
  ]);
  const panel = panelOf(rows);
  const features = featuresOf(panel, fitFeatures(panel, steps));
  const into = new Float32Array(24 * features.aheadNames.length + features.fixedNames.length);
  const tick = () => {
    const before = process.cpuUsage().user;
    for (let i = 0; i < count; i += 1) {
      features.writeFixed(i, steps, into, 0);
      features.writeAhead(i, steps, 24, into, features.fixedNames.length);
    }
    return (process.cpuUsage().user - before) / 1000;
  };
  tick();
  const ms = tick();
  console.log(`features of ${count} series, 24 steps ahead: ${ms.toFixed(0)} ms of CPU`);
  assert.ok(ms < 500, `${ms} ms`);
});

test.run();
