import type { Resources } from "../../core/resources.ts";

/** What a user used on average over `(atMs − windowMs, atMs]`. */
export interface UsageRow {
  readonly user: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly windowMs: number;
  readonly used: Resources;
  readonly saturated: boolean;
}

/** A user's profile, as it was defined last. */
export interface ProfileRow {
  readonly user: string;
  /** Since when it counts, epoch milliseconds. */
  readonly sinceMs: number;
  readonly tier: string;
  readonly role: string;
  readonly timeZone: string;
  /** Names of the apps that it may run; `null`: any. */
  readonly permissions: readonly string[] | null;
  /** Names of the apps of which nothing is started ahead for it. */
  readonly optOut: readonly string[];
}

/** A part of a run's journal, as the store keeps it. */
export interface Portion {
  /** Events of the journal that are in the store once this is. */
  readonly events: number;
  readonly profiles: readonly ProfileRow[];
  readonly usage: readonly UsageRow[];
}

/** What is named by its content, and never changed: a promotion, which of them are in force, a model's parameters. */
export const DOCUMENT_KINDS = ["promotion", "activation", "model"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** What runs leave for others: one database for all of them. Every method rejects with a `StoreError` where that fails. */
export interface Store {
  /** Where it is, without a password. */
  readonly name: string;
  /** How many events of the run's journal are in the store. */
  events(run: string): Promise<number>;
  /**
   * Adds a portion whose first event is number `from`: all of it, or nothing.
   * @returns whether it was added. Not, where the store is elsewhere than at `from`: somebody was quicker, or it was added before.
   */
  add(run: string, from: number, portion: Portion): Promise<boolean>;
  /** By user, ascending. */
  profiles(run: string): Promise<readonly ProfileRow[]>;
  /** In order of time, then as it was told: what ended in `(fromMs, toMs]`; of one user, or of all. */
  usage(run: string, span: { fromMs: number; toMs: number; user?: string }): Promise<readonly UsageRow[]>;
  /** Keeps a document; one that is there already stays as it is. */
  putDocument(kind: DocumentKind, id: string, content: Uint8Array): Promise<void>;
  /** `null`: there is none. */
  document(kind: DocumentKind, id: string): Promise<Uint8Array | null>;
  /** Ids, ascending. */
  documents(kind: DocumentKind): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The database is away, refuses, or is not what was expected. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** What to do about it. */
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}
