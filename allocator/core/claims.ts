import { agedPriority } from "./admit/starvation.ts";
import type { RequestId } from "./ids.ts";
import { isZero } from "./resources.ts";
import type { State } from "./state.ts";
import { precedes, type Request } from "./waiting.ts";

/** For whom what becomes free is kept: who preempts, and who starves. */
export class Claims {
  readonly #state: State;
  /** Instances told to stop, or to be suspended, of which that is not yet reported: capacity about to be free. */
  stopping = 0;
  /** For whom a preemption is under way: until all that it stops has ended, what becomes free is for nobody behind. */
  claimant: RequestId | null = null;
  /** A starved request that found no room: what becomes free is kept for it. */
  starving: RequestId | null = null;

  constructor(state: State) {
    this.#state = state;
  }

  /** An instance that was told to stop is gone. */
  stopEnded(): void {
    this.stopping -= 1;
    if (this.stopping === 0) this.claimant = null;
  }

  /** Whether what is free, or about to be, is for a request ahead of this one (`null`: of none). */
  isClaimedFrom(request: Request | null): boolean {
    const claimant = this.claimant === null ? undefined : this.#state.requests.get(this.claimant);
    if (claimant === undefined || claimant.instance !== null || claimant === request) return this.#isKeptFrom(request);
    return request === null || this.#isAhead(claimant, request) || this.#isKeptFrom(request);
  }

  /** Who stays within what is its tier's own comes before who would borrow; then in the order of the queue. */
  #isAhead(claimant: Request, request: Request): boolean {
    const byQuota = Number(this.#state.wouldBorrow(request)) - Number(this.#state.wouldBorrow(claimant));
    return byQuota === 0 ? precedes(claimant, request) : byQuota > 0;
  }

  /** Whether it is kept for one that starves. What a reservation guarantees is not kept from its user. */
  #isKeptFrom(request: Request | null): boolean {
    const starving = this.starving === null ? undefined : this.#state.requests.get(this.starving);
    if (starving === undefined || starving.instance !== null || starving === request) return false;
    if (request === null) return true;
    if (this.#state.wouldBorrow(starving) && !this.#state.wouldBorrow(request)) return false;
    return request.priority <= agedPriority(starving, this.#state) && isZero(this.#state.ledger.account(request.user).reserved);
  }
}
