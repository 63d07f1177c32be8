import type { Answer, NotInJournal, Question } from "../explain-user.ts";

/** What a thread that explains is given: one question, and how much of the journal is synced. */
export interface WhyWork {
  readonly journal: string;
  readonly question: Question;
  readonly untilByte: number;
}

export type FromWhy =
  | { readonly kind: "answer"; readonly answer: Answer }
  /** The journal does not know what is asked about. */
  | { readonly kind: "unknown"; readonly what: NotInJournal["what"]; readonly expected: string }
  /** A part of the journal that it would need is not there. */
  | { readonly kind: "not_there"; readonly found: string };
