import type { TrustedKeys } from "./keys.ts";
import { isCount, isInstant, isSha256, isText, oneOf, orNull } from "./shape.ts";
import { type DocumentKind, type Opened, open } from "./signed-document.ts";

/** That a promotion became the active one: an entry of the history, each of which names the one before. */
export interface Activation {
  readonly format: "prae-activation";
  readonly version: 1;
  /** From 1, without a gap. */
  readonly sequence: number;
  /** Id of the entry before; `null` for the first. */
  readonly previous: string | null;
  /** Id of the promotion. */
  readonly promotion: string;
  readonly action: "promote" | "rollback";
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

const ACTIVATION: DocumentKind = {
  format: "prae-activation",
  version: 1,
  what: "an entry of the history of promotions",
  shape: {
    sequence: isCount,
    previous: orNull(isSha256),
    promotion: isSha256,
    action: oneOf("promote", "rollback"),
    by: isText,
    at: isInstant,
    reason: orNull(isText),
  },
};

/** @throws PromotionError saying what does not verify. */
export function openActivation(text: string, where: string, trusted: TrustedKeys): Opened<Activation> {
  return open<Activation>(ACTIVATION, text, where, trusted);
}
