import { test } from "uvu";
import * as assert from "uvu/assert";
import { describeError, verdictOn } from "../../../../allocator/live/aws/aws-errors.ts";

const error = (name: string, httpStatusCode?: number) => Object.assign(new Error("no"), { name, $metadata: { httpStatusCode } });

test("what AWS says comes to a reason, or to another try", () => {
  for (const [name, status, verdict] of [
    ["RequestLimitExceeded", 503, "retry"],
    ["Throttling", 400, "retry"],
    ["IncorrectInstanceState", 400, "retry"],
    ["SomethingNew", 500, "retry"],
    ["SomethingNew", 429, "retry"],
    ["TimeoutError", undefined, "retry"],
    ["SomethingNew", 400, "launch_failed"],
    ["TypeError", undefined, "launch_failed"],
    ["InsufficientInstanceCapacity", 500, "no_capacity"],
    ["VcpuLimitExceeded", 400, "no_capacity"],
    ["UnauthorizedOperation", 403, "denied"],
    ["UnsupportedHibernationConfiguration", 400, "unsupported"],
    ["InvalidInstanceID.NotFound", 400, "unknown_target"],
  ] as const)
    assert.is(verdictOn(error(name, status), "launch_failed"), verdict, `${name} ${status}`);
  assert.is(verdictOn(Object.assign(new Error("read"), { code: "ECONNRESET" }), "denied"), "retry");
});

test("in the log it is a line", () => {
  assert.is(describeError(Object.assign(new Error("a\nb"), { name: "Blocked" })), "Blocked: a");
  assert.is(describeError(Object.assign(new Error("connect"), { code: "ECONNREFUSED" })), "ECONNREFUSED: connect");
});

test.run();
