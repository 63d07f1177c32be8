import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId } from "../../../../allocator/core/ids.ts";
import type { Machine, MachineState } from "../../../../allocator/live/aws/ec2-machines.ts";
import { type KnownMachine, MachineBoard } from "../../../../allocator/live/aws/machine-board.ts";

const ID = 3 as InstanceId;
const TOKEN = { seq: 9, index: 1 };
const LIMIT_MS = 10_000;

const machine = (state: MachineState, ec2Id = "i-3"): Machine => ({
  ec2Id,
  instance: ID,
  app: "notebook",
  type: "m5.large",
  state,
});

/** One that was launched at 0 and asked for something at 100. */
function boardWith(phase: KnownMachine["phase"]): MachineBoard {
  const board = new MachineBoard(LIMIT_MS);
  board.launching(ID, "notebook", TOKEN, 0);
  const known = board.find(ID)!;
  known.ec2Id = "i-3";
  board.turn(known, phase, TOKEN, 100);
  return board;
}

/** What is said of it, whether it is to be ended, and what it is then: each for a listing asked for at 200. */
function seen(board: MachineBoard, machines: readonly Machine[], askedAtMs = 200, nowMs = askedAtMs): string {
  const { outcomes, strays } = board.see(machines, askedAtMs, nowMs);
  const said = outcomes.map((one) =>
    one.kind === "decision_failed" ? `failed ${one.reason}` : one.kind.replace("instance_", ""),
  );
  return [...said, ...strays.map(({ ec2Id }) => `end ${ec2Id}`), board.find(ID)?.phase ?? "not there"].join(", ");
}

test("what EC2 shows is said once, and only of what was not asked for", () => {
  const cases: [KnownMachine["phase"], MachineState, string][] = [
    ["starting", "pending", "starting"],
    ["starting", "running", "ready, ready"],
    ["starting", "terminated", "lost, not there"],
    ["starting", "stopping", "lost, end i-3, not there"],
    ["ready", "running", "ready"],
    ["ready", "stopped", "lost, end i-3, not there"],
    ["ready", "shutting-down", "lost, not there"],
    ["suspending", "running", "suspending"],
    ["suspending", "stopping", "suspending"],
    ["suspending", "stopped", "suspended, suspended"],
    ["suspending", "terminated", "lost, not there"],
    ["suspended", "running", "suspended"],
    ["resuming", "stopped", "resuming"],
    ["resuming", "running", "ready, ready"],
    ["stopping", "running", "stopping"],
    ["stopping", "terminated", "not there"],
    ["gone", "running", "gone"],
    ["gone", "shutting-down", "not there"],
  ];
  for (const [phase, state, expected] of cases)
    assert.is(seen(boardWith(phase), [machine(state)]), expected, `${phase}, ${state}`);
});

test("a listing that was asked for before the last word shows what was before, and says nothing", () => {
  assert.is(seen(boardWith("resuming"), [machine("running")], 100), "resuming");
  assert.is(seen(boardWith("suspending"), [machine("stopped")], 99, 300), "suspending");
});

test("what takes too long fails, or is lost and ended", () => {
  assert.is(seen(boardWith("starting"), [machine("pending")], 10_099), "starting");
  assert.is(seen(boardWith("starting"), [machine("pending")], 10_100), "lost, end i-3, not there");
  assert.is(seen(boardWith("suspending"), [machine("stopping")], 10_100), "failed timeout, ready");
  assert.is(seen(boardWith("resuming"), [machine("stopped")], 10_100), "failed timeout, suspended");
  assert.is(seen(boardWith("suspended"), [machine("running")], 10_100), "suspended");
});

test("a machine that is not shown is lost after a minute, and not before", () => {
  const board = boardWith("ready");
  assert.is(seen(board, [], 60_099), "ready");
  assert.is(seen(board, [], 60_100), "lost, not there");
  assert.is(seen(boardWith("gone"), [], 60_100), "not there");
});

test("a machine that nobody asked for, or a second one of an instance, is to be ended", () => {
  assert.is(seen(new MachineBoard(LIMIT_MS), [machine("running")]), "end i-3, not there");
  assert.is(seen(new MachineBoard(LIMIT_MS), [machine("terminated")]), "not there");
  assert.is(seen(boardWith("ready"), [machine("running"), machine("pending", "i-4")]), "end i-4, ready");
  const launching = new MachineBoard(LIMIT_MS);
  launching.launching(ID, "notebook", TOKEN, 0);
  assert.is(seen(launching, [machine("pending")]), "launching");
});

test("what is there when a run begins is taken over, and what is ending is not", () => {
  for (const [state, phase] of [
    ["pending", "starting"],
    ["running", "ready"],
    ["stopping", "ready"],
    ["stopped", "suspended"],
    ["shutting-down", undefined],
    ["terminated", undefined],
  ] as const) {
    const board = new MachineBoard(LIMIT_MS);
    board.adopt([machine(state)], 0);
    assert.is(board.find(ID)?.phase, phase, state);
  }
});

test.run();
