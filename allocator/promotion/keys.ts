import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PromotionError } from "./promotion-error.ts";
import { writeNew } from "./write-new.ts";

/** So many digits of a fingerprint, or of a promotion's id, name it wherever one is shown. */
export const SHORT_DIGITS = 12;

/** Whose signatures count: public keys by their fingerprints. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

/** A private Ed25519 key, and the fingerprint of its public half. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly fingerprint: string;
}

/** SHA-256, hex, of the public key as DER (SubjectPublicKeyInfo). */
export function fingerprintOf(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/**
 * Makes a key and writes it, as PKCS #8 in PEM, where only its owner can read it (mode 0600).
 * @throws PromotionError when something is there already: a key is never replaced.
 */
export function makeSigningKey(path: string): SigningKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  if (!writeNew(path, privateKey.export({ type: "pkcs8", format: "pem" }) as string, 0o600)) {
    throw new PromotionError([
      { where: path, expected: "a place that does not exist yet", found: "one that does", hint: "a key is never replaced" },
    ]);
  }
  return signingKey(privateKey);
}

/** @throws PromotionError when there is none, it is no Ed25519 key, or others than its owner may read it. */
export function readSigningKey(path: string): SigningKey {
  const refuse = (expected: string, found: string, hint: string): never => {
    throw new PromotionError([{ where: path, expected, found, hint }]);
  };
  if (!existsSync(path)) refuse("a private key", "nothing there", "prae policies keygen makes one");
  const { mode } = statSync(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    refuse("a key that only its owner can read", `mode ${(mode & 0o777).toString(8).padStart(4, "0")}`, `chmod 600 ${path}`);
  }
  const key = parseKey(() => createPrivateKey(readFileSync(path)));
  if (key?.asymmetricKeyType !== "ed25519") {
    refuse(
      "a private Ed25519 key in PEM",
      key === null ? "something else" : `one of ${key.asymmetricKeyType}`,
      "prae policies keygen",
    );
  }
  return signingKey(key as KeyObject);
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey) };
}

/**
 * The public keys in a folder, each in a file `*.pem`; none where there is no folder.
 * @throws PromotionError naming each file that is no Ed25519 key.
 */
export function readTrustedKeys(folder: string): TrustedKeys {
  const keys = new Map<string, KeyObject>();
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".pem") && !name.startsWith(".")) : [];
  const issues = names.sort().flatMap((name) => {
    const where = join(folder, name);
    const text = readFileSync(where, "utf8");
    // A private key would be read too, as its public half: it has no business here.
    const key = text.includes("PRIVATE KEY") ? null : parseKey(() => createPublicKey(text));
    if (key?.asymmetricKeyType === "ed25519") {
      keys.set(fingerprintOf(key), key);
      return [];
    }
    return [{ where, expected: "a public Ed25519 key in PEM", found: "something else", hint: "take it out of the folder" }];
  });
  if (issues.length > 0) throw new PromotionError(issues);
  return keys;
}

/** Puts a public key among those that are trusted. One that is there already stays as it is. */
export function trustKey(folder: string, { publicKey, fingerprint }: SigningKey): void {
  writeNew(join(folder, `${fingerprint}.pem`), publicKey.export({ type: "spki", format: "pem" }) as string, 0o644);
}

function parseKey(parse: () => KeyObject): KeyObject | null {
  try {
    return parse();
  } catch {
    return null;
  }
}
