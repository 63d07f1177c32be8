import { Admin } from "@platformatic/kafka";
import { LiveError } from "../live-error.ts";
import type { KafkaSource } from "./kafka-document.ts";

/**
 * Asks the broker for the topics: one that is not there would never be read. A broker that is away is no reason not to begin.
 * @throws LiveError with every topic that is missing.
 */
export async function checkTopics({ brokers, topics, deadLetters }: KafkaSource): Promise<void> {
  const admin = new Admin({ clientId: "prae", bootstrapBrokers: [...brokers], retries: 0 });
  const there = await admin.listTopics().catch(() => null);
  await admin.close();
  if (there === null) return;
  const wanted = topics.map((topic) => ({ path: "topics", topic }));
  if (deadLetters !== null) wanted.push({ path: "deadLetters", topic: deadLetters });
  const missing = wanted.filter(({ topic }) => !there.includes(topic));
  if (missing.length === 0) return;
  const hint = "make it, with kafka-topics.sh --create";
  throw new LiveError(
    missing.map(({ path, topic }) => ({ path, expected: "topics that are there", found: `no ${topic}`, hint })),
  );
}
