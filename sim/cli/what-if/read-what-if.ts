import { parseDurationMs } from "../../../allocator/policy-document.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import { WHAT_IF_FORMS } from "./forms.ts";

/** What a person wants to be otherwise, as written; what its names and times mean is for `worldOf` to say, which has the trace. */
export type WhatIf =
  | {
      readonly kind: "demand" | "users" | "start-up";
      readonly text: string;
      readonly factorPpm: number;
      readonly at: string | null;
    }
  | {
      readonly kind: "burst";
      readonly text: string;
      readonly factorPpm: number;
      /** Name of an app, or `*`. */
      readonly app: string;
      readonly at: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: "fail";
      readonly text: string;
      /** A pool, a node by name with `*` for anything, or a share: "20%". */
      readonly target: string;
      readonly at: string | null;
      readonly durationMs: number | null;
    };

const MOST_FACTOR = 1_000;

/**
 * `--what-if` options, each of one or several what-ifs separated by commas.
 * @throws InputError with all that is wrong in any of them.
 */
export function readWhatIfs(options: readonly string[]): readonly WhatIf[] {
  const issues: Issue[] = [];
  const whatIfs: WhatIf[] = [];
  for (const text of options.flatMap((option) => option.split(/,(?=\s*[\w-]*=)/)).map((part) => part.trim())) {
    if (whatIfs.some((other) => other.text === text)) {
      issues.push({ where: "--what-if", expected: "each what-if once", found: `"${text}" twice` });
      continue;
    }
    const note = (expected: string, found: string) => issues.push({ where: "--what-if", path: text, expected, found });
    const whatIf = readOne(text, note);
    if (whatIf !== null) whatIfs.push(whatIf);
  }
  if (issues.length > 0) throw new InputError(issues);
  return whatIfs;
}

type Note = (expected: string, found: string) => void;

function readOne(text: string, note: Note): WhatIf | null {
  const [, kind = "", value = ""] = /^([\w-]*)=(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case "demand":
    case "users":
    case "start-up": {
      const [, factor = "", at = null] = /^([^@]*)(?:@(.+))?$/s.exec(value) ?? [];
      const factorPpm = readFactor(factor, note);
      return factorPpm === null ? null : { kind, text, factorPpm, at };
    }
    case "burst":
      return readBurst(text, value, note);
    case "fail":
      return readFailure(text, value, note);
    default:
      note(WHAT_IF_FORMS.join(", "), JSON.stringify(text));
      return null;
  }
}

function readBurst(text: string, value: string, note: Note): WhatIf | null {
  const match = /^(.+)@(.+)\+([^+]+?)(?:×|\*|x)([^+×*x]+)$/s.exec(value);
  if (match === null) {
    note("burst=APP@TIME+DURATION×FACTOR, * for every app: burst=*@14:00+10m×5", JSON.stringify(value));
    return null;
  }
  const [, app = "", at = "", duration = "", factor = ""] = match;
  const durationMs = readDuration(duration, note);
  const factorPpm = readFactor(factor, note);
  return durationMs === null || factorPpm === null ? null : { kind: "burst", text, app, at, durationMs, factorPpm };
}

function readFailure(text: string, value: string, note: Note): WhatIf | null {
  const [, before = "", duration = null] = /^(.*?)(?:\+([^+]*))?$/s.exec(value) ?? [];
  const [, target = "", at = null] = /^(.*?)(?:@(.+))?$/s.exec(before) ?? [];
  const share = /^(.*)%$/.exec(target)?.[1];
  if (target === "") note("a pool, a node (with * for anything) or a share: fail=20%@14:00+1h", "nothing");
  if (share !== undefined && !(Number(share) > 0 && Number(share) <= 100))
    note("a share above 0 % and up to 100 %", `"${target}"`);
  const durationMs = duration === null ? null : readDuration(duration, note);
  return target === "" || (duration !== null && durationMs === null) ? null : { kind: "fail", text, target, at, durationMs };
}

function readFactor(text: string, note: Note): number | null {
  const factor = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (factor >= 0 && factor <= MOST_FACTOR) return Math.round(factor * 1_000_000);
  note(
    `a factor from 0 to ${MOST_FACTOR} with at most six decimals, such as 1.2`,
    text === "" ? "nothing" : JSON.stringify(text),
  );
  return null;
}

function readDuration(text: string, note: Note): number | null {
  const durationMs = parseDurationMs(text);
  if (durationMs !== null && durationMs > 0) return durationMs;
  note("a duration above 0, such as 90s, 10m or 1h", JSON.stringify(text));
  return null;
}
