import { test } from "uvu";
import * as assert from "uvu/assert";
import type { StageView } from "../../../../allocator/live/stages.ts";
import { stageWords } from "../../../../sim/cli/live/live-words.ts";
import { policyOf } from "../../../support/live-fleet.ts";

const VIEW: StageView = {
  stage: "canary",
  policy: "keep-alive",
  candidate: "rnn",
  promotion: "0123456789abcdef",
  share: 0.1,
  users: { candidate: 3, all: 30 },
  seed: 1,
  reason: "begun",
};
const TRIAL = { candidate: policyOf("keep-alive"), promotion: VIEW.promotion as string, sharePpm: 100_000, seed: 1 };
const said = (view: Partial<StageView>) =>
  stageWords({ ...VIEW, ...view }, TRIAL)
    .trim()
    .split(". ")[0];

test("who decides for whom; a candidate that is called as the policy in force is told apart by its promotion", () => {
  assert.is(said({}), "canary: rnn decides for 3 of 30 users (10 %), keep-alive for the others");
  const same = "keep-alive (in force)";
  assert.is(
    said({ candidate: "keep-alive" }),
    `canary: keep-alive (promotion 0123456789ab) decides for 3 of 30 users (10 %), ${same} for the others`,
  );
  assert.is(
    said({ candidate: "keep-alive", promotion: null }),
    `canary: keep-alive (the candidate) decides for 3 of 30 users (10 %), ${same} for the others`,
  );
  assert.is(
    said({ candidate: "keep-alive", stage: "rolled_back", reason: "by hand" }),
    `keep-alive (promotion 0123456789ab) was rolled back (by hand): ${same} decides for everybody`,
  );
});

test.run();
