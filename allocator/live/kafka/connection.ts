import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { BaseOptions } from "@platformatic/kafka";
import type { KafkaSource } from "./kafka-document.ts";

/** How the brokers are reached. Nothing is tried again by itself: whoever asks says what failed. @throws Error where the CA cannot be read. */
export function connectionOf({ brokers, tls, sasl }: KafkaSource): BaseOptions {
  return {
    clientId: "prae",
    bootstrapBrokers: [...brokers],
    retries: 0,
    ...(tls === null ? {} : { tls: tls.caFile === null ? {} : { ca: readFileSync(tls.caFile) } }),
    ...(sasl === null ? {} : { sasl: credentialsOf(sasl) }),
  };
}

function credentialsOf({ mechanism, username, passwordFile }: NonNullable<KafkaSource["sasl"]>) {
  return { mechanism, username, password: async () => (await readFile(passwordFile, "utf8")).trim() };
}
