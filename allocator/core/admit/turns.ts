import type { DrfSpec } from "../policy.ts";
import type { State } from "../state.ts";
import { type Line, precedes } from "../waiting.ts";
import { tierShares, userShare } from "./dominant-share.ts";

/** Whose turn it is in one pass over the queue: each line until its first request finds no room. */
export interface Turns {
  /** The line to try now; `null`: each has been passed over. */
  next(): Line | null;
  /** Its first request started, and is out of the queue. */
  started(): void;
  /** It did not, and the line is passed over. */
  passOver(): void;
}

export function turnsOf(state: State): Turns {
  const admit = state.policy?.admit;
  return admit?.strategy === "drf" ? new FairTurns(state, admit) : new QueueTurns(state.waiting.lines());
}

/** By priority, then arrival: as the queue has its lines. */
class QueueTurns implements Turns {
  readonly #lines: readonly Line[];
  #at = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  next(): Line | null {
    return this.#lines[this.#at] ?? null;
  }

  /** Its line moved back, or away: the next one stands here now. */
  started(): void {}

  passOver(): void {
    this.#at += 1;
  }
}

/** A line with what its place depends on. */
interface Placed {
  readonly line: Line;
  readonly tierShare: number;
  readonly userShare: number;
}

/**
 * Dominant-resource fairness: the user with the smallest dominant share is tried first, ties by id (Ghodsi et al., NSDI 2011,
 * algorithm 1). Between tiers the higher priority comes first; where they have weights, the tier with the smallest dominant share
 * divided by its weight. A start changes shares, so that each is followed by a new order.
 */
class FairTurns implements Turns {
  readonly #state: State;
  readonly #weights: readonly number[] | null;
  readonly #passedOver = new Set<Line>();
  #order: readonly Line[] | null = null;
  #at = 0;

  constructor(state: State, { weightsPpm }: DrfSpec) {
    this.#state = state;
    this.#weights = weightsPpm === undefined ? null : state.tiers.map(({ name }) => weightsPpm[name] ?? 1_000_000);
  }

  next(): Line | null {
    if (this.#order === null) {
      this.#order = this.#inOrder();
      this.#at = 0;
    }
    return this.#order[this.#at] ?? null;
  }

  started(): void {
    this.#order = null;
  }

  passOver(): void {
    this.#passedOver.add(this.next() as Line);
    this.#at += 1;
  }

  #inOrder(): readonly Line[] {
    const weights = this.#weights;
    const shares = weights === null ? null : tierShares(this.#state).map((share, tier) => share / (weights[tier] as number));
    const placed = this.#state.waiting
      .lines()
      .filter((line) => !this.#passedOver.has(line))
      .map((line): Placed => {
        const { user, tier } = line.first;
        return { line, tierShare: shares?.[tier] ?? 0, userShare: userShare(user, this.#state) };
      });
    return placed.sort((a, b) => this.#compare(a, b)).map(({ line }) => line);
  }

  #compare(a: Placed, b: Placed): number {
    const [first, second] = [a.line.first, b.line.first];
    const byTier =
      this.#weights === null ? second.priority - first.priority : a.tierShare - b.tierShare || first.tier - second.tier;
    return byTier || a.userShare - b.userShare || first.user - second.user || (precedes(first, second) ? -1 : 1);
  }
}
