import type { State } from "../state.ts";
import { type Line, precedes } from "../waiting.ts";
import { tierShares, userShare } from "./dominant-share.ts";
import { agedPriority, isStarved } from "./starvation.ts";

/** Whose turn it is in one pass over the queue: each line until its first request finds no room. */
export interface Turns {
  /** The line to try now; `null`: each has been passed over. */
  next(): Line | null;
  /** Its first request started, and is out of the queue. */
  started(): void;
  /** It did not, and the line is passed over. */
  passOver(): void;
}

export function turnsOf(state: State, nowMs: number): Turns {
  const lines = state.waiting.lines();
  const isPlain = state.policy?.admit.strategy !== "drf" && state.ledger.quotas === null;
  const isInOrder = isPlain && !lines.some(({ first }) => isStarved(first, state, nowMs));
  return isInOrder ? new QueueTurns(lines) : new SortedTurns(state, nowMs);
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
  /** An instance for it would go beyond its tier's nominal quota. */
  readonly borrows: boolean;
  readonly isStarved: boolean;
  readonly priority: number;
  readonly tierShare: number;
  readonly userShare: number;
}

/**
 * Dominant-resource fairness: the user with the smallest dominant share is tried first, ties by id (Ghodsi et al., NSDI 2011,
 * algorithm 1). Between tiers the higher priority comes first; where they have weights, the tier with the smallest dominant share
 * divided by its weight. A start changes shares, so that each is followed by a new order.
 *
 * Where tiers have quotas, who stays within what is its tier's own comes before who would borrow, as in Kueue; so that nobody borrows
 * again what was just taken back.
 *
 * With either order of the queue, who starves comes first of its priority, which has risen; among those, who came first.
 */
class SortedTurns implements Turns {
  readonly #state: State;
  readonly #nowMs: number;
  readonly #isFair: boolean;
  readonly #weights: readonly number[] | null;
  readonly #passedOver = new Set<Line>();
  #order: readonly Line[] | null = null;
  #at = 0;

  constructor(state: State, nowMs: number) {
    this.#state = state;
    this.#nowMs = nowMs;
    const admit = state.policy?.admit;
    this.#isFair = admit?.strategy === "drf";
    const weightsPpm = admit?.strategy === "drf" ? admit.weightsPpm : undefined;
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
      .map((line) => this.#placed(line, shares));
    return placed.sort((a, b) => this.#compare(a, b)).map(({ line }) => line);
  }

  #placed(line: Line, tierShares: readonly number[] | null): Placed {
    const { first } = line;
    const starved = isStarved(first, this.#state, this.#nowMs);
    return {
      line,
      borrows: this.#state.wouldBorrow(first),
      isStarved: starved,
      priority: starved ? agedPriority(first, this.#state) : first.priority,
      tierShare: tierShares?.[first.tier] ?? 0,
      userShare: this.#isFair ? userShare(first.user, this.#state) : 0,
    };
  }

  #compare(a: Placed, b: Placed): number {
    const [first, second] = [a.line.first, b.line.first];
    if (a.borrows !== b.borrows) return Number(a.borrows) - Number(b.borrows);
    if (this.#weights === null && a.priority !== b.priority) return b.priority - a.priority;
    if (a.isStarved || b.isStarved) return Number(b.isStarved) - Number(a.isStarved) || first.arrival - second.arrival;
    const byTier = this.#weights === null ? 0 : a.tierShare - b.tierShare || first.tier - second.tier;
    const byUser = this.#isFair ? a.userShare - b.userShare || first.user - second.user : 0;
    return byTier || byUser || (precedes(first, second) ? -1 : 1);
  }
}
