import { sign, verify } from "node:crypto";
import { canonicalJson, digestOf } from "./canonical-json.ts";
import { SHORT_DIGITS, type SigningKey, type TrustedKeys } from "./keys.ts";
import { PromotionError, type PromotionIssue } from "./promotion-error.ts";
import { describe, isSha256, isText, misfits, oneOf, type Shape } from "./shape.ts";

/**
 * A document on disk: canonical JSON, one line,
 *
 *     { "body": { "format": …, "version": …, … }, "signature": { "algorithm": "ed25519", "key": fingerprint, "value": base64 } }
 *
 * signed over the canonical JSON of the body (Ed25519, RFC 8032). `format` is part of what is signed, so that a document of one kind
 * never passes for another.
 */
export interface DocumentKind {
  readonly format: string;
  readonly version: number;
  /** For what is said: "a promotion". */
  readonly what: string;
  /** Of the body, without `format` and `version`. */
  readonly shape: Readonly<Record<string, Shape>>;
}

export interface Opened<Body> {
  /** SHA-256, hex, of the body's canonical JSON: the document's name. */
  readonly id: string;
  readonly body: Body;
  /** Fingerprint of the key that signed it. */
  readonly signedBy: string;
}

/** The document as it stands on disk, and its id. */
export function seal(body: object, key: SigningKey): { readonly id: string; readonly text: string } {
  const value = sign(null, Buffer.from(canonicalJson(body)), key.privateKey).toString("base64");
  const signature = { algorithm: "ed25519", key: key.fingerprint, value };
  return { id: digestOf(body), text: `${canonicalJson({ body, signature })}\n` };
}

/**
 * Reads a document and verifies it: what it is, its version, its shape, who signed it and that not a byte was changed since.
 * @param where the file, for what is said when it is refused.
 * @throws PromotionError with every issue of the first of these that fails.
 */
export function open<Body>(kind: DocumentKind, text: string, where: string, trusted: TrustedKeys): Opened<Body> {
  const { format, version, what, shape } = kind;
  const refuse = (issue: Omit<PromotionIssue, "where">): never => {
    throw new PromotionError([{ where, ...issue }]);
  };
  const parsed = parse(text);
  if (parsed === null) return refuse({ expected: "JSON", found: "something else: it is cut or damaged" });
  const { document, canonical } = parsed;
  const { body } = asObject(document);
  const { format: foundFormat, version: foundVersion } = asObject(body);
  if (foundFormat !== format) {
    refuse({ path: "body.format", expected: `"${format}", ${what}`, found: describe(foundFormat) });
  }
  if (foundVersion !== version) {
    const hint = "read it with the PRAE that wrote it, or a later one";
    refuse({ path: "body.version", expected: String(version), found: describe(foundVersion), hint });
  }
  const envelope: Shape = {
    keys: {
      body: { keys: { format: oneOf(format), version: oneOf(version), ...shape } },
      signature: { keys: { algorithm: oneOf("ed25519"), key: isSha256, value: isText } },
    },
  };
  const issues = misfits(document, envelope);
  if (issues.length > 0) throw new PromotionError(issues.map((issue) => ({ where, ...issue })));
  const { key: fingerprint, value } = (document as { signature: { key: string; value: string } }).signature;
  const key = trusted.get(fingerprint);
  if (key === undefined) {
    const found = `one by ${fingerprint.slice(0, SHORT_DIGITS)}`;
    const expected = `a signature by a trusted key (${names(trusted)})`;
    return refuse({ path: "signature.key", expected, found, hint: "put that key's public half among those that are trusted" });
  }
  const changed = "what was signed, byte for byte";
  const signature = Buffer.from(value, "base64");
  // Base64 has several texts for the same bytes; only one is ours.
  const isWhole = signature.toString("base64") === value && verify(null, Buffer.from(canonicalJson(body)), key, signature);
  if (!isWhole) {
    refuse({ path: "signature.value", expected: changed, found: "something else: it was changed, or damaged, since" });
  }
  // The same data in other bytes: white space, another order of keys, a key twice.
  if (text !== `${canonical}\n`) refuse({ expected: changed, found: "the same in other bytes" });
  return { id: digestOf(body), body: body as Body, signedBy: fingerprint };
}

/** `null`: it is no JSON, or nested so deep that it is not worth reading. */
function parse(text: string): { readonly document: unknown; readonly canonical: string } | null {
  try {
    const document = JSON.parse(text) as unknown;
    return { document, canonical: canonicalJson(document) };
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function names(trusted: TrustedKeys): string {
  const all = [...trusted.keys()].map((fingerprint) => fingerprint.slice(0, SHORT_DIGITS));
  return all.length === 0 ? "there is none" : all.join(", ");
}
