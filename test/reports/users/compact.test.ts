import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ComparedRun } from "../../../reports/compared-run.ts";
import { compareRuns } from "../../../reports/comparison.ts";
import { USERS_DATA } from "../../../reports/html/script/users-data.ts";
import { type PackedUsers, packUsers } from "../../../reports/users/compact.ts";
import type { UserMeasure } from "../../../reports/users/series.ts";
import { exampleRuns } from "../../support/run-records.ts";
import { seriesOf } from "../../support/user-series.ts";

const runs = compareRuns(exampleRuns().slice(0, 2), "").runs;

interface Unpacked {
  readonly names: readonly string[];
  readonly fine: number;
  readonly factor: number;
  sumOf(view: object, user: number, policy: number, from: number, to: number): number;
  ratesOf(view: object, user: number, policy: number, from: number, to: number, group: number): Float64Array;
}

/** As the page's own script reads it. */
function unpack({ header, payload }: PackedUsers): Promise<Unpacked> {
  const elements: Readonly<Record<string, string>> = { "users-header": JSON.stringify(header), "users-data": payload };
  const document = { getElementById: (id: string) => ({ textContent: elements[id] }) };
  return new Function("document", `${USERS_DATA}\nreturn readUsers();`)(document) as Promise<Unpacked>;
}

const view = (plus: UserMeasure, ...minus: UserMeasure[]) => ({ plus: [plus], minus, per: null, one: 1 });

/** Not the same twice in a row, so that it does not pack away. */
function noise(n: number): number {
  const mixed = Math.imul(n + 1, 0x9e3779b1);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 0) / 2 ** 32;
}

function near(found: number, expected: number, within: number): void {
  assert.ok(Math.abs(found - expected) <= within * Math.abs(expected), `${found}, not ${expected}`);
}

test("what fits is packed whole, and the page's script reads it back", async () => {
  const value = (user: number, measure: UserMeasure, bin: number) =>
    measure === "held" ? user + 2 * bin : measure === "used" ? user : measure === "requests" && user === 1 ? 1 : 0;
  const series = seriesOf({ users: 3, bins: 10, value });
  const twice = seriesOf({ users: 3, bins: 10, value: (...at) => 2 * value(...at) });
  const users = await unpack(packUsers(runs as ComparedRun[], [series, twice], 1e6));
  assert.equal([users.fine, users.factor], [4, 1]);
  assert.is(users.names[0], "all users");
  const place = (name: string) => users.names.indexOf(name);
  near(users.sumOf(view("held"), place("user-2"), 0, 0, 10), 2 * 10 + 2 * 45, 0.03);
  near(users.sumOf(view("held"), place("user-2"), 1, 0, 10), 2 * (2 * 10 + 2 * 45), 0.03);
  near(users.sumOf(view("held", "used"), place("user-2"), 0, 5, 10), 2 * (5 + 6 + 7 + 8 + 9), 0.05);
  assert.is(users.sumOf(view("requests"), place("user-0"), 0, 0, 10), 0);
  near(users.sumOf(view("requests"), 0, 0, 0, 10), 10, 0.01);
  near(users.ratesOf(view("held"), place("user-0"), 0, 0, 10, 4)[2]!, 2 * 8.5, 0.05);
});

test("what does not fit keeps the bins of those who waste and violate most, and the sums of all", async () => {
  // Users 0 … 19 hold a hundred times as much; only user 499 violates.
  const value = (user: number, measure: UserMeasure, bin: number) =>
    measure === "held" ? (user < 20 ? 100 : 1) * (1 + noise(user * 720 + bin)) : measure === "violations" && user === 499 ? 1 : 0;
  const series = seriesOf({ users: 500, bins: 720, value });
  const budget = 100_000;
  const packed = packUsers(runs as ComparedRun[], [series, series], budget);
  assert.ok(packed.payload.length <= budget * 1.01, `${packed.payload.length}`);
  const users = await unpack(packed);
  assert.ok(users.factor > 1);
  assert.ok(users.fine < 501);
  for (const name of ["user-0", "user-19", "user-499"]) assert.ok(users.names.indexOf(name) < users.fine, name);
  const total = (user: number) => Array.from({ length: 720 }, (_, bin) => value(user, "held", bin)).reduce((a, b) => a + b, 0);
  for (const user of [0, 19, 300])
    near(users.sumOf(view("held"), users.names.indexOf(`user-${user}`), 0, 0, 720), total(user), 0.03);
  near(
    users.sumOf(view("held"), 0, 1, 0, 720),
    Array.from({ length: 500 }, (_, user) => total(user)).reduce((a, b) => a + b, 0),
    0.02,
  );
});

test("long names are cut where they stay different", async () => {
  const name = (user: number) => `${String(user).padStart(5, "0")}${"f".repeat(200)}`;
  const series = seriesOf({ users: 1100, bins: 1, value: () => 1, name });
  const { header, payload } = packUsers(runs as ComparedRun[], [series, series], 1e6);
  assert.ok(header.cutNames);
  const { names } = await unpack({ header, payload });
  assert.is(names.length, 1101);
  assert.ok(names.includes("00007fffffff…"));
});

test("the same series give the same bytes", () => {
  const series = seriesOf({ users: 30, bins: 50, value: (user, _, bin) => noise(user + bin) });
  assert.equal(packUsers(runs as ComparedRun[], [series, series], 1e5), packUsers(runs as ComparedRun[], [series, series], 1e5));
});

test.run();
