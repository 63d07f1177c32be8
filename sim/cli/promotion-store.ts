import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import {
  makeSigningKey,
  readSigningKey,
  readTrustedKeys,
  SHORT_DIGITS,
  type SigningKey,
  type TrustedKeys,
  trustKey,
} from "../../allocator/promotion/keys.ts";
import { PromotionError } from "../../allocator/promotion/promotion-error.ts";
import { PromotionStore } from "../../allocator/promotion/promotion-store.ts";
import { InputError } from "../../datasets/issues.ts";
import { sayMeanwhile } from "./output.ts";

export interface StoreArguments {
  readonly store: string | undefined;
  readonly trust: string | undefined;
  readonly key: string | undefined;
  readonly by: string | undefined;
}

/** The promotions, and how to read and sign them. */
export interface OpenedStore {
  readonly store: PromotionStore;
  readonly trustedFolder: string;
  /** Those of now: read again after a key is made. */
  trusted(): TrustedKeys;
  /**
   * The key to sign with, made where there is none yet and nobody is trusted yet.
   * @throws InputError when there is none, it cannot be used, or it is not trusted.
   */
  signingKey(): SigningKey;
  /** The same questions asked before the work: nothing is made. */
  checkKey(): void;
  readonly by: string;
}

/** `folder`, else `PRAE_PROMOTIONS`, else `prae/promotions` where the system keeps a user's data. */
export function promotionFolder(folder: string | undefined): string {
  const { PRAE_PROMOTIONS = "", XDG_DATA_HOME = "" } = process.env;
  const data = XDG_DATA_HOME === "" ? join(homedir(), ".local", "share") : XDG_DATA_HOME;
  return folder ?? (PRAE_PROMOTIONS === "" ? join(data, "prae", "promotions") : PRAE_PROMOTIONS);
}

export function openStore({ store: folder, trust, key, by }: StoreArguments): OpenedStore {
  const store = new PromotionStore(promotionFolder(folder));
  const trustedFolder = trust ?? store.trustedFolder;
  const keyPath = key ?? store.keyPath;
  const trusted = (): TrustedKeys => refusals(() => readTrustedKeys(trustedFolder));
  /** Only a store in which nobody is trusted yet begins with a key of its own. */
  const isFirst = () => !existsSync(keyPath) && trusted().size === 0;
  const existing = (): SigningKey => {
    const found = refusals(() => readSigningKey(keyPath));
    if (trusted().has(found.fingerprint)) return found;
    const names = `${keyPath}, ${found.fingerprint.slice(0, SHORT_DIGITS)}`;
    const hint = `whoever trusts it puts its public half into ${trustedFolder}: prae policies keygen --key ${keyPath}`;
    throw new InputError([{ where: "--key", expected: `a key that is trusted in ${trustedFolder}`, found: names, hint }]);
  };
  return {
    store,
    trustedFolder,
    trusted,
    signingKey: () => {
      if (!isFirst()) return existing();
      const made = refusals(() => makeSigningKey(keyPath));
      trustKey(trustedFolder, made);
      sayMeanwhile(`prae: made a signing key, ${made.fingerprint.slice(0, SHORT_DIGITS)}, in ${keyPath}: keep it to yourself`);
      return made;
    },
    checkKey: () => {
      if (!isFirst()) existing();
    },
    by: by ?? userInfo().username,
  };
}

/** What the allocator refuses, as an issue list of the command line. */
export function refusals<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof PromotionError ? new InputError(error.issues) : error;
  }
}
