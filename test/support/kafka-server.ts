import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Admin, Producer } from "@platformatic/kafka";
import { freePort, ServerProcess } from "./server-process.ts";

/** The one user whom the listener over TLS lets in. */
export const KAFKA_USER = { name: "prae", password: "seven secrets" } as const;
const STORE_PASSWORD = "changeit";
const CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk";

/** A real broker, alone, in KRaft mode, with its data in a folder. */
export class KafkaServer {
  readonly address: string;
  /** Over TLS, by SCRAM-SHA-512; its certificate is in `caFile`. */
  readonly safeAddress: string;
  readonly caFile: string;
  readonly admin: Admin;
  readonly #producer: Producer<Buffer, Buffer, Buffer, Buffer>;
  readonly #settings: string;
  readonly #port: number;
  #process: ServerProcess | null = null;

  private constructor(settings: string, port: number, safePort: number, caFile: string) {
    this.#settings = settings;
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    this.safeAddress = `localhost:${safePort}`;
    this.caFile = caFile;
    this.#producer = new Producer({ clientId: "test", bootstrapBrokers: [this.address] });
    this.admin = new Admin({ clientId: "test", bootstrapBrokers: [this.address], retries: 0 });
  }

  static async start(folder: string): Promise<KafkaServer> {
    const [port, safePort, controller] = [await freePort(), await freePort(), await freePort()];
    const settings = join(folder, "server.properties");
    const [keys, caFile] = [join(folder, "keys.p12"), join(folder, "ca.pem")];
    const store = ["-keystore", keys, "-storetype", "PKCS12", "-storepass", STORE_PASSWORD, "-alias", "broker"];
    done("keytool", ["-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", ...store]);
    done("keytool", ["-exportcert", "-rfc", "-file", caFile, ...store]);
    writeFileSync(
      settings,
      `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},SAFE://127.0.0.1:${safePort},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},SAFE://localhost:${safePort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SAFE:SASL_SSL
inter.broker.listener.name=PLAINTEXT
listener.name.safe.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.safe.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.safe.ssl.keystore.type=PKCS12
listener.name.safe.ssl.keystore.location=${keys}
listener.name.safe.ssl.keystore.password=${STORE_PASSWORD}
log.dirs=${join(folder, "data")}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
`,
    );
    const user = `SCRAM-SHA-512=[name=${KAFKA_USER.name},password="${KAFKA_USER.password}"]`;
    done("java", [...JAVA, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", settings, "--add-scram", user]);
    const server = new KafkaServer(settings, port, safePort, caFile);
    await server.start();
    return server;
  }

  /** Again, on the same data and port. */
  async start(): Promise<void> {
    this.#process = new ServerProcess("java", [...JAVA, "kafka.Kafka", this.#settings]);
    await this.#process.ready(async () => {
      try {
        return (await this.admin.metadata({ topics: [], forceUpdate: true })).brokers.size === 1;
      } catch {
        return false;
      }
    });
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.#process?.end(signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.close(), this.#producer.close()]);
    await this.stop("SIGKILL");
  }

  async topic(name: string, partitions = 1): Promise<void> {
    await this.admin.createTopics({ topics: [name], partitions, replicas: 1 });
  }

  /** Writes the values in order, each to the partition of its key. */
  async write(topic: string, records: readonly { key: string; value: string | Buffer | undefined }[]): Promise<void> {
    for (let i = 0; i < records.length; i += 500) {
      const messages = records.slice(i, i + 500).map(({ key, value }) => ({
        topic,
        key: Buffer.from(key),
        ...(value === undefined ? {} : { value: Buffer.from(value) }),
      }));
      await this.#producer.send({ messages, acks: -1 });
    }
  }

  get port(): number {
    return this.#port;
  }
}

function done(program: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}`);
}

const JAVA = ["-Xmx384m", "-XX:TieredStopAtLevel=1", "-cp", `${process.env["PRAE_KAFKA"] ?? "."}/*`];
