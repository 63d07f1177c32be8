import type { Resources } from "../allocator/core/resources.ts";

/** Why a user stood where it stood at an instant of a run, in words: what `prae why` says of it. */
export interface Explained {
  /** Why it is shown: "waited 62 s for an instance". */
  readonly title: string;
  readonly user: string;
  readonly tier: string;
  /** In trace time, as people read it. */
  readonly at: string;
  readonly now: {
    readonly reserved: Resources;
    readonly held: Resources;
    readonly demanded: Resources;
    readonly used: Resources;
  };
  /** Its requests that waited then, and why each did. */
  readonly waiting: readonly { readonly what: string; readonly why: string }[];
  readonly instances: readonly string[];
  /** The latest decision of each kind, latest first. */
  readonly decided: readonly { readonly at: string; readonly text: string }[];
  readonly notDecided: readonly { readonly slot: string; readonly text: string }[];
  /** What the reserve slot would have wanted otherwise. */
  readonly otherwise: readonly string[];
}

/** What is explained of one run. */
export interface ExplainedRun {
  /** Id of its record. */
  readonly run: string;
  readonly explained: readonly Explained[];
}
