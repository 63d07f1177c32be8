import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "uvu";

/**
 * `test`, or, unless `condition` holds, a stand-in that skips and prints why: uvu's own skip gives no reason, and the runner
 * refuses one without.
 */
export function skipUnless(condition: boolean, reason: string): (name: string, handler: () => void | Promise<void>) => void {
  if (condition) return test;
  return (name) => {
    console.log(`SKIP ${name}: ${reason}`);
    test.skip();
  };
}

/** The folder of real traces: `PRAE_TEST_TRACES`, else `../shared/data` beside the checkout; `null`: neither is there. */
export function realTraces(): string | null {
  const folder = resolve(process.env["PRAE_TEST_TRACES"] ?? "../shared/data");
  return existsSync(folder) ? folder : null;
}

/** A test on real traces, given their folder; skipped where there is none. */
export function testOnTraces(name: string, handler: (folder: string) => void | Promise<void>): void {
  const folder = realTraces();
  skipUnless(folder !== null, "no real traces here (set PRAE_TEST_TRACES to their folder)")(name, () => handler(folder!));
}
