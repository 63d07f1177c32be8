import { RESOURCE_NAMES, type Resources } from "../allocator/core/resources.ts";
import { IssueList, quote } from "./issue-list.ts";
import type { Issue } from "./issues.ts";
import { NameRows } from "./name-rows.ts";
import { NO_PREWARM, type RequestColumns, type Trace, type UsageColumns } from "./trace.ts";

/**
 * The laws of SCHEMA.md, checked: what is wrong with the trace, the first hundred issues; empty where it is lawful. Linear in the
 * rows; `line` counts rows from 1.
 */
export function checkTrace(trace: Trace): readonly Issue[] {
  const list = new IssueList();
  checkRequests(trace.requests, trace, list);
  checkRequestNames(trace.requests, list);
  return [...checkOtherTables(trace), ...list.issues].slice(0, 100);
}

/** `checkTrace` of all but the requests, where these are elsewhere. */
export function checkOtherTables(trace: Trace): readonly Issue[] {
  const list = new IssueList();
  checkManifest(trace, list);
  checkTiers(trace, list);
  checkUsers(trace, list);
  checkApps(trace, list);
  checkNodes(trace, list);
  if (trace.usage !== null) checkUsage(trace.usage, trace, list);
  checkContext(trace, list);
  if (trace.requests.count === 0 && (trace.usage === null || trace.usage.count === 0)) {
    list.add({ where: "requests", expected: "at least one request or usage sample", found: "none" });
  }
  return list.issues;
}

/** The largest amount, period or count a column can hold. */
export const MAX_AMOUNT = 2 ** 32 - 1;
/** The last tier id is kept for "none". */
export const MAX_TIERS = 254;

function checkManifest({ manifest }: Trace, list: IssueList): void {
  const { startMs, endMs } = manifest.window;
  const found = `[${startMs}, ${endMs})`;
  if (!isTime(startMs) || !isTime(endMs) || startMs >= endMs) {
    list.add({ where: "manifest", path: "window", expected: "integers 0 <= startMs < endMs", found });
  }
  if (manifest.epochMs !== null && !Number.isSafeInteger(manifest.epochMs)) {
    list.add({ where: "manifest", path: "epochMs", expected: "an integer or null", found: `${manifest.epochMs}` });
  }
}

function checkTiers({ tiers }: Trace, list: IssueList): void {
  if (tiers.length < 1 || tiers.length > MAX_TIERS) {
    list.add({ where: "tiers", expected: `1 to ${MAX_TIERS} tiers`, found: `${tiers.length}` });
  }
  checkNames("tiers", "tier", tiers, list);
  for (const [row, tier] of tiers.entries()) {
    checkAmount("tiers", row, "target_start_ms", tier.targetStartMs, list);
    checkAmount("tiers", row, "priority", tier.priority, list);
    const level = tier.levelPpm;
    if (!Number.isInteger(level) || level < 1 || level > 1_000_000) {
      list.add({ where: "tiers", line: row + 1, path: "level_ppm", expected: "an integer from 1 to 1000000", found: `${level}` });
    }
  }
}

function checkUsers({ users, tiers, apps }: Trace, list: IssueList): void {
  checkNames("users", "user_id", users, list);
  for (const [row, user] of users.entries()) {
    checkIndex("users", row, "tier", user.tier, tiers.length, list);
    if (!isTimeZone(user.timeZone)) {
      const found = quote(user.timeZone);
      list.add({ where: "users", line: row + 1, path: "time_zone", expected: "an IANA time zone", found, hint: "Europe/Berlin" });
    }
    let before = -1;
    for (const app of user.permissions ?? []) {
      checkIndex("users", row, "permissions", app, apps.length, list);
      if (app <= before) {
        const expected = "app indices ascending, none twice";
        list.add({ where: "users", line: row + 1, path: "permissions", expected, found: `${before}, ${app}` });
      }
      before = app;
    }
  }
}

function checkApps({ apps }: Trace, list: IssueList): void {
  checkNames("apps", "app_id", apps, list);
  for (const [row, app] of apps.entries()) {
    checkResources("apps", row, app.shape, list);
    checkAmount("apps", row, "cold_start_ms", app.coldStartMs, list);
    checkAmount("apps", row, "resume_ms", app.resumeMs, list);
    checkAmount("apps", row, "concurrency", app.concurrency, list, 1);
  }
}

function checkNodes({ nodes }: Trace, list: IssueList): void {
  if (nodes === null) return;
  if (nodes.length === 0)
    list.add({ where: "nodes", expected: "at least one node, or no table of nodes", found: "an empty table" });
  checkNames("nodes", "node_id", nodes, list);
  for (const [row, node] of nodes.entries()) {
    if (node.pool === "") list.add({ where: "nodes", line: row + 1, path: "pool_id", expected: "a name", found: '""' });
    checkResources("nodes", row, node.capacity, list);
  }
}

function checkRequests(requests: RequestColumns, trace: Trace, list: IssueList): void {
  const { count, submitMs, runMs, user, app, tier, shape, shapes } = requests;
  for (const [path, column] of Object.entries({ submitMs, runMs, user, app, tier, shape })) {
    if (column.length !== count) list.add({ where: "requests", path, expected: `${count} rows`, found: `${column.length}` });
  }
  if (list.total > 0) return;
  const { startMs, endMs } = trace.manifest.window;
  let before = 0;
  let users = 0;
  let apps = 0;
  let used = 0;
  let row = 0;
  const problem = (path: string, expected: string, found: number) =>
    list.add({ where: "requests", line: row + 1, path, expected, found: `${found}` });
  for (; row < count; row += 1) {
    const submit = submitMs[row] as number;
    const run = runMs[row] as number;
    if (!isTime(submit)) problem("submit_ms", TIME, submit);
    else if (submit < startMs || submit >= endMs) problem("submit_ms", `a time inside [${startMs}, ${endMs})`, submit);
    if (submit < before) problem("submit_ms", `a time not before the row above (${before})`, submit);
    if (!isTime(run) || !isTime(submit + run)) problem("run_ms", TIME, run);
    before = submit;
    users = checkFirstUse("user_id", user[row] as number, users, trace.users.length, problem);
    apps = checkFirstUse("app_id", app[row] as number, apps, trace.apps.length, problem);
    used = checkFirstUse("shape", shape[row] as number, used, shapes.length, problem);
    if ((tier[row] as number) >= trace.tiers.length) problem("tier", `an index below ${trace.tiers.length}`, tier[row] as number);
  }
  if (used !== shapes.length)
    list.add({ where: "requests", path: "shape", expected: `${used} shapes, all in use`, found: `${shapes.length}` });
  const seen = new Set<string>();
  for (const [code, resources] of shapes.entries()) {
    checkResources("shapes", code, resources, list);
    const key = RESOURCE_NAMES.map((name) => resources[name]).join(",");
    if (seen.has(key)) list.add({ where: "shapes", line: code + 1, expected: "amounts not listed above", found: key });
    seen.add(key);
  }
}

/** Indices are dense in order of first use: each is at most one above the largest so far. Gives how many are in use now. */
function checkFirstUse(
  path: string,
  index: number,
  used: number,
  rows: number,
  problem: (path: string, expected: string, found: number) => void,
): number {
  if (index < used) return used;
  if (index >= rows) problem(path, `an index below ${rows}`, index);
  else if (index > used) problem(path, `an index at most ${used}: ids are dense in order of first appearance`, index);
  return index + 1;
}

function checkRequestNames({ names, count }: RequestColumns, list: IssueList): void {
  if (names === null) return;
  if (names.length !== count)
    list.add({ where: "requests", path: "request_id", expected: `${count} names`, found: `${names.length}` });
  const firstRow = new NameRows();
  for (const [row, name] of names.entries()) {
    const first = firstRow.put(name, row);
    if (name !== "" && first === row) continue;
    const expected = name === "" ? "a name" : `an id not used in row ${first + 1}`;
    list.add({ where: "requests", line: row + 1, path: "request_id", expected, found: quote(name) });
  }
}

function checkUsage(usage: UsageColumns, trace: Trace, list: IssueList): void {
  const { count, atMs, user, windowMs } = usage;
  for (const [path, column] of Object.entries(usage)) {
    if (typeof column === "number" || column.length === count) continue;
    list.add({ where: "usage", path, expected: `${count} rows`, found: `${column.length}` });
    return;
  }
  const { startMs, endMs } = trace.manifest.window;
  const lastAtMs = new Float64Array(trace.users.length).fill(-1);
  let before = 0;
  let row = 0;
  const problem = (path: string, expected: string, found: number) =>
    list.add({ where: "usage", line: row + 1, path, expected, found: `${found}` });
  for (; row < count; row += 1) {
    const at = atMs[row] as number;
    if (!isTime(at)) problem("at_ms", TIME, at);
    else if (at < startMs || at > endMs) problem("at_ms", `a time inside [${startMs}, ${endMs}]`, at);
    if (at < before) problem("at_ms", `a time not before the row above (${before})`, at);
    before = at;
    if (windowMs[row] === 0) problem("window_ms", "at least 1", 0);
    const owner = user[row] as number;
    if (owner >= trace.users.length) problem("user_id", `an index below ${trace.users.length}`, owner);
    else if (lastAtMs[owner] === at) problem("at_ms", "one sample a user and time", at);
    lastAtMs[owner] = at;
  }
}

function checkContext({ context, users, apps }: Trace, list: IssueList): void {
  const named = new Set(apps.map(({ name }) => name));
  let before = 0;
  for (const [row, { atMs, endMs, kind, label, user }] of context.entries()) {
    const line = row + 1;
    if (!isTime(atMs) || !isTime(endMs) || endMs < atMs) {
      list.add({ where: "context", line, path: "end_ms", expected: "integers 0 <= at_ms <= end_ms", found: `${atMs}, ${endMs}` });
    }
    if (atMs < before) list.add({ where: "context", line, path: "at_ms", expected: `at least ${before}`, found: `${atMs}` });
    before = atMs;
    if (kind === NO_PREWARM && !named.has(label)) {
      list.add({
        where: "context",
        line,
        path: "label",
        expected: `with the kind ${NO_PREWARM}, the name of an app`,
        found: quote(label),
      });
    }
    if (kind === "") list.add({ where: "context", line, path: "kind", expected: "a kind", found: '""' });
    if (user !== null) checkIndex("context", row, "user_id", user, users.length, list);
  }
}

function checkNames(where: string, path: string, rows: readonly { readonly name: string }[], list: IssueList): void {
  const firstRow = new Map<string, number>();
  for (const [row, { name }] of rows.entries()) {
    const first = firstRow.get(name);
    if (name === "") list.add({ where, line: row + 1, path, expected: "a name", found: '""' });
    if (first !== undefined) {
      list.add({ where, line: row + 1, path, expected: `a name not used in row ${first + 1}`, found: quote(name) });
    }
    firstRow.set(name, first ?? row);
  }
}

function checkIndex(where: string, row: number, path: string, index: number, rows: number, list: IssueList): void {
  if (Number.isInteger(index) && index >= 0 && index < rows) return;
  list.add({ where, line: row + 1, path, expected: `an index from 0 to ${rows - 1}`, found: `${index}` });
}

function checkResources(where: string, row: number, resources: Resources, list: IssueList): void {
  for (const name of RESOURCE_NAMES) checkAmount(where, row, name, resources[name], list);
}

function checkAmount(where: string, row: number, path: string, amount: number, list: IssueList, least = 0): void {
  if (Number.isInteger(amount) && amount >= least && amount <= MAX_AMOUNT) return;
  list.add({ where, line: row + 1, path, expected: `an integer from ${least} to ${MAX_AMOUNT}`, found: `${amount}` });
}

const TIME = "a non-negative integer (at most 2^53 - 1)";

function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

const knownTimeZones = new Map<string, boolean>();

/** Whether the name is one that this machine's time zone database knows. */
export function isTimeZone(name: string): boolean {
  let known = knownTimeZones.get(name);
  if (known === undefined) {
    try {
      // Newer engines also take offsets such as "+01:00"; an older one could not read such a trace.
      if (!/^[A-Za-z]/.test(name)) throw new RangeError(name);
      known = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
    } catch {
      known = false;
    }
    knownTimeZones.set(name, known);
  }
  return known;
}
