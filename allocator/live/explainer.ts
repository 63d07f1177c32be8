/** What is asked about a user of a run. */
export interface WhyQuestion {
  readonly user: string;
  /** Only what concerns this app; absent: all. */
  readonly app?: string;
  /** When, as `prae why --at` takes it; absent: now. */
  readonly at?: string;
  /** Whether the journal is replayed from its first event, or from the newest snapshot, of which what was decided before is not known. */
  readonly from: "start" | "snapshot";
}

/** What came of a question. */
export type WhyOutcome =
  /** The document of `prae why --json`, without the path of the journal. */
  | { readonly kind: "answer"; readonly answer: object }
  /** The journal does not know that user or app, or has no such time. */
  | { readonly kind: "unknown"; readonly what: "user" | "app" | "time"; readonly expected: string }
  /** A part of the journal that would have to be read, or the snapshot, is not there. */
  | { readonly kind: "not_there"; readonly found: string }
  /** So many wait that this one was not taken. */
  | { readonly kind: "busy"; readonly retryAfterMs: number }
  | { readonly kind: "too_long"; readonly limitMs: number }
  /** Whoever asked has gone, or the run stops. */
  | { readonly kind: "given_up" };

/** Explains what was decided for a user, beside the run: whoever asks keeps nobody waiting. */
export interface Explainer {
  /** @param signal aborted when nobody waits for the answer any more. @throws where it failed. */
  explain(question: WhyQuestion, signal: AbortSignal): Promise<WhyOutcome>;
}
