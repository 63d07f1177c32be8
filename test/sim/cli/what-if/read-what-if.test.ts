import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../../datasets/issues.ts";
import { readWhatIfs } from "../../../../sim/cli/what-if/read-what-if.ts";

test("each form, alone and in lists", () => {
  const read = readWhatIfs([
    "demand=1.2,users=2@14:05",
    "burst=a+b@1d+10m×5, burst=*@2019-07-02T10:00+1h*0.5,burst=x,y@90m+5mx3",
    "fail=20%@10:00+1h,fail=zone-a,fail=node-1*@5h",
    "start-up=2.5",
  ]);
  assert.equal(
    read.map(({ text: _, ...rest }) => rest),
    [
      { kind: "demand", factorPpm: 1_200_000, at: null },
      { kind: "users", factorPpm: 2_000_000, at: "14:05" },
      { kind: "burst", app: "a+b", at: "1d", durationMs: 600_000, factorPpm: 5_000_000 },
      { kind: "burst", app: "*", at: "2019-07-02T10:00", durationMs: 3_600_000, factorPpm: 500_000 },
      { kind: "burst", app: "x,y", at: "90m", durationMs: 300_000, factorPpm: 3_000_000 },
      { kind: "fail", target: "20%", at: "10:00", durationMs: 3_600_000 },
      { kind: "fail", target: "zone-a", at: null, durationMs: null },
      { kind: "fail", target: "node-1*", at: "5h", durationMs: null },
      { kind: "start-up", factorPpm: 2_500_000, at: null },
    ],
  );
  assert.equal(readWhatIfs([]), []);
});

test("all that is wrong in any of them is said at once", () => {
  const wrong = [
    "demand=,users=x,start-up=-1,demand=1001,demand=1.2345678",
    "burst=web,burst=web@5h+soon×2,burst=web@5h+5m×",
    "fail=,fail=0%,fail=101%@1h,fail=a@1h+never,fail=a@1h+0s",
    "nonsense=1",
    "users",
    "demand=1.2,demand=1.2",
  ];
  try {
    readWhatIfs(wrong);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    const { issues } = error as InputError;
    assert.equal(
      issues.map(({ path, found }) => `${path ?? ""} found ${found}`),
      [
        "demand= found nothing",
        'users=x found "x"',
        'start-up=-1 found "-1"',
        'demand=1001 found "1001"',
        'demand=1.2345678 found "1.2345678"',
        'burst=web found "web"',
        'burst=web@5h+soon×2 found "soon"',
        'burst=web@5h+5m× found "web@5h+5m×"',
        "fail= found nothing",
        'fail=0% found "0%"',
        'fail=101%@1h found "101%"',
        'fail=a@1h+never found "never"',
        'fail=a@1h+0s found "0s"',
        'nonsense=1 found "nonsense=1"',
        'users found "users"',
        ' found "demand=1.2" twice',
      ],
    );
    assert.ok(issues.every(({ where }) => where === "--what-if"));
  }
});

test.run();
