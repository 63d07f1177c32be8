import { createHash } from "node:crypto";

/**
 * JSON with one text for equal data: keys in order of their UTF-16 code units, no white space, numbers and texts as ECMAScript writes
 * them (RFC 8785). What JSON has no word for (NaN, a function, a missing value in a list) is refused rather than changed.
 * @throws TypeError for such a value: a bug of the caller, not bad input.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`no JSON for ${String(value)}`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** SHA-256, hex, of the canonical JSON: equal data, equal digest. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
