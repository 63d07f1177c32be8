import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import { JournalReader, type JournalStep } from "../../allocator/journal/reader.ts";
import { InputError } from "../../datasets/issues.ts";
import { amounts, clock } from "../why/words.ts";
import { journalSlices, unendedWords } from "./journal-file.ts";
import { describeFailure, sayFailure, sayMeanwhile } from "./output.ts";

export interface JournalFilter {
  readonly user: string | undefined;
  readonly app: string | undefined;
  readonly kind: string | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number | undefined;
}

/**
 * Prints a journal with names, one line an event and one, indented, a decision; or as one JSON document. One without an end mark is printed
 * as far as it is whole, which is said on stderr.
 */
export async function catJournal(path: string, filter: JournalFilter, json: boolean): Promise<void> {
  if (!json) return void (await printSteps(path, filter, false));
  await write(`{"journal": ${JSON.stringify(path)}, "steps": [`);
  try {
    const ended = await printSteps(path, filter, true);
    await write(`\n], "ended": ${ended}}\n`);
  } catch (error) {
    // The one document has begun: the failure goes into it.
    const failure = describeFailure(error);
    await write(`\n], "error": ${JSON.stringify(failure.document)}}\n`);
    process.exitCode = sayFailure(failure);
  }
}

/** @returns whether it has an end mark; `null`: what was asked for ended before. */
async function printSteps(path: string, filter: JournalFilter, json: boolean): Promise<boolean | null> {
  const reader = new JournalReader(path);
  const printer = new Printer(reader, filter);
  const { limit = Number.POSITIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter;
  let printed = 0;
  let isThrough = true;
  reading: for await (const slice of journalSlices(reader, path, "taken")) {
    let text = "";
    for (const step of slice) {
      printer.learn(step);
      if (printed >= limit || step.event.atMs >= to) {
        await write(text);
        isThrough = false;
        break reading;
      }
      const wanted = printer.select(step);
      if (wanted === null) continue;
      text += json ? `${printed === 0 ? "\n" : ",\n"}${JSON.stringify(printer.named(wanted))}` : printer.lines(wanted);
      printed += 1;
    }
    await write(text);
  }
  printer.checkNames(path);
  if (!isThrough) return null;
  if (!reader.ended) sayMeanwhile(`prae: ${unendedWords(reader)}`);
  return reader.ended;
}

function write(text: string): Promise<void> {
  return new Promise((done) => process.stdout.write(text, () => done()));
}

/** Knows who owns which instance and asked for which request, so that every line can name its user and app. */
class Printer {
  readonly #reader: JournalReader;
  readonly #filter: JournalFilter;
  readonly #kinds: ReadonlySet<string> | null;
  readonly #requests = new Map<number, { user: number; app: number }>();
  readonly #instances = new Map<number, { user: number | null; app: number }>();

  constructor(reader: JournalReader, filter: JournalFilter) {
    this.#reader = reader;
    this.#filter = filter;
    this.#kinds = filter.kind === undefined ? null : new Set(filter.kind.split(","));
  }

  learn({ event, decisions }: JournalStep): void {
    if (event.kind === "request_arrived") this.#requests.set(event.request, { user: event.user, app: event.app });
    for (const decision of decisions) {
      if (decision.kind === "launch") this.#instances.set(decision.instance, { user: decision.user, app: decision.app });
      if (decision.kind !== "bind") continue;
      const instance = this.#instances.get(decision.instance);
      const request = this.#requests.get(decision.request);
      if (instance !== undefined && request !== undefined) instance.user = request.user;
    }
  }

  /** What of the step is asked for: the event and those of its decisions that match; `null`: nothing. */
  select({ event, decisions }: JournalStep): JournalStep | null {
    const { from } = this.#filter;
    if (from !== undefined && event.atMs < from) return null;
    if (this.#matches(event))
      return { event, decisions: this.#kinds === null ? decisions.filter((d) => this.#concerns(d)) : decisions };
    const wanted = decisions.filter((decision) => this.#matches(decision));
    return wanted.length === 0 ? null : { event, decisions: wanted };
  }

  #matches(line: AllocatorEvent | Decision): boolean {
    return (this.#kinds === null || this.#kinds.has(line.kind)) && this.#concerns(line);
  }

  #concerns(line: AllocatorEvent | Decision): boolean {
    const { user, app } = this.#filter;
    const owner = this.#ownerOf(line);
    return (
      (user === undefined || (owner.user !== null && this.#name("user", owner.user) === user)) &&
      (app === undefined || (owner.app !== null && this.#name("app", owner.app) === app))
    );
  }

  /** @throws InputError when the filter names a user or app that the journal does not know. */
  checkNames(path: string): void {
    for (const table of ["user", "app"] as const) {
      const wanted = this.#filter[table];
      if (wanted === undefined || this.#reader.names[table].includes(wanted)) continue;
      throw new InputError([
        {
          where: path,
          expected: `a journal that knows the ${table} ${JSON.stringify(wanted)}`,
          found: `${this.#reader.names[table].length} others`,
        },
      ]);
    }
  }

  #ownerOf(line: AllocatorEvent | Decision): { user: number | null; app: number | null } {
    const owner = { user: "user" in line ? line.user : null, app: "app" in line ? line.app : null };
    const request = "request" in line && line.request !== null ? this.#requests.get(line.request) : undefined;
    const instance = "instance" in line ? this.#instances.get(line.instance) : undefined;
    return {
      user: owner.user ?? request?.user ?? instance?.user ?? null,
      app: owner.app ?? request?.app ?? instance?.app ?? null,
    };
  }

  named({ event, decisions }: JournalStep): unknown {
    return { event: this.#withNames(event), decisions: decisions.map((decision) => this.#withNames(decision)) };
  }

  #withNames(line: AllocatorEvent | Decision): Record<string, unknown> {
    const { user, app } = this.#ownerOf(line);
    const names = {
      ...(user === null ? {} : { user: this.#name("user", user) }),
      ...(app === null ? {} : { app: this.#name("app", app) }),
      ...("tier" in line ? { tier: this.#name("tier", line.tier) } : {}),
      ...("pool" in line ? { pool: this.#name("pool", line.pool) } : {}),
      ...("node" in line && line.node !== null ? { node: this.#name("node", line.node) } : {}),
    };
    return { ...line, ...names };
  }

  lines({ event, decisions }: JournalStep): string {
    const head = `${clock(event.atMs)}  #${event.seq} ${this.#line(event)}\n`;
    return head + decisions.map((decision) => `${" ".repeat(16)}→ ${this.#line(decision)}\n`).join("");
  }

  #line(line: AllocatorEvent | Decision): string {
    const hidden = new Set(["seq", "atMs", "kind", "index", "because", "name"]);
    const words = Object.entries(this.#withNames(line))
      .filter(([key]) => !hidden.has(key))
      .map(([key, value]) => `${key}=${show(key, value, this.#reader)}`);
    const why = "because" in line ? `  (${reason(line)})` : "";
    return `${line.kind} ${words.join(" ")}`.trimEnd() + why;
  }

  #name(table: "user" | "app" | "tier" | "pool" | "node", id: number): string {
    return this.#reader.names[table][id] ?? String(id);
  }
}

function show(key: string, value: unknown, reader: JournalReader): string {
  if (key === "request" && typeof value === "number") return reader.names.request[value] ?? `r${value}`;
  if (key === "instance") return `i${String(value)}`;
  if (typeof value === "object" && value !== null)
    return "cpuMillis" in value ? amounts(value as Resources) : JSON.stringify(value);
  return String(value);
}

function reason({ because }: Decision): string {
  const { rule, guardrail, rung, batchIndex, levelPpm, factorPpm } = because;
  const parts = [
    rule,
    ...(batchIndex >= 0 ? [`forecast ${batchIndex}`, `level ${levelPpm / 1_000_000}`] : []),
    ...(factorPpm !== 1_000_000 ? [`× ${factorPpm / 1_000_000}`] : []),
    ...(guardrail === "none" ? [] : [`guardrail ${guardrail}`]),
    ...(rung === "none" ? [] : [`rung ${rung}`]),
  ];
  return parts.join(", ");
}
