import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Activation, openActivation } from "./activation.ts";
import { SHORT_DIGITS, type SigningKey, type TrustedKeys } from "./keys.ts";
import { openPromotion, type Promotion } from "./promotion.ts";
import { PromotionError, type PromotionIssue } from "./promotion-error.ts";
import { type Opened, seal } from "./signed-document.ts";
import { writeNew } from "./write-new.ts";

const PROMOTION_NAME = /^([0-9a-f]{64})\.json$/;
const ENTRY_NAME = /^(\d{6})\.json$/;

/**
 * Promotions in a folder:
 *
 *     promotions/<id>.json     each promotion, named by its content
 *     history/000001.json      which of them became active, one after another; the last one is
 *     trusted/<key>.pem        public keys whose signatures count
 *     signing-key.pem          a private key, unless it is kept elsewhere
 *
 * Nothing there is ever changed or replaced.
 */
export class PromotionStore {
  readonly folder: string;
  readonly trustedFolder: string;
  readonly keyPath: string;

  constructor(folder: string) {
    this.folder = folder;
    this.trustedFolder = join(folder, "trusted");
    this.keyPath = join(folder, "signing-key.pem");
  }

  /** Ids of the promotions that are there, ascending. No file is read. */
  ids(): string[] {
    return namesIn(join(this.folder, "promotions"), PROMOTION_NAME);
  }

  /**
   * The one promotion whose id begins like this.
   * @param where whose value it is: a flag, a verb.
   * @throws PromotionError when there is none, or several.
   */
  resolve(prefix: string, where: string): string {
    const found = /^[0-9a-f]+$/.test(prefix) ? this.ids().filter((id) => id.startsWith(prefix)) : [];
    if (found.length === 1) return found[0] as string;
    const hint = "prae policies list shows those there are";
    if (found.length === 0) {
      const expected = `a promotion in ${this.folder}, by the first digits of its id`;
      throw new PromotionError([{ where, expected, found: JSON.stringify(prefix), hint }]);
    }
    const digits = Math.max(SHORT_DIGITS, prefix.length + 1);
    const which = `"${prefix}", which begins ${found.map((id) => id.slice(0, digits)).join(", ")}`;
    throw new PromotionError([{ where, expected: "the id of one promotion", found: which, hint: "give more digits" }]);
  }

  /** @throws PromotionError when the file does not verify, or is not what its name says. */
  read(id: string, trusted: TrustedKeys): Opened<Promotion> {
    const path = this.path(id);
    if (!existsSync(path)) throw new PromotionError([{ where: path, expected: "a promotion", found: "nothing there" }]);
    const opened = openPromotion(readFileSync(path, "utf8"), path, trusted);
    if (opened.id === id) return opened;
    const hint = "a promotion's file is named by its content";
    throw new PromotionError([{ where: path, expected: `the promotion ${id}`, found: `the promotion ${opened.id}`, hint }]);
  }

  /**
   * Every activation, from the first to the one that is in force.
   * @throws PromotionError when one does not verify, is missing, or does not follow from the one before.
   */
  history(trusted: TrustedKeys): Opened<Activation>[] {
    const issues: PromotionIssue[] = [];
    const entries = namesIn(join(this.folder, "history"), ENTRY_NAME).map((name, index) => {
      const path = this.#entryPath(Number(name));
      const entry = openActivation(readFileSync(path, "utf8"), path, trusted);
      const expected = index + 1;
      if (Number(name) !== expected || entry.body.sequence !== expected) {
        issues.push({ where: path, path: "body.sequence", expected: `${expected}, after the entry before`, found: name });
      }
      return entry;
    });
    for (const [index, { body }] of entries.entries()) {
      const before = entries[index - 1]?.id ?? null;
      if (body.previous === before) continue;
      const where = this.#entryPath(body.sequence);
      issues.push({ where, path: "body.previous", expected: before ?? "null", found: body.previous ?? "null" });
    }
    if (issues.length > 0) throw new PromotionError(issues);
    return entries;
  }

  /** The promotion in force; `null` before the first one. @throws PromotionError when it, or the history, does not verify. */
  active(trusted: TrustedKeys): Opened<Promotion> | null {
    const last = this.history(trusted).at(-1);
    return last === undefined ? null : this.read(last.body.promotion, trusted);
  }

  /** Keeps a promotion; one that is there already stays as it is. @returns its id. */
  put(promotion: Promotion, key: SigningKey): string {
    const { id, text } = seal(promotion, key);
    writeNew(this.path(id), text);
    return id;
  }

  /**
   * Makes a promotion the active one.
   * @throws PromotionError when it does not verify, or somebody else was quicker.
   */
  activate(
    activation: Pick<Activation, "promotion" | "action" | "by" | "at" | "reason">,
    key: SigningKey,
    trusted: TrustedKeys,
  ): Opened<Activation> {
    this.read(activation.promotion, trusted);
    const last = this.history(trusted).at(-1);
    const sequence = (last?.body.sequence ?? 0) + 1;
    const body: Activation = { format: "prae-activation", version: 1, sequence, previous: last?.id ?? null, ...activation };
    const { id, text } = seal(body, key);
    const path = this.#entryPath(sequence);
    if (!writeNew(path, text)) {
      const hint = "look at prae policies list, then try again";
      throw new PromotionError([
        { where: path, expected: "nothing there yet", found: "an entry that somebody made meanwhile", hint },
      ]);
    }
    return { id, body, signedBy: key.fingerprint };
  }

  path(id: string): string {
    return join(this.folder, "promotions", `${id}.json`);
  }

  #entryPath(sequence: number): string {
    return join(this.folder, "history", `${String(sequence).padStart(6, "0")}.json`);
  }
}

function namesIn(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .sort();
}
