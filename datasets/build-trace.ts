import { type Assembled, assembleTrace, type Gathered } from "./assemble-trace.ts";
import { largeTraceDigest, traceDigest } from "./digest.ts";
import { IssueList } from "./issue-list.ts";
import { InputError } from "./issues.ts";
import { assembleLarge } from "./large/assemble-large.ts";
import type { SpilledRequests } from "./large/spilled-requests.ts";
import { checkOtherTables, checkTrace, MAX_AMOUNT } from "./laws.ts";
import { NameTable } from "./name-table.ts";
import { NO_TIER, RequestBuffer, UsageBuffer } from "./row-buffers.ts";
import { ShapeTable } from "./shape-table.ts";
import { TRACE_DEFAULTS, type TraceDefaults } from "./tiers.ts";
import type { NodeRow, TierRow, Trace, TraceManifest } from "./trace.ts";
import type { AppInput, ContextInput, RequestInput, TraceDescription, UsageInput, UserInput, Window } from "./trace-input.ts";

/**
 * Makes a lawful trace from rows in any order: sorts by time then row, gives ids in order of first appearance, shares equal
 * amounts, fills in what is not given and says so in the manifest, and computes the digest.
 *
 * Users and apps need not be declared: the first use of a name makes one with the defaults. Without tiers, `DEFAULT_TIERS`.
 */
export class TraceBuilder {
  readonly #description: TraceDescription;
  readonly #defaults: TraceDefaults;
  readonly #tiers: TierRow[] = [];
  readonly #tierNames: string[] = [];
  readonly #users = new NameTable<UserInput>("users", (name) => ({ name }));
  readonly #apps = new NameTable<AppInput>("apps", (name) => ({ name }));
  readonly #nodes: NodeRow[] = [];
  readonly #requests = new RequestBuffer();
  #spilled: SpilledRequests | null;
  readonly #requestNames: string[] = [];
  readonly #requestShapes = new ShapeTable();
  readonly #usage = new UsageBuffer();
  readonly #usageShapes = new ShapeTable();
  readonly #context: ContextInput[] = [];
  readonly #rowsRead: Record<string, number> = {};
  readonly #rowsDropped: { table: string; reason: string; count: number }[] = [];
  readonly #assumptions: string[] = [];
  readonly #notes: string[] = [];
  readonly #issues = new IssueList();

  /** `spilled`: where the requests go instead of into memory; then `finish` takes the place of `build`. */
  constructor(description: TraceDescription, defaults: Partial<TraceDefaults> = {}, spilled: SpilledRequests | null = null) {
    this.#description = description;
    this.#spilled = spilled;
    this.#defaults = { ...TRACE_DEFAULTS, ...defaults };
  }

  /** From now on requests go there: before the first of them, as if given to the constructor. */
  spillInto(spilled: SpilledRequests): void {
    this.#spilled = spilled;
  }

  tier(row: TierRow): this {
    this.#tiers.push(row);
    return this;
  }

  user(row: UserInput): this {
    this.#users.declare(row);
    return this;
  }

  app(row: AppInput): this {
    this.#apps.declare(row);
    return this;
  }

  node(row: NodeRow): this {
    this.#nodes.push(row);
    return this;
  }

  request(row: RequestInput): this {
    const { cpuMillis = -1, memoryMiB = -1, gpuMillis = -1, networkKbps = -1 } = row.requested ?? {};
    this.addRequest(
      row.submitMs,
      row.runMs,
      this.userIndex(row.user),
      this.appIndex(row.app),
      row.tier === undefined ? NO_TIER : this.tierCode(row.tier),
      cpuMillis,
      memoryMiB,
      gpuMillis,
      networkKbps,
    );
    if (row.name !== undefined) this.addRequestName(row.name);
    return this;
  }

  usage(row: UsageInput): this {
    const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = row.used;
    this.addUsage(row.atMs, this.userIndex(row.user), row.windowMs, cpuMillis, memoryMiB, gpuMillis, networkKbps);
    return this;
  }

  context(row: ContextInput): this {
    if (row.user !== null) this.#users.index(row.user);
    this.#context.push(row);
    return this;
  }

  /** Something a reader of the trace must know. */
  note(text: string): this {
    this.#notes.push(text);
    return this;
  }

  /** A value that the source did not give, in words. */
  assume(text: string): this {
    this.#assumptions.push(text);
    return this;
  }

  countRead(table: string, rows: number): this {
    this.#rowsRead[table] = (this.#rowsRead[table] ?? 0) + rows;
    return this;
  }

  countDropped(table: string, reason: string, count: number): this {
    if (count > 0) this.#rowsDropped.push({ table, reason, count });
    return this;
  }

  /** For millions of rows: the index that `addRequest` takes. */
  userIndex(name: string): number {
    return this.#users.index(name);
  }

  appIndex(name: string): number {
    return this.#apps.index(name);
  }

  hasApp(name: string): boolean {
    return this.#apps.has(name);
  }

  /** A number for a tier's name; whether there is such a tier is checked by `build`. */
  tierCode(name: string): number {
    const code = this.#tierNames.indexOf(name);
    if (code >= 0) return code;
    // 255 is "none"; a trace with so many names has unknown ones, which `build` reports.
    return this.#tierNames.length < NO_TIER ? this.#tierNames.push(name) - 1 : NO_TIER - 1;
  }

  /** `request` for millions of rows. `tier` `NO_TIER`: the user's; an amount of −1: not given. */
  addRequest(
    submitMs: number,
    runMs: number,
    user: number,
    app: number,
    tier: number,
    cpuMillis: number,
    memoryMiB: number,
    gpuMillis: number,
    networkKbps: number,
  ): void {
    const requests = this.#spilled ?? this.#requests;
    const row = requests.count;
    this.#check("requests", "submit_ms", row, submitMs, 0, Number.MAX_SAFE_INTEGER);
    this.#check("requests", "run_ms", row, runMs, 0, Number.MAX_SAFE_INTEGER);
    const shape = this.#requestShapes.code(cpuMillis, memoryMiB, gpuMillis, networkKbps);
    requests.push(submitMs, runMs, user, app, tier, shape);
  }

  /** The source's id of the request just added. */
  addRequestName(name: string): void {
    if (this.#spilled === null) this.#requestNames.push(name);
    else this.#spilled.pushName(name);
  }

  /** `usage` for millions of rows. */
  addUsage(
    atMs: number,
    user: number,
    windowMs: number,
    cpuMillis: number,
    memoryMiB: number,
    gpuMillis: number,
    networkKbps: number,
  ): void {
    this.#check("usage", "at_ms", this.#usage.count, atMs, 0, Number.MAX_SAFE_INTEGER);
    this.#check("usage", "window_ms", this.#usage.count, windowMs, 1, MAX_AMOUNT);
    this.#usage.push(atMs, user, windowMs, this.#usageShapes.code(cpuMillis, memoryMiB, gpuMillis, networkKbps));
  }

  /**
   * The trace. `window`: rows outside it are dropped, and counted; without it, from the first submit to the last submit + run, and
   * at least 1 ms.
   * @throws InputError listing the laws that the rows break, or when there is neither a request nor a usage sample.
   */
  build(window: Window | null = null): Trace {
    this.#issues.throwIfAny();
    const assembled = assembleTrace(this.#gathered(window));
    const trace = this.#traceOf(assembled, traceDigest(assembled.content));
    const issues = checkTrace(trace);
    if (issues.length > 0) throw new InputError(issues);
    return trace;
  }

  /**
   * `build`, also where the requests are spilled. They stay so: the columns of `requests` are empty, its `count` and `shapes` are true.
   */
  async finish(window: Window | null = null): Promise<Trace> {
    const spilled = this.#spilled;
    if (spilled === null) return this.build(window);
    this.#issues.throwIfAny();
    const assembled = await assembleLarge(this.#gathered(window), spilled);
    const digest = await largeTraceDigest(assembled.content, {
      columns: DIGEST_COLUMNS.map((name) => spilled.column(name)),
      names: spilled.named > 0 ? spilled.names() : null,
    });
    const trace = this.#traceOf(assembled, digest);
    const issues = checkOtherTables(trace);
    if (issues.length > 0) throw new InputError(issues);
    return trace;
  }

  #gathered(window: Window | null): Gathered {
    return {
      defaults: this.#defaults,
      epochMs: this.#description.epochMs ?? null,
      tiers: this.#tiers,
      tierNames: this.#tierNames,
      users: this.#users,
      apps: this.#apps,
      nodes: this.#nodes,
      requests: this.#requests,
      requestNames: this.#requestNames,
      requestShapes: this.#requestShapes.shapes,
      usage: this.#usage,
      usageShapes: this.#usageShapes.shapes,
      context: this.#context,
      window,
    };
  }

  #traceOf({ content, assumptions, notes, dropped }: Assembled, digest: string): Trace {
    const { window, epochMs, ...tables } = content;
    const description = this.#description;
    const manifest: TraceManifest = {
      schemaVersion: 1,
      name: description.name,
      source: description.source,
      synthetic: description.synthetic ?? false,
      composite: description.composite ?? false,
      license: description.license,
      citation: description.citation,
      homePage: description.homePage ?? null,
      digest,
      window,
      epochMs,
      rowsRead: { ...this.#rowsRead },
      rowsDropped: [...this.#rowsDropped, ...dropped],
      defaults: [...assumptions, ...this.#assumptions],
      notes: [...notes, ...this.#notes],
    };
    return { manifest, ...tables };
  }

  /** Caught here, because a typed column would turn it into something else, and sorting needs integers. */
  #check(where: string, path: string, row: number, value: number, least: number, most: number): void {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    this.#issues.add({ where, line: row + 1, path, expected: `an integer from ${least} to ${most}`, found: `${value}` });
  }
}

/** The columns of requests in the order of the digest. */
const DIGEST_COLUMNS = ["submit_ms", "run_ms", "user_index", "app_index", "tier_index", "shape"] as const;
