import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { SCOPES, type Scope, type Token, tokenDigest, tokensFromDocument } from "../../allocator/live/http/tokens.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { writeAtomically } from "../../datasets/atomic.ts";
import { IssueList } from "../../datasets/issue-list.ts";
import { InputError } from "../../datasets/issues.ts";
import { readYaml } from "./inputs.ts";
import { printJson, say, sayMeanwhile } from "./output.ts";
import type { TokensArguments } from "./tokens.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 365;
const TOKEN_BYTES = 32;

export async function tokens(args: TokensArguments): Promise<void> {
  refuseOptions(args);
  const known = await readTokens(args);
  if (args.action === "list") return list(known, args);
  if (args.action === "remove") {
    await write(
      args.file,
      known.filter(({ name }) => name !== args.name),
    );
    if (args.json) printJson({ removed: args.name });
    else say(`${args.name} is removed from ${args.file}; prae live refuses it once it is started again`);
    return;
  }
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const added: Token = {
    name: args.name as string,
    sha256: tokenDigest(token),
    scopes: args.scopes?.split(",") as Scope[],
    users: args.users?.split(",") ?? null,
    expiresAtMs: Date.now() + (args.days ?? DEFAULT_DAYS) * DAY_MS,
  };
  await write(args.file, [...known, added]);
  if (args.json) return printJson({ token, ...shown(added) });
  sayMeanwhile(`the token of ${added.name}, which is kept nowhere: ${args.file} has its SHA-256 alone`);
  say(token);
}

function list(known: readonly Token[], { json, file }: TokensArguments): void {
  if (json) return printJson({ tokens: known.map(shown) });
  if (known.length === 0) return say(`${file}: no tokens`);
  for (const token of known) {
    const { name, scopes, users, expires } = shown(token);
    say(`${name}: ${scopes.join(", ")}; ${users === null ? "all users" : users.join(", ")}; until ${expires ?? "removed"}`);
  }
}

function shown({ name, scopes, users, expiresAtMs }: Token) {
  return { name, scopes, users, expires: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString() };
}

async function readTokens({ file, action, name }: TokensArguments): Promise<readonly Token[]> {
  if (!existsSync(file) && action === "add") return [];
  try {
    const known = tokensFromDocument(await readYaml(file));
    const has = known.some((token) => token.name === name);
    if (action === "add" && has) throw issue(name, "a name that no token has yet");
    if (action === "remove" && !has) throw issue(name, `one of ${known.map((token) => token.name).join(", ")}`);
    return known;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new InputError(error.issues.map((one) => ({ where: file, ...one })));
  }
}

async function write(file: string, list: readonly Token[]): Promise<void> {
  const { stringify } = await import("yaml");
  const rows = list.map(({ expiresAtMs, users, ...rest }) => ({
    ...rest,
    ...(users === null ? {} : { users }),
    ...(expiresAtMs === null ? {} : { expires: new Date(expiresAtMs).toISOString() }),
  }));
  await writeAtomically(file, { replace: true }, (temporary) =>
    writeFile(temporary, stringify({ tokens: rows }), { mode: 0o600 }),
  );
}

/** @throws InputError for options of another action, those that are missing, and values that mean nothing. */
function refuseOptions(args: TokensArguments): void {
  const issues = new IssueList();
  const own = { add: ["name", "scopes", "users", "days"], list: [], remove: ["name"] }[args.action] as readonly string[];
  for (const option of ["name", "scopes", "users", "days"] as const) {
    if (args[option] === undefined || own.includes(option)) continue;
    issues.add({ where: `--${option}`, expected: `an option of prae tokens ${args.action}`, found: "one of another action" });
  }
  for (const option of args.action === "add"
    ? (["name", "scopes"] as const)
    : args.action === "remove"
      ? (["name"] as const)
      : []) {
    if (args[option] === undefined) issues.add({ where: `--${option}`, expected: "one", found: "nothing" });
  }
  for (const scope of args.scopes?.split(",") ?? []) {
    if (!SCOPES.includes(scope as Scope)) issues.add({ where: "--scopes", expected: SCOPES.join(", "), found: `"${scope}"` });
  }
  if (args.days !== undefined && !(args.days > 0 && args.days <= 3650))
    issues.add({ where: "--days", expected: "a number from 0 to 3650", found: String(args.days) });
  issues.throwIfAny();
}

function issue(name: string | undefined, expected: string): InputError {
  return new InputError([{ where: "--name", expected, found: `"${name}"` }]);
}
