import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { fits, type Resources } from "../../../allocator/core/resources.ts";
import { RoomTree } from "../../../allocator/core/room-tree.ts";

test("the first with room is the one that looking at each finds, whatever was asked before", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = new RandomStream(seed, "rooms");
    const amount = (): Resources => ({
      cpuMillis: random.below(6),
      memoryMiB: random.below(6),
      gpuMillis: random.below(2),
      networkKbps: random.below(3),
    });
    const tree = new RoomTree();
    const rooms: (Resources | null)[] = [];
    const asked = Array.from({ length: 5 }, amount);
    for (let i = 0; i < 300; i += 1) {
      const id = random.below(Math.min(rooms.length + 1, 20));
      rooms[id] = random.below(5) === 0 ? null : amount();
      tree.set(id, rooms[id]);
      assert.equal(tree.at(id), rooms[id]);
      const size = asked[random.below(asked.length)] as Resources;
      const hasRoom = (room: Resources | null) => room !== null && fits(size, room);
      assert.is(tree.first(size, null), rooms.findIndex(hasRoom), `seed ${seed}, step ${i}`);
      const except = new Set([random.below(20), random.below(20)]);
      const others = rooms.findIndex((room, at) => hasRoom(room) && !except.has(at));
      assert.is(tree.first(size, except), others, `seed ${seed}, step ${i}, but for two`);
      assert.is(tree.fits(size, id), hasRoom(rooms[id] as Resources | null));
      const all: number[] = [];
      tree.each(size, (at) => all.push(at));
      const expected = [...rooms.keys()].filter((at) => hasRoom(rooms[at] as Resources | null));
      assert.equal(all, expected);
    }
  }
});

test("where nothing is, nothing fits", () => {
  const tree = new RoomTree();
  const nothing = { cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  assert.is(tree.first(nothing, null), -1);
  assert.is(tree.at(7), null);
  assert.not(tree.fits(nothing, 7));
  tree.set(7, nothing);
  assert.is(tree.first(nothing, null), 7);
});

test.run();
