import { PolicyError, type PolicyIssue } from "../../policy-issue.ts";
import { Section, show } from "../../policy-section.ts";

/** What is read from a Kafka, and how. */
export interface KafkaSource {
  /** `host:port`, of some of the brokers. */
  readonly brokers: readonly string[];
  /** The consumer group; one a state folder. */
  readonly group: string;
  readonly topics: readonly string[];
  /** The topic that records go to which cannot be read; `null`: they are told of in the log alone. */
  readonly deadLetters: string | null;
  /** After how long without a sign of life the group gives this reader's partitions to another one. */
  readonly sessionMs: number;
}

const KEYS = ["brokers", "group", "topics", "deadLetters", "session"];
const LEAST_SESSION_MS = 1_000;

/**
 * Reads what `--kafka` names:
 *
 *     brokers: [127.0.0.1:9092]
 *     group: prae
 *     topics: [activity, usage]
 *     deadLetters: prae-dead-letters
 *
 * @throws PolicyError with the path of everything that is wrong.
 */
export function kafkaFromDocument(document: unknown): KafkaSource {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", KEYS, issues);
  const brokers = list(root, "brokers", /^[^\s:]+:\d{1,5}$/, "addresses such as 127.0.0.1:9092", issues);
  const topics = list(root, "topics", TOPIC, "topics by name", issues);
  const deadLetters = root.value("deadLetters") === undefined ? null : root.text("deadLetters", "");
  if (deadLetters !== null && (!TOPIC.test(deadLetters) || topics.includes(deadLetters)))
    root.note("deadLetters", "a topic that is not read");
  const source = {
    brokers,
    group: root.text("group", "prae"),
    topics,
    deadLetters,
    sessionMs: root.duration("session", 10_000, LEAST_SESSION_MS),
  };
  if (issues.length > 0) throw new PolicyError(issues);
  return source;
}

/** By the rules of Kafka. */
const TOPIC = /^[\w.-]{1,249}$/;

function list(root: Section, key: string, form: RegExp, what: string, issues: PolicyIssue[]): readonly string[] {
  const value = root.value(key);
  const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && form.test(one));
  if (isList && new Set(value).size === value.length) return value as string[];
  issues.push({ path: key, expected: `a list of ${what}, each once`, found: show(value) });
  return [];
}
