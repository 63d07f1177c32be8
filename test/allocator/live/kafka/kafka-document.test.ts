import { test } from "uvu";
import * as assert from "uvu/assert";
import { kafkaFromDocument } from "../../../../allocator/live/kafka/kafka-document.ts";
import { PolicyError } from "../../../../allocator/policy-issue.ts";

function paths(document: unknown): string[] {
  try {
    kafkaFromDocument(document);
  } catch (error) {
    if (error instanceof PolicyError) return error.issues.map(({ path }) => path);
    throw error;
  }
  return [];
}

test("brokers and topics are enough", () => {
  assert.equal(kafkaFromDocument({ brokers: ["a:9092"], topics: ["usage"] }), {
    brokers: ["a:9092"],
    group: "prae",
    topics: ["usage"],
    deadLetters: null,
    sessionMs: 10_000,
    tls: null,
    sasl: null,
  });
});

test("everything that is wrong with one is said, by its path", () => {
  assert.equal(paths({ brokers: "a:9092", topics: [], session: "1ms", more: 1 }), ["more", "brokers", "topics", "session"]);
  assert.equal(paths({ brokers: ["a"], topics: ["a b"], group: "" }), ["brokers", "topics", "group"]);
  assert.equal(paths({ brokers: ["a:1", "a:1"], topics: ["t"], deadLetters: "t" }), ["brokers", "deadLetters"]);
  const names = { brokers: ["a:1"], topics: ["t"] };
  assert.equal(paths({ ...names, tls: {}, sasl: { mechanism: "MD5", username: "u" } }), [
    "tls.caFile",
    "sasl.passwordFile",
    "sasl.mechanism",
  ]);
  assert.equal(paths(null), ["(document)", "brokers", "topics"]);
});

test.run();
