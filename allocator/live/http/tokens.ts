import { createHash, timingSafeEqual } from "node:crypto";
import { PolicyError, type PolicyIssue } from "../../policy-issue.ts";
import { Section, show } from "../../policy-section.ts";

/**
 * What a token allows: `request` asks for instances and ends them, `usage` reports what was used, `read` looks, `admin` changes
 * profiles.
 */
export const SCOPES = ["request", "usage", "read", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who may do what. The token itself is nowhere kept: only its SHA-256. */
export interface Token {
  readonly name: string;
  /** Hex. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** The users it speaks for; `null`: all. */
  readonly users: readonly string[] | null;
  /** From when on it is refused; `null`: never. */
  readonly expiresAtMs: number | null;
}

/** What a token, or whoever has one, may do. */
export type Grant = Pick<Token, "scopes" | "users">;

/** Asks elsewhere whose a token is that is not on the list. */
export interface TokenReviewer {
  /** `null`: nobody's. @throws TooManyReviews; another error where it cannot be asked. */
  review(token: string): Promise<Token | null>;
}

/** So many tokens were asked about that this one was not. */
export class TooManyReviews extends Error {
  override readonly name = "TooManyReviews";
  /** After which it may be shown again. */
  readonly waitMs: number;

  constructor(waitMs: number) {
    super(`too many unknown tokens; again in ${waitMs} ms`);
    this.waitMs = waitMs;
  }
}

const KEYS = ["name", "sha256", "scopes", "users", "expires"];

/**
 * Reads what `prae tokens` writes:
 *
 *     tokens:
 *       - { name: hub, sha256: 9f86…, scopes: [request, read], users: [alice], expires: 2027-01-31T00:00:00Z }
 *
 * @throws PolicyError with the path of everything that is wrong.
 */
export function tokensFromDocument(document: unknown): readonly Token[] {
  const issues: PolicyIssue[] = [];
  const root = new Section(document, "", ["tokens"], issues);
  const list = root.value("tokens");
  if (!Array.isArray(list)) issues.push({ path: "tokens", expected: "a list", found: show(list) });
  const tokens = (Array.isArray(list) ? list : []).map((value, i) => readToken(new Section(value, `tokens[${i}]`, KEYS, issues)));
  tokens.forEach(({ name }, i) => {
    if (tokens.findIndex((one) => one.name === name) === i) return;
    issues.push({ path: `tokens[${i}].name`, expected: "a name of its own", found: show(name) });
  });
  if (issues.length > 0) throw new PolicyError(issues);
  return tokens;
}

function readToken(section: Section): Token {
  const sha256 = section.text("sha256", "-");
  if (!/^[0-9a-f]{64}$/.test(sha256)) section.note("sha256", "64 hexadecimal digits, as prae tokens writes them");
  const expires = section.value("expires") ?? null;
  const expiresAtMs = expires === null ? null : Date.parse(String(expires));
  if (Number.isNaN(expiresAtMs)) section.note("expires", "a time, such as 2027-01-31T00:00:00Z");
  return { name: section.text("name", ""), sha256, ...readGrant(section), expiresAtMs };
}

/** `scopes` and, where it speaks for some users alone, `users`. */
export function readGrant(section: Section): Grant {
  const scopes = section.value("scopes");
  const areScopes = Array.isArray(scopes) && scopes.length > 0 && scopes.every((one) => SCOPES.includes(one as Scope));
  if (!areScopes) section.note("scopes", `a list of ${SCOPES.join(", ")}`);
  const users = section.value("users") ?? null;
  const areUsers = users === null || (Array.isArray(users) && users.every((one) => typeof one === "string"));
  if (!areUsers) section.note("users", "a list of names");
  return { scopes: areScopes ? (scopes as Scope[]) : [], users: areUsers ? (users as string[] | null) : [] };
}

/** SHA-256, hex, of a token. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The token in an `Authorization` header; `null`: there is none, or none that could be. */
export function tokenIn(header: string | undefined): string | null {
  return /^Bearer ([\x21-\x7e]{1,8192})$/i.exec(header ?? "")?.[1] ?? null;
}

/** Whose token an `Authorization` header has; `null`: nobody's, or one that is over. */
export function bearerOf(header: string | undefined, tokens: readonly Token[], nowMs: number): Token | null {
  const given = tokenIn(header);
  if (given === null) return null;
  const digest = Buffer.from(tokenDigest(given), "hex");
  let found: Token | null = null;
  // All are compared, in the same time each, so that nothing can be learned from how long it took.
  for (const token of tokens) if (timingSafeEqual(digest, Buffer.from(token.sha256, "hex"))) found = token;
  return found === null || isOver(found, nowMs) ? null : found;
}

/** Whether it is refused by now. */
export function isOver({ expiresAtMs }: Token, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** Whether the token speaks for the user. */
export function speaksFor(token: Token, user: string): boolean {
  return token.users === null || token.users.includes(user);
}
