import { test } from "uvu";
import { DryRunPlatform } from "../../../allocator/live/dry-run.ts";
import { FLEET } from "../../support/live-fleet.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { CONTRACT_NAMES, platformContract } from "../../support/platform-contract.ts";

platformContract("dry-run", async () => {
  const clock = new ManualClock(1_000_000);
  return {
    ...{ size: FLEET.apps[0]!.shape, node: null },
    open: async () => new DryRunPlatform(FLEET, CONTRACT_NAMES, clock),
    until: async (holds) => {
      for (let i = 0; i < 100 && !holds(); i += 1) await clock.pass(1_000);
      if (!holds()) throw new Error("it did not come to that within 100 s");
    },
    settle: () => clock.pass(60_000),
    close: async () => {},
  };
});

test.run();
