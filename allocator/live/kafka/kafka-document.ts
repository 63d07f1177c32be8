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
  /** `null`: plain text. `caFile`: whose certificates count; `null`: those that Node trusts. */
  readonly tls: { readonly caFile: string | null } | null;
  /** `null`: nobody asks who this is. */
  readonly sasl: KafkaSasl | null;
}

export const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** Who reads, by a password in a file, which is read anew for each connection. */
export interface KafkaSasl {
  readonly mechanism: (typeof MECHANISMS)[number];
  readonly username: string;
  readonly passwordFile: string;
}

const KEYS = ["brokers", "group", "topics", "deadLetters", "session", "tls", "sasl"];
const LEAST_SESSION_MS = 1_000;

/**
 * Reads what `--kafka` names:
 *
 *     brokers: [127.0.0.1:9092]
 *     group: prae
 *     topics: [activity, usage]
 *     deadLetters: prae-dead-letters
 *     tls: { caFile: ca.pem }
 *     sasl: { mechanism: SCRAM-SHA-512, username: prae, passwordFile: kafka.password }
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
    tls: readTls(root.value("tls"), issues),
    sasl: root.value("sasl") === undefined ? null : readSasl(root.value("sasl"), issues),
  };
  if (issues.length > 0) throw new PolicyError(issues);
  return source;
}

function readTls(value: unknown, issues: PolicyIssue[]): KafkaSource["tls"] {
  if (value === undefined || value === false) return null;
  if (value === true) return { caFile: null };
  return { caFile: new Section(value, "tls", ["caFile"], issues).text("caFile", "") };
}

function readSasl(value: unknown, issues: PolicyIssue[]): KafkaSasl {
  const section = new Section(value, "sasl", ["mechanism", "username", "passwordFile"], issues);
  for (const key of ["mechanism", "username", "passwordFile"]) if (section.value(key) === undefined) section.note(key, "one");
  return {
    mechanism: section.choice("mechanism", MECHANISMS, "SCRAM-SHA-512"),
    username: section.text("username", "-"),
    passwordFile: section.text("passwordFile", "-"),
  };
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
