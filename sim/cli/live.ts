import type { CommandModule } from "yargs";
import { STORE_OPTIONS } from "./store-options.ts";

const TARGETS = ["dry-run", "kubernetes", "aws"] as const;

export interface LiveArguments {
  readonly fleet: string;
  readonly policy: string | undefined;
  readonly promotion: string | undefined;
  readonly rehearse: boolean;
  readonly canary: string | undefined;
  readonly incumbent: string | undefined;
  readonly canarySeed: number | undefined;
  readonly budget: string | undefined;
  readonly watch: string;
  readonly watchLeast: number;
  readonly store: string | undefined;
  readonly trust: string | undefined;
  readonly target: (typeof TARGETS)[number];
  readonly kubernetes: string | undefined;
  readonly aws: string | undefined;
  readonly state: string;
  readonly standby: boolean;
  readonly segmentMib: number;
  readonly listen: string;
  readonly tokens: string | undefined;
  readonly rate: number;
  readonly prometheus: string | undefined;
  readonly kafka: string | undefined;
  readonly database: string | undefined;
  readonly registry: string | undefined;
  readonly history: string;
  readonly json: boolean;
}

/** Runs the allocator core on what happens now, behind an HTTP API. */
export const command: CommandModule<object, LiveArguments> = {
  command: "live",
  describe: "Run the allocator on what happens now, behind an HTTP API and a page that shows the fleet",
  builder: (yargs) =>
    yargs
      .option("fleet", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "YAML file of tiers, pools, apps and users",
      })
      .option("policy", {
        type: "string",
        requiresArg: true,
        describe: "name, name:key=value,… or file.yaml: a policy that nobody promoted, for a dry run",
      })
      .option("promotion", {
        type: "string",
        requiresArg: true,
        describe: "The promoted policy: an id of prae policies list, or active",
      })
      .option("rehearse", {
        type: "boolean",
        default: false,
        describe: "It decides for nobody: a dry run beside the incumbent, on the same requests and usage",
      })
      .option("canary", {
        type: "string",
        requiresArg: true,
        describe: "The share of the users that it decides for at first, such as 10%; for the others the incumbent does",
      })
      .option("incumbent", {
        type: "string",
        requiresArg: true,
        describe:
          "With --canary or --rehearse: the id of a promotion, or of --policy a policy [default: what the promotion was measured against]",
      })
      .option("canary-seed", {
        type: "number",
        requiresArg: true,
        describe: "With --canary: another seed draws other users [default: from the promotion's id]",
      })
      .option("budget", {
        type: "string",
        requiresArg: true,
        describe: "YAML file of a budget, in place of the policy's own: what may be held ahead of requests in all",
      })
      .option("watch", {
        type: "string",
        default: "1h",
        requiresArg: true,
        describe: "With --canary or --rehearse: over how long what the promotion predicted is compared with what is observed",
      })
      .option("watch-least", {
        type: "number",
        default: 200,
        requiresArg: true,
        describe: "With --canary: from how many requests and samples on what is worse than predicted is rolled back",
      })
      .option("store", STORE_OPTIONS.store)
      .option("trust", STORE_OPTIONS.trust)
      .option("target", {
        choices: TARGETS,
        default: "dry-run" as const,
        requiresArg: true,
        describe: "What it acts on; dry-run: nothing, it says what would be done",
      })
      .option("kubernetes", {
        type: "string",
        requiresArg: true,
        describe: "YAML file of a cluster, and the images of the apps, for --target kubernetes",
      })
      .option("aws", {
        type: "string",
        requiresArg: true,
        describe: "YAML file of a region, images, machine types and Auto Scaling groups, for --target aws",
      })
      .option("state", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "Folder of the journal; the run goes on where that ends",
      })
      .option("segment-mib", {
        type: "number",
        default: 256,
        requiresArg: true,
        describe: "From how many MiB on the journal goes on in another file",
      })
      .option("standby", {
        type: "boolean",
        default: false,
        describe: "Wait while another process has this run, and take its place when it is gone",
      })
      .option("listen", {
        type: "string",
        default: "127.0.0.1:7070",
        requiresArg: true,
        describe: "Address and port of the API; port 0: any that is free",
      })
      .option("tokens", {
        type: "string",
        requiresArg: true,
        describe: "YAML file of who may do what, made by prae tokens [default: nobody may do anything]",
      })
      .option("rate", { type: "number", default: 1000, requiresArg: true, describe: "Most requests a second of one token" })
      .option("prometheus", {
        type: "string",
        requiresArg: true,
        describe: "YAML file of a Prometheus and the queries that say what users use",
      })
      .option("kafka", {
        type: "string",
        requiresArg: true,
        describe: "YAML file of a Kafka and the topics that tell of activity and usage",
      })
      .option("database", {
        type: "string",
        requiresArg: true,
        describe: "Database to keep profiles and usage in: a DuckDB file, or postgres://user@host/database",
      })
      .option("registry", { type: "string", requiresArg: true, describe: "Folder of the models [default: as prae models]" })
      .option("history", {
        type: "string",
        default: "8d",
        requiresArg: true,
        describe: "How far back forecasts look: what networks learn from a week ago needs 8d",
      })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout: how it began" })
      .example("$0 tokens add tokens.yaml --name hub --scopes request,usage,read", "a token for whoever starts instances")
      .example("$0 live --fleet fleet.yaml --policy keep-alive:ttl=10m --state live --tokens tokens.yaml", "")
      .example("$0 live --fleet fleet.yaml --promotion active --state live --tokens tokens.yaml", "what passed the gate")
      .example("$0 live … --promotion active --rehearse", "a dry run of it beside what it was measured against")
      .example("$0 live … --promotion active --canary 10%", "for a tenth of the users; PUT /v1/stage moves it on, or back")
      .example("$0 live … --state /shared/live --standby", "another replica, which takes over within seconds")
      .example("$0 live … --target kubernetes --kubernetes kubernetes.yaml", "instances are pods of that cluster")
      .example("$0 live … --promotion active --target aws --aws aws.yaml", "instances are machines of EC2")
      .example("$0 replay live", "the same decisions again, from the journal alone") as never,
  handler: async (args) => (await import("./live/serve.ts")).serve(args),
};
