import { RESOURCE_NAMES, type ResourceName } from "../../core/resources.ts";
import { PolicyError, type PolicyIssue } from "../../policy-issue.ts";
import { Section, show } from "../../policy-section.ts";
import { UNITS } from "./units.ts";

/** What is read from a Prometheus, and how. */
export interface PrometheusSource {
  /** By which the journal knows how far it was read. */
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  /** A file with a bearer token, read anew for each request; `null`: none is needed. */
  readonly tokenFile: string | null;
  /** The label that names the user, in what the queries give. */
  readonly userLabel: string;
  /** Between two instants, which are at whole multiples of it. */
  readonly stepMs: number;
  /** How long after an instant all its samples are taken to be there. */
  readonly delayMs: number;
  /** How far back what was missed is still read. */
  readonly catchUpMs: number;
  /** The longest that a query may take. */
  readonly timeoutMs: number;
  readonly queries: readonly UsageQuery[];
  /** PromQL, above 0 for a user whose use was cut by a limit; `null`: nobody's was. */
  readonly saturated: string | null;
}

/** Of one resource, what each user uses. */
export interface UsageQuery {
  readonly resource: ResourceName;
  /** PromQL that gives one series a user. */
  readonly query: string;
  /** How many of the resource's own unit one of the query's is. */
  readonly perUnit: number;
  /** What it means that a user has no sample: that none is known (`gap`: nothing is said of the user at all), or that it is 0. */
  readonly absent: "gap" | "zero";
}

const KEYS = ["name", "url", "tokenFile", "userLabel", "step", "delay", "catchUp", "timeout", "queries", "saturated"];
const QUERY_KEYS = ["query", "unit", "absent"];

/**
 * Reads what `--prometheus` names:
 *
 *     url: http://127.0.0.1:9090
 *     step: 1m
 *     queries:
 *       cpuMillis: { query: "sum by (user) (rate(container_cpu_usage_seconds_total[2m]))", unit: cores }
 *       memoryMiB: { query: "sum by (user) (container_memory_working_set_bytes)", unit: bytes }
 *
 * @throws PolicyError with the path of everything that is wrong.
 */
export function prometheusFromDocument(document: unknown): PrometheusSource {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", KEYS, issues);
  const stepMs = root.duration("step", 60_000, 1_000);
  const source: PrometheusSource = {
    name: root.text("name", "prometheus"),
    url: readUrl(root),
    tokenFile: root.value("tokenFile") === undefined ? null : root.text("tokenFile", ""),
    userLabel: root.text("userLabel", "user"),
    stepMs,
    delayMs: root.duration("delay", 15_000, 0),
    catchUpMs: root.duration("catchUp", 3_600_000, stepMs),
    timeoutMs: root.duration("timeout", 30_000, 100),
    queries: readQueries(root, issues),
    saturated: root.value("saturated") === undefined ? null : root.text("saturated", ""),
  };
  if (!/^[a-zA-Z_]\w*$/.test(source.userLabel)) root.note("userLabel", "the name of a label");
  if (issues.length > 0) throw new PolicyError(issues);
  return source;
}

function readUrl(root: Section): string {
  const given = root.value("url");
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.username !== "") {
    root.note("url", "an address such as http://127.0.0.1:9090, without a user or a query");
    return "";
  }
  return url.href.replace(/\/+$/, "");
}

function readQueries(root: Section, issues: PolicyIssue[]): readonly UsageQuery[] {
  const given = root.value("queries");
  const queries = new Section(given, "queries", RESOURCE_NAMES, issues);
  const named = RESOURCE_NAMES.filter((resource) => queries.value(resource) !== undefined);
  if (named.length === 0) issues.push({ path: "queries", expected: "a query of at least one resource", found: show(given) });
  return named.map((resource) => {
    const section = new Section(queries.value(resource), `queries.${resource}`, QUERY_KEYS, issues);
    if (section.value("query") === undefined) section.note("query", "PromQL that gives one series a user");
    if (section.value("unit") === undefined) section.note("unit", `one of ${Object.keys(UNITS[resource]).join(", ")}`);
    const unit = section.choice("unit", Object.keys(UNITS[resource]), Object.keys(UNITS[resource])[0] as string);
    return {
      resource,
      query: section.text("query", "-"),
      perUnit: UNITS[resource][unit] as number,
      absent: section.choice("absent", ["gap", "zero"], "gap"),
    };
  });
}
