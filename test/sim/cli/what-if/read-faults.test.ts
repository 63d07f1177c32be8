import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../../datasets/issues.ts";
import { faultsOfRecord, faultyWorld, type ReadFaults, readFaults } from "../../../../sim/cli/what-if/read-faults.ts";
import { UNLIMITED } from "../../../../sim/cluster-spec.ts";

function refusal(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).issues.map(({ path = "", expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error("accepted");
}

test("every fault as people write it, with and without how long", () => {
  const text =
    "seed=7,launch-failure=2%,node-loss=0.1/h+10m,spot-reclaim=0.5/h~2m,late=1%+5s,duplicate=0.5%+9s,clock-jump=0.1/h+1m,stale-forecast=5%";
  const read = readFaults(text) as ReadFaults;
  assert.equal(read, {
    text: `faults ${text}`,
    spec: {
      seed: 7,
      launchFailurePpm: 20_000,
      nodeLoss: { microsPerHour: 100_000, backMs: 600_000 },
      spotReclaim: { microsPerHour: 500_000, noticeMs: 120_000 },
      late: { ppm: 10_000, mostMs: 5_000 },
      duplicate: { ppm: 5_000, mostMs: 9_000 },
      clockJump: { microsPerHour: 100_000, mostMs: 60_000 },
      staleForecastPpm: 50_000,
    },
  });
  assert.equal(readFaults("late=1%,spot-reclaim=1/h")?.spec, {
    seed: 1,
    late: { ppm: 10_000, mostMs: 5_000 },
    spotReclaim: { microsPerHour: 1_000_000, noticeMs: 120_000 },
  });
  assert.is(readFaults(undefined), null);
  assert.equal(faultsOfRecord(["demand=2", read.text]), [read, ["demand=2"]]);
  assert.equal(faultsOfRecord(["demand=2"]), [null, ["demand=2"]]);
});

test("all that is wrong is said at once", () => {
  assert.equal(
    refusal(() => readFaults("launch-failure=200%,late=1%+,node-loss=1,seed=x,late=1%,fire=1%")),
    [
      'launch-failure=200%: expected a chance from 0 to 100 %, such as 2%, found "200%"',
      'late=1%+: expected a chance from 0 to 100 %, such as 2%, and a duration after +: 1%+5s, found "1%+"',
      'node-loss=1: expected a rate from 0 to 1000 an hour, such as 0.1/h, and a duration after +: 0.1/h+10m, found "1"',
      'seed=x: expected a whole number, found "x"',
      'late=1%: expected each fault once, found "late" twice',
      ': expected seed=7, launch-failure=2%, node-loss=0.1/h[+BACK-AFTER], spot-reclaim=0.5/h[~NOTICE], late=1%[+UP-TO], duplicate=1%[+UP-TO], clock-jump=0.1/h[+UP-TO], stale-forecast=5%, found "fire=1%"',
    ],
  );
  assert.equal(
    refusal(() => readFaults("seed=3")),
    [": expected a fault beside the seed, found seed=3"],
  );
  const unlimited = readFaults("node-loss=1/h,spot-reclaim=1/h") as ReadFaults;
  assert.equal(
    refusal(() => faultyWorld(unlimited, UNLIMITED, 0, 1_000)),
    [
      "node-loss: expected a cluster with nodes, found capacity without limit, which cannot fail",
      "spot-reclaim: expected a pool that says spot: true, found none",
    ],
  );
});

test.run();
