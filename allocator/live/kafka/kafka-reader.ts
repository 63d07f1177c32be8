import { Consumer, type GenericError, type Message, type MessagesStream, Producer } from "@platformatic/kafka";
import { Backoff } from "../backoff.ts";
import type { Clock, SourceSink, Told } from "../ports.ts";
import { Sleeper } from "../sleeper.ts";
import type { TelemetryLog } from "../telemetry-log.ts";
import { connectionOf } from "./connection.ts";
import type { KafkaSource } from "./kafka-document.ts";
import { RecentIds } from "./recent-ids.ts";
import { readRecord } from "./record.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** Records that are taken in with one sync of the journal. */
const MOST_IN_BATCH = 1_000;
const IDS_KNOWN = 100_000;
/** How long the broker holds an answer back until there is something to say. */
const LONGEST_POLL_MS = 1_000;

type Record = Message<Buffer, Buffer, Buffer, Buffer>;

export interface KafkaReaderOptions {
  readonly source: KafkaSource;
  readonly sink: SourceSink;
  readonly clock: Clock;
  readonly log: TelemetryLog;
  /** What it gives to cannot take more. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Reads activity and usage from the topics of a Kafka, as a member of a consumer group. The group's offsets are committed once the
 * journal is synced, so that no record is lost; the journal has its own offsets with what the records told, so that what the broker
 * gives again is known for it.
 */
export class KafkaReader {
  readonly #options: KafkaReaderOptions;
  readonly #sleeper: Sleeper;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  readonly #ids = new RecentIds(IDS_KNOWN);
  readonly #leftOut = new Set<string>();
  #running: Promise<void> = Promise.resolve();
  #stream: MessagesStream<Buffer, Buffer, Buffer, Buffer> | null = null;
  #producer: Producer<Buffer, Buffer, string, string> | null = null;
  #sinkFailed = false;

  constructor(options: KafkaReaderOptions) {
    this.#options = options;
    this.#sleeper = new Sleeper(options.clock);
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#sleeper.isOver) this.#options.onFailure(error);
    });
  }

  /** Resolves when nothing more is given to the sink and the group knows that this reader left. */
  async stop(): Promise<void> {
    this.#sleeper.end();
    this.#stream?.destroy();
    await this.#running;
    await this.#producer?.close(true);
  }

  async #run(): Promise<void> {
    const { clock, log, source } = this.#options;
    while (!this.#sleeper.isOver) {
      try {
        await this.#consume();
      } catch (error) {
        if (this.#sinkFailed) throw error;
        if (this.#sleeper.isOver) return;
        const waitMs = this.#backoff.nextMs();
        log.warn(
          { source: "kafka", group: source.group, why: reasonOf(error), tries: this.#backoff.failures, waitMs },
          "not read",
        );
        await this.#sleeper.until(clock.nowMs() + waitMs);
      }
    }
  }

  /** One membership of the group, until it breaks. */
  async #consume(): Promise<void> {
    const { topics, group, sessionMs } = this.#options.source;
    const consumer = newConsumer(this.#options.source);
    try {
      const stream = await consumer.consume({
        topics: [...topics],
        mode: "committed",
        fallbackMode: "earliest",
        autocommit: false,
        sessionTimeout: sessionMs,
        rebalanceTimeout: Math.max(sessionMs, 60_000),
        heartbeatInterval: Math.floor(sessionMs / 4),
        maxWaitTime: LONGEST_POLL_MS,
      });
      this.#stream = stream;
      if (this.#sleeper.isOver) return;
      this.#options.log.info({ source: "kafka", group, topics }, "reading");
      for await (const first of stream) {
        const records = [first];
        for (let next = stream.read(); next !== null; next = stream.read()) {
          records.push(next);
          if (records.length >= MOST_IN_BATCH) break;
        }
        this.#backoff.worked();
        await this.#takeIn(consumer, records);
        if (this.#sleeper.isOver) return;
      }
      if (!this.#sleeper.isOver) throw new Error("the broker ended the stream");
    } catch (error) {
      if (isOutOfRange(error)) await this.#toEarliest(consumer);
      throw error;
    } finally {
      this.#stream = null;
      await left(consumer);
    }
  }

  /** Partition by partition, in order: into the journal, and then to the group. */
  async #takeIn(consumer: Consumer<Buffer, Buffer, Buffer, Buffer>, records: readonly Record[]): Promise<void> {
    const { topics } = await consumer.metadata({ topics: [...this.#options.source.topics] });
    const byPartition = new Map<string, Record[]>();
    for (const record of records) {
      // A topic that was made anew has another id, and its offsets begin at 0 again.
      const key = `kafka ${record.topic}/${record.partition} ${topics.get(record.topic)?.id}`;
      const list = byPartition.get(key);
      if (list === undefined) byPartition.set(key, [record]);
      else list.push(record);
    }
    for (const [key, all] of byPartition) {
      const taken = BigInt(this.#options.sink.position(key) ?? 0);
      const fresh = all.filter(({ offset }) => offset >= taken);
      const last = all.at(-1) as Record;
      if (fresh.length > 0) await this.#takeInPartition(key, fresh);
      // The journal knows where to go on, whatever becomes of this: the group is told for those who look at its lag.
      const { topic, partition, offset } = last;
      await consumer.commit({ offsets: [{ topic, partition, offset: offset + 1n, leaderEpoch: -1 }] }).catch((error: unknown) => {
        this.#options.log.warn({ source: key, why: reasonOf(error) }, "not committed");
      });
    }
  }

  async #takeInPartition(key: string, records: readonly Record[]): Promise<void> {
    const { sink } = this.#options;
    const told: Told[] = [];
    const ids = new Set<string>();
    for (const record of records) {
      const read = readRecord(record.value);
      if (!("told" in read)) {
        const [issue] = read;
        await this.#bury(record, `${issue?.path}: expected ${issue?.expected}, found ${issue?.found}`);
      } else if (read.id === null || !(this.#ids.has(read.id) || ids.has(read.id))) {
        if (read.id !== null) ids.add(read.id);
        told.push(read.told);
      }
    }
    try {
      const position = (records.at(-1) as Record).offset + 1n;
      for (const { told: one, why } of await sink.takeIn(key, String(position), told)) this.#leave(key, one, why);
      this.#ids.add(ids);
    } catch (error) {
      this.#sinkFailed = true;
      throw error;
    }
  }

  /** A record that cannot be read goes where somebody can look at it. That it cannot go there stops nothing. */
  async #bury({ topic, partition, offset, key, value }: Record, why: string): Promise<void> {
    const { source, log } = this.#options;
    log.warn({ source: "kafka", topic, partition, offset: String(offset), why }, "not a record");
    if (source.deadLetters === null) return;
    try {
      this.#producer ??= new Producer({
        ...connectionOf(source),
        serializers: { headerKey: asBytes, headerValue: asBytes },
      });
      const headers = {
        "prae.topic": topic,
        "prae.partition": String(partition),
        "prae.offset": String(offset),
        "prae.why": why,
      };
      await this.#producer.send({ messages: [{ topic: source.deadLetters, key, value, headers }], acks: -1 });
    } catch (error) {
      log.warn({ source: "kafka", topic: source.deadLetters, why: reasonOf(error) }, "not buried");
    }
  }

  /** Said once for each reason, so that a log does not grow with every record. */
  #leave(key: string, told: Told, why: string): void {
    if (this.#leftOut.has(why)) return;
    if (this.#leftOut.size < IDS_KNOWN) this.#leftOut.add(why);
    this.#options.log.warn({ source: key, kind: told.kind, why }, "left out");
  }

  /** What was to be read next is there no more: the topic kept its records for a shorter time than this was away. */
  async #toEarliest(consumer: Consumer<Buffer, Buffer, Buffer, Buffer>): Promise<void> {
    const assignments = consumer.assignments ?? [];
    const names = assignments.map(({ topic }) => topic);
    if (names.length === 0) return;
    const earliest = await consumer.listOffsets({ topics: names, timestamp: -2n });
    const latest = await consumer.listOffsets({ topics: names, timestamp: -1n });
    const committed = await consumer.listCommittedOffsets({ topics: assignments });
    for (const { topic, partitions } of assignments) {
      for (const partition of partitions) {
        const first = earliest.get(topic)?.[partition] ?? 0n;
        const was = committed.get(topic)?.[partition] ?? -1n;
        if (was < 0n || (was >= first && was <= (latest.get(topic)?.[partition] ?? was))) continue;
        this.#options.log.warn({ source: "kafka", topic, partition, lost: String(first - was) }, "records are gone unread");
        await consumer.commit({ offsets: [{ topic, partition, offset: first, leaderEpoch: -1 }] });
      }
    }
  }
}

const asBytes = (text?: string): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text));

function newConsumer(source: KafkaSource): Consumer<Buffer, Buffer, Buffer, Buffer> {
  return new Consumer({ ...connectionOf(source), groupId: source.group });
}

/** Once the broker knows that the consumer left, or cannot be told. */
function left(consumer: Consumer<Buffer, Buffer, Buffer, Buffer>): Promise<void> {
  return new Promise((resolve) => consumer.close(true, () => resolve()));
}

/** The first cause is what says something. */
function reasonOf(error: unknown): string {
  const { message, cause, errors } = error as Error & { errors?: readonly Error[] };
  const inner = errors?.[0] ?? cause;
  return inner instanceof Error ? reasonOf(inner) : message;
}

function isOutOfRange(error: unknown): boolean {
  const { findBy } = error as GenericError;
  return typeof findBy === "function" && (error as GenericError).findBy("apiId", "OFFSET_OUT_OF_RANGE") !== null;
}
