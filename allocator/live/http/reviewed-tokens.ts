import type { Clock } from "../ports.ts";
import { TokenBucket } from "./token-bucket.ts";
import { type Token, type TokenReviewer, TooManyReviews, tokenDigest } from "./tokens.ts";

/** How long an answer is believed: a token that is taken away is refused after so long. */
const KNOWN_MS = 10_000;
const STRANGER_MS = 10_000;
/** How long it is remembered that a token was somebody's, from when that was asked last. */
const FAMILIAR_MS = 600_000;
/** Whoever makes tokens up does not fill the memory with them, nor push out those that are good. */
const MOST_KNOWN = 1_000;
const MOST_STRANGERS = 10_000;

/** What came of a token that had to be asked about; `over_limit`: it was not asked. */
export type ReviewOutcome = "known" | "stranger" | "failed" | "over_limit";

export interface ReviewOptions {
  /** Whose the token is, whose SHA-256 is given beside it; `null`: nobody's. */
  readonly ask: (token: string, sha256: string) => Promise<Token | null>;
  readonly clock: Pick<Clock, "nowMs">;
  /** Tokens that are asked about, for the first time or again since they were nobody's: so many a second, and at once. */
  readonly perSecond: number;
  readonly onOutcome: (outcome: ReviewOutcome) => void;
}

interface Known {
  readonly token: Token;
  readonly askedMs: number;
}

/**
 * Answers of somebody who is asked whose a token is, each believed for ten seconds. Made-up tokens are asked about up to a rate, and
 * again no sooner than after those seconds. Those that were good are asked about again whatever the rate: they are few, and each at most once in
 * ten seconds.
 */
export class ReviewedTokens implements TokenReviewer {
  readonly #options: ReviewOptions;
  readonly #bucket: TokenBucket;
  /** By SHA-256 of the token; the oldest answer first. */
  readonly #known = new Map<string, Known>();
  /** Until when each is nobody's. */
  readonly #strangers = new Map<string, number>();
  readonly #asking = new Map<string, Promise<Token | null>>();

  constructor(options: ReviewOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.perSecond, options.perSecond, options.clock.nowMs());
  }

  async review(token: string): Promise<Token | null> {
    const { clock, onOutcome } = this.#options;
    const digest = tokenDigest(token);
    const nowMs = clock.nowMs();
    const known = this.#known.get(digest);
    if (known !== undefined && nowMs < known.askedMs + KNOWN_MS) return known.token;
    if (nowMs < (this.#strangers.get(digest) ?? 0)) return null;
    const asking = this.#asking.get(digest);
    if (asking !== undefined) return asking;
    const isFamiliar = known !== undefined && nowMs < known.askedMs + FAMILIAR_MS;
    const waitMs = isFamiliar ? 0 : this.#bucket.take(nowMs);
    if (waitMs > 0) {
      onOutcome("over_limit");
      throw new TooManyReviews(waitMs);
    }
    const answer = this.#ask(token, digest, nowMs).finally(() => this.#asking.delete(digest));
    this.#asking.set(digest, answer);
    return answer;
  }

  async #ask(token: string, digest: string, askedMs: number): Promise<Token | null> {
    const { ask, onOutcome } = this.#options;
    let found: Token | null;
    try {
      found = await ask(token, digest);
    } catch (error) {
      onOutcome("failed");
      throw error;
    }
    onOutcome(found === null ? "stranger" : "known");
    this.#known.delete(digest);
    this.#strangers.delete(digest);
    if (found === null) keep(this.#strangers, digest, askedMs + STRANGER_MS, MOST_STRANGERS);
    else keep(this.#known, digest, { token: found, askedMs }, MOST_KNOWN);
    return found;
  }
}

/** As the newest; of more than `most` the oldest goes. */
function keep<T>(answers: Map<string, T>, digest: string, answer: T, most: number): void {
  answers.set(digest, answer);
  if (answers.size > most) answers.delete(answers.keys().next().value as string);
}
