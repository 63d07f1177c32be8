import { accessSync, constants } from "node:fs";
import { Admin } from "@platformatic/kafka";
import { LiveError, type LiveIssue } from "../live-error.ts";
import { connectionOf } from "./connection.ts";
import type { KafkaSource } from "./kafka-document.ts";

/**
 * Asks the broker for the topics: one that is not there would never be read, nor would any by somebody whom the broker does not know. A
 * broker that is away is no reason not to begin.
 * @throws LiveError with everything that is wrong.
 */
export async function checkTopics(source: KafkaSource): Promise<void> {
  const { topics, deadLetters, tls, sasl } = source;
  const unreadable = [...fileIssues("tls.caFile", tls?.caFile), ...fileIssues("sasl.passwordFile", sasl?.passwordFile)];
  if (unreadable.length > 0) throw new LiveError(unreadable);
  const admin = new Admin(connectionOf(source));
  const there = await admin.listTopics().catch((error: unknown) => refusalOf(error));
  await admin.close();
  if (there === null) return;
  if (!Array.isArray(there)) throw new LiveError([there]);
  const wanted = topics.map((topic) => ({ path: "topics", topic }));
  if (deadLetters !== null) wanted.push({ path: "deadLetters", topic: deadLetters });
  const missing = wanted.filter(({ topic }) => !there.includes(topic));
  if (missing.length === 0) return;
  const hint = "make it, with kafka-topics.sh --create";
  throw new LiveError(
    missing.map(({ path, topic }) => ({ path, expected: "topics that are there", found: `no ${topic}`, hint })),
  );
}

function fileIssues(path: string, file: string | null | undefined): LiveIssue[] {
  if (file == null) return [];
  try {
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    return [{ path, expected: "a file that can be read", found: (error as Error).message }];
  }
}

/** What waiting does not help against; `null`: it may. */
function refusalOf(error: unknown): LiveIssue | null {
  const { code, message, cause, errors } = error as Error & { code?: string; errors?: readonly Error[] };
  const hint = "ask whoever runs the Kafka";
  if (code === "PLT_KFK_AUTHENTICATION") return { path: "sasl", expected: "to be let in", found: message, hint };
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code ?? ""))
    return { path: "tls", expected: "a certificate to trust", found: message, hint };
  for (const inner of [cause, ...(errors ?? [])]) {
    const found = inner === undefined ? null : refusalOf(inner);
    if (found !== null) return found;
  }
  return null;
}
