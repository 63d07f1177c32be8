import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../../allocator/core/sha256.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

test("the examples of FIPS 180", () => {
  const examples: [message: string, digest: string][] = [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
  ];
  for (const [message, digest] of examples) assert.is(sha256(ascii(message)), digest);
});

test("every length from 0 to 200 gives what the platform gives", () => {
  for (let length = 0; length <= 200; length += 1) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 73 + length) & 255);
    assert.is(sha256(message), createHash("sha256").update(message).digest("hex"), `${length} bytes`);
  }
});

test.run();
