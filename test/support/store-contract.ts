import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Portion, type Store, StoreError } from "../../allocator/live/store/store.ts";

const used = (cpuMillis: number) => ({ cpuMillis, memoryMiB: 2, gpuMillis: 0, networkKbps: 4_000_000_000 });
const usage = (user: string, atMs: number, cpuMillis: number) => ({
  user,
  atMs,
  windowMs: 60_000,
  used: used(cpuMillis),
  saturated: cpuMillis % 2 === 1,
});
const profile = (user: string, sinceMs: number, tier = "standard") => ({
  user,
  sinceMs,
  tier,
  role: 'it\'s "quoted" 🙂',
  timeZone: "Europe/Berlin",
  permissions: ["notebook"] as readonly string[] | null,
  optOut: [] as readonly string[],
});
const EMPTY: Omit<Portion, "events"> = { profiles: [], usage: [] };
const LATE_MS = 2 ** 45;

/** What every store promises, whatever keeps it. `open` gives the same one again; each test has runs of its own. */
export function testStoreContract(open: () => Promise<Store>): void {
  const opened = async (act: (store: Store) => Promise<void>) => {
    const store = await open();
    try {
      await act(store);
    } finally {
      await store.close();
    }
  };

  test("what is added is there, in order, for whoever opens the store next", async () => {
    await opened(async (store) => {
      assert.is(await store.events("first"), 0);
      const rows = [usage("bob", LATE_MS, 1), usage("alice", LATE_MS, 2), usage("bob", LATE_MS + 1, 0xffff_ffff)];
      assert.is(await store.add("first", 0, { events: 7, profiles: [profile("zoë", 1), profile("Bob", 2)], usage: rows }), true);
    });
    await opened(async (store) => {
      assert.is(await store.events("first"), 7);
      assert.equal(await store.profiles("first"), [profile("Bob", 2), profile("zoë", 1)]);
      const all = { fromMs: 0, toMs: LATE_MS + 1 };
      assert.equal(await store.usage("first", all), [
        usage("bob", LATE_MS, 1),
        usage("alice", LATE_MS, 2),
        usage("bob", LATE_MS + 1, 0xffff_ffff),
      ]);
      assert.equal(await store.usage("first", { ...all, user: "alice" }), [usage("alice", LATE_MS, 2)]);
      assert.is((await store.usage("first", { fromMs: LATE_MS, toMs: LATE_MS + 1 })).length, 1, "(from, to]");
      assert.is((await store.usage("first", { fromMs: LATE_MS - 1, toMs: LATE_MS })).length, 2);
      assert.equal(await store.usage("another", all), []);
      assert.equal(await store.profiles("another"), []);
    });
  });

  test("of a user that is defined again the last profile counts", () =>
    opened(async (store) => {
      const first = [profile("a", 1), profile("b", 1), { ...profile("a", 2, "premium"), permissions: null, optOut: ["x", "y"] }];
      await store.add("profiles", 0, { ...EMPTY, events: 3, profiles: first });
      assert.equal(await store.profiles("profiles"), [first[2], first[1]]);
      await store.add("profiles", 3, { ...EMPTY, events: 4, profiles: [profile("b", 9, "batch")] });
      assert.is((await store.profiles("profiles"))[1]?.tier, "batch");
    }));

  test("a portion is added once, and none is left out", () =>
    opened(async (store) => {
      const portion = { ...EMPTY, events: 2, usage: [usage("a", 1, 1)] };
      assert.is(await store.add("once", 1, portion), false, "the first event is missing");
      assert.is(await store.add("once", 0, portion), true);
      assert.is(await store.add("once", 0, portion), false, "again");
      assert.is(await store.add("once", 3, { ...portion, events: 4 }), false, "a gap");
      assert.equal([await store.events("once"), (await store.usage("once", { fromMs: 0, toMs: 9 })).length], [2, 1]);
    }));

  test("of several who add the same portion one succeeds", async () => {
    const store = await open();
    const tries = Array.from({ length: 8 }, (_, i) => store.add("race", 0, { ...EMPTY, events: 1, usage: [usage("a", 1, i)] }));
    assert.is((await Promise.all(tries)).filter(Boolean).length, 1);
    assert.is((await store.usage("race", { fromMs: 0, toMs: 9 })).length, 1);
    await store.close();
  });

  test("what fails in the middle leaves nothing", () =>
    opened(async (store) => {
      const rows = Array.from({ length: 1_200 }, (_, i) => usage("a", i, i));
      const broken = { ...usage("a", 1, 1), user: null as unknown as string };
      const failed = await store
        .add("half", 0, { ...EMPTY, events: 1_201, usage: [...rows, broken] })
        .catch((error: unknown) => error);
      assert.instance(failed, StoreError);
      assert.is(await store.events("half"), 0);
      assert.equal(await store.usage("half", { fromMs: -1, toMs: 9_999 }), []);
      assert.is(await store.add("half", 0, { ...EMPTY, events: 1_200, usage: rows }), true);
      assert.equal(await store.usage("half", { fromMs: -1, toMs: 9_999 }), rows);
    }));

  test("documents are kept by kind and id, and never change", () =>
    opened(async (store) => {
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 255);
      await store.putDocument("model", "b", bytes);
      await store.putDocument("model", "a", new Uint8Array());
      await store.putDocument("model", "b", Uint8Array.of(1));
      assert.equal(await store.document("model", "b"), bytes);
      assert.equal(await store.document("model", "a"), new Uint8Array());
      assert.is(await store.document("promotion", "b"), null);
      assert.equal([await store.documents("model"), await store.documents("activation")], [["a", "b"], []]);
    }));
}
