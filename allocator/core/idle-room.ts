import type { AppId, UserId } from "./ids.ts";
import { add, fits, maximum, NO_RESOURCES, type Resources, subtract } from "./resources.ts";
import type { State } from "./state.ts";

/** What is measured once it is asked for. */
interface Measured {
  /** What each user's own idle instances take. */
  readonly idleOf: ReadonlyMap<UserId, Resources>;
  /** What the ledger's total cannot go below: what runs, and what reservations guarantee. */
  readonly least: Resources;
}

/**
 * The room that there would be if everything idle were evicted: once that has been too little for one request, the next one for
 * which it is need not look through all that is idle. It holds as long as nothing starts or stops.
 */
export class IdleRoom {
  readonly #state: State;
  #wasTooLittle = false;
  #measured: Measured | null = null;
  /** Apps that no node would have room for, whoever's idle instances go but the asking user's own. */
  readonly #withoutNode = new Set<AppId>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Whether evicting can be enough for `user` to have an instance of `size` of the app. `true` is no promise. */
  canBeEnough(user: UserId, app: AppId, size: Resources): boolean {
    const { ledger, capacity } = this.#state;
    if (!this.#wasTooLittle || capacity === null) return true;
    this.#measured ??= measure(this.#state);
    const { idleOf, least } = this.#measured;
    const idle = idleOf.get(user);
    if (idle === undefined && this.#withoutNode.has(app)) return false;
    const { reserved, instances } = ledger.account(user);
    const left = idle === undefined ? instances : subtract(instances, idle);
    return fits(add(least, subtract(maximum(reserved, add(left, size)), maximum(reserved, left))), capacity);
  }

  /** Nothing could be evicted for `user`: where no node has room, nothing can for others without idle instances of their own. */
  wasNotEnough(user: UserId, app: AppId, size: Resources): void {
    this.#wasTooLittle = true;
    // Where instances are sized, the next request for the app may ask for less.
    if (this.#measured === null || this.#measured.idleOf.has(user) || this.#state.size !== null) return;
    if (this.#state.ledger.quotas !== null) return; // the next one may be of another tier
    if (this.#state.nodes.firstFit(size) === null) this.#withoutNode.add(app);
  }
}

function measure({ ledger, nodes, idle }: State): Measured {
  const idleOf = new Map<UserId, Resources>();
  let least = ledger.total;
  for (const { user, size, node } of idle.flatMap((list) => [...list])) {
    if (node !== null && nodes.get(node).state !== "ready") continue; // gives nothing back that could be used
    if (user === null) least = subtract(least, size);
    else idleOf.set(user, add(idleOf.get(user) ?? NO_RESOURCES, size));
  }
  for (const [user, given] of idleOf) least = add(least, ledger.growth(user, subtract(NO_RESOURCES, given)));
  return { idleOf, least };
}
