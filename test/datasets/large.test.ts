import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../allocator/core/random.ts";
import { loadCanonical } from "../../datasets/canonical/canonical.ts";
import type { CanonicalOptions } from "../../datasets/canonical/reader.ts";
import { InputError } from "../../datasets/issues.ts";
import { loadTrace, writeLargeTrace, writeTrace } from "../../datasets/store.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-large-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

let folders = 0;

function folderOf(files: Readonly<Record<string, string>>): string {
  folders += 1;
  const path = join(folder, `source-${folders}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** More rows than a chunk has, and than fit into one row group of the unsorted ones. */
function requests(seed: number, count: number, columns: { readonly sorted: boolean; readonly named: boolean }): string {
  const random = new RandomStream(seed, "requests");
  const lines = [`${columns.named ? "request_id," : ""}user_id,app_id,submit_ms,run_ms,cpu_millis,tier`];
  for (let row = 0; row < count; row += 1) {
    const submit = columns.sorted ? row * 3 : random.below(count);
    const cpu = random.below(3) === 0 ? "" : 500 * (1 + random.below(4));
    const tier = ["", "gold", "standard"][random.below(3)];
    lines.push(
      `${columns.named ? `r${row},` : ""}u${random.below(50)},a${random.below(20)},${submit},${random.below(999)},${cpu},${tier}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

const TIERS = "tier,target_start_ms,priority,level_ppm,may_preempt\nstandard,500,3,990000,true\ngold,100,9,999000,0\n";
const USERS = "user_id,tier,permissions\nu3,gold,a1|a2\nnobody,,\n";
const APPS = "app_id,cold_start_ms,cpu_millis\na2,30000,1000\nunused,5,\n";
const USAGE = "user_id,at_ms,window_ms,cpu_millis\nu3,20000,1000,7\n";
const CONTEXT = "at_ms,end_ms,kind,label,user_id\n5,6,calendar,exam,u3\n";

const CASES: readonly (readonly [name: string, files: Readonly<Record<string, string>>, options?: CanonicalOptions])[] = [
  ["in order", { "requests.csv": requests(1, 5000, { sorted: true, named: false }), "tiers.csv": TIERS }],
  [
    "out of order, with ids and every other table",
    {
      "requests.csv": requests(2, 7000, { sorted: false, named: true }),
      "tiers.csv": TIERS,
      "users.csv": USERS,
      "apps.csv": APPS,
      "usage.csv": USAGE,
      "context.csv": CONTEXT,
    },
  ],
  [
    "cut to a window",
    { "requests.csv": requests(3, 3000, { sorted: false, named: true }), "tiers.csv": TIERS },
    { window: { startMs: 100, endMs: 2000 } },
  ],
  ["a single request", { "requests.csv": "user_id,app_id,submit_ms,run_ms\na,b,7,0\n" }],
];

for (const [name, files, options = {}] of CASES) {
  test(`requests kept in a file give the same trace: ${name}`, async () => {
    const source = folderOf(files);
    const [small, large] = [join(folder, `small-${folders}`), join(folder, `large-${folders}`)];
    await writeTrace(await loadCanonical(source, options), small, { replace: false });
    const outline = await writeLargeTrace(large, { replace: false }, async (spill) =>
      loadCanonical(source, options, undefined, await spill.open()),
    );
    const [expected, found] = [await loadTrace(small), await loadTrace(large)];
    assert.equal(found, expected);
    assert.is(outline.requests.count, expected.requests.count);
    assert.is(outline.requests.submitMs.length, 0);
    assert.equal(readdirSync(large).sort(), readdirSync(small).sort());
  });
}

test("bad input leaves nothing behind", async () => {
  const good = requests(4, 3000, { sorted: true, named: true });
  const bad: [files: Readonly<Record<string, string>>, message: RegExp][] = [
    [{ "requests.csv": good.replace(/\nr2999,u/, "\nr1,u"), "tiers.csv": TIERS }, /3001 request_id/],
    [{ "requests.csv": `${good}r9999,u,a,x,1,,\n`, "tiers.csv": TIERS }, /3002 submit_ms/],
    [{ "requests.csv": "user_id,app_id,submit_ms,run_ms\n" }, /at least one request/],
    [{ "requests.csv": "user_id,app_id,submit_ms,run_ms\na,b,7,0\n", "users.csv": "user_id,tier\na,none\n" }, /none/],
  ];
  const out = join(folder, "out");
  for (const [files, message] of bad) {
    const before = readdirSync(folder).length;
    const source = folderOf(files);
    try {
      await writeLargeTrace(out, { replace: false }, async (spill) => loadCanonical(source, {}, undefined, await spill.open()));
      assert.unreachable();
    } catch (error) {
      assert.instance(error, InputError, String((error as Error).stack));
      assert.match((error as InputError).message, message);
    }
    assert.not.ok(existsSync(out));
    assert.is(readdirSync(folder).length, before + 1, "the source folder alone");
  }
});

test.run();
