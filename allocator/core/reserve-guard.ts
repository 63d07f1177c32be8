import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { Guardrail } from "./decisions.ts";
import type { UserId } from "./ids.ts";
import type { Account } from "./ledger.ts";
import { log, pow } from "./math.ts";
import type { GuardSpec } from "./policy.ts";
import { add, isZero, maximum, minimum, NO_RESOURCES, RESOURCE_NAMES, type ResourceName, type Resources } from "./resources.ts";

/** An amount within bounds, and the guardrail that made it differ from what was wanted. */
export interface Bounded {
  readonly amount: Resources;
  readonly guardrail: Guardrail;
}

/**
 * Bounds how much is held for each user and how that changes, whatever the slot `reserve` wants. Each resource rises and falls on its
 * own. Where several guardrails bind, the reason names the first of rate, hold, maximum and minimum.
 */
export class ReserveGuard {
  readonly #spec: GuardSpec;
  readonly #least: Resources;
  readonly #most: Resources;
  readonly #users = new Map<UserId, Memory>();

  constructor(spec: GuardSpec) {
    this.#spec = spec;
    this.#least = { ...NO_RESOURCES, ...spec.least };
    this.#most = { ...UNBOUNDED, ...spec.most };
  }

  /** A control interval begins: what it may grow by counts from what is held now. */
  beginInterval({ id, reserved }: Account): void {
    this.#memory(id).base = reserved;
  }

  /** The user is not looked at any more: nothing is held, and nothing falls. */
  forget(user: UserId): void {
    this.#users.delete(user);
  }

  /** What to hold when a control interval ends, where `wanted` is. */
  bound(account: Account, wanted: Resources, nowMs: number): Bounded {
    const held = account.reserved;
    const withMargin = isZero(wanted) ? wanted : add(wanted, { ...NO_RESOURCES, ...this.#spec.margin });
    const lifted = maximum(withMargin, this.#least);
    const inBounds = minimum(this.#onGrid(lifted), this.#most);
    const falling = this.#memory(account.id).falling;
    const settled = perResource((name, i) => this.#settle(held[name], inBounds[name], falling, i, nowMs));
    const chosen = minimum(settled, this.#most);
    if (!this.#isLargeEnough(account, chosen)) return { amount: held, guardrail: "none" };
    const amount = this.#cap(account.id, chosen);
    return { amount, guardrail: this.#guardrail(held, withMargin, lifted, inBounds, chosen, amount) };
  }

  /** What to hold at once where `needed` is more than is held; `null`: it is not, or may not be raised. */
  surge(account: Account, needed: Resources): Bounded | null {
    if (this.#spec.atOnce !== true) return null;
    const held = account.reserved;
    const allowed = minimum(this.#onGrid(needed), this.#most);
    const amount = maximum(held, this.#cap(account.id, allowed));
    const { falling } = this.#memory(account.id);
    let rises = false;
    RESOURCE_NAMES.forEach((name, i) => {
      if (amount[name] <= held[name]) return;
      rises = true;
      falling[i] = NOT_FALLING;
    });
    if (!rises) return null;
    const isCapped = RESOURCE_NAMES.some((name) => amount[name] < allowed[name]);
    const isCut = RESOURCE_NAMES.some((name) => allowed[name] < needed[name]);
    return { amount, guardrail: isCapped ? "rate" : isCut ? "maximum" : "none" };
  }

  #onGrid(amount: Resources): Resources {
    const { gridPpm } = this.#spec;
    return gridPpm === undefined ? amount : perResource((name) => nextOnGrid(amount[name], 1 + gridPpm / 1_000_000));
  }

  /** One resource's way: up at once; down when it has been wanted for the hold, to the most that was wanted meanwhile. */
  #settle(held: number, wanted: number, falling: Falling[], i: number, nowMs: number): number {
    const { holdMs } = this.#spec;
    if (holdMs === undefined) return wanted;
    const before = falling[i] as Falling;
    if (wanted >= held) {
      falling[i] = NOT_FALLING;
      return wanted;
    }
    const sinceMs = before.sinceMs ?? nowMs;
    const most = Math.max(before.most, wanted);
    const isOver = nowMs - sinceMs >= holdMs;
    falling[i] = isOver ? { sinceMs: nowMs, most: wanted } : { sinceMs, most };
    return isOver ? Math.min(held, most) : held;
  }

  /** A change of no more than the hysteresis in every resource is not made, unless it is needed: what is held is demanded in full, and more. */
  #isLargeEnough({ reserved, peakDemand }: Account, amount: Resources): boolean {
    const share = this.#spec.hysteresisPpm;
    if (share === undefined) return true;
    return RESOURCE_NAMES.some((name) => {
      const change = amount[name] - reserved[name];
      return (change > 0 && peakDemand[name] > reserved[name]) || Math.abs(change) * 1_000_000 > share * reserved[name];
    });
  }

  /** No more than the interval's growth allows; from nothing, as much as is wanted. */
  #cap(user: UserId, amount: Resources): Resources {
    const { raisePpm } = this.#spec;
    if (raisePpm === undefined) return amount;
    const { base } = this.#memory(user);
    return perResource((name) => {
      const most = base[name] + Math.ceil((base[name] * raisePpm) / 1_000_000);
      return base[name] === 0 ? amount[name] : Math.min(amount[name], most);
    });
  }

  #guardrail(
    held: Resources,
    withMargin: Resources,
    lifted: Resources,
    inBounds: Resources,
    chosen: Resources,
    amount: Resources,
  ): Guardrail {
    const some = (holds: (name: ResourceName) => boolean) => RESOURCE_NAMES.some(holds);
    if (some((name) => amount[name] < chosen[name])) return "rate";
    if (this.#spec.holdMs !== undefined && some((name) => inBounds[name] < held[name])) return "hold";
    if (some((name) => inBounds[name] < lifted[name])) return "maximum";
    return some((name) => withMargin[name] < lifted[name]) ? "minimum" : "none";
  }

  #memory(user: UserId): Memory {
    let memory = this.#users.get(user);
    if (memory === undefined) {
      memory = { base: NO_RESOURCES, falling: RESOURCE_NAMES.map(() => NOT_FALLING) };
      this.#users.set(user, memory);
    }
    return memory;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { base, falling }] of this.#users) {
      out.u32(user);
      out.sums(base);
      for (const { sinceMs, most } of falling) {
        out.optionalMs(sinceMs);
        out.u64(most);
      }
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const user = from.u32() as UserId;
      const base = from.sums();
      const falling = RESOURCE_NAMES.map(() => ({ sinceMs: from.optionalMs(), most: from.u64() }));
      this.#users.set(user, { base, falling });
    }
  }
}

interface Memory {
  /** What was held when the control interval began. */
  base: Resources;
  /** Of each resource. */
  readonly falling: Falling[];
}

/** Since when less than what is held was wanted at every look, and the most of that. */
interface Falling {
  readonly sinceMs: number | null;
  readonly most: number;
}

const NOT_FALLING: Falling = Object.freeze({ sinceMs: null, most: 0 });
const LARGEST = Number.MAX_SAFE_INTEGER;
const UNBOUNDED: Resources = { cpuMillis: LARGEST, memoryMiB: LARGEST, gpuMillis: LARGEST, networkKbps: LARGEST };

/** The least of ⌈1⌉, ⌈ratio⌉, ⌈ratio²⌉, … that is not below the amount; 0 stays 0. */
function nextOnGrid(amount: number, ratio: number): number {
  if (amount <= 0) return 0;
  const at = (power: number) => Math.ceil(pow(ratio, power));
  // The logarithms are rounded: one more or less is looked at.
  let power = Math.max(0, Math.floor(log(amount) / log(ratio)) - 1);
  while (at(power) < amount) power += 1;
  return at(power);
}

function perResource(amount: (name: ResourceName, i: number) => number): Resources {
  const [cpuMillis = 0, memoryMiB = 0, gpuMillis = 0, networkKbps = 0] = RESOURCE_NAMES.map(amount);
  return { cpuMillis, memoryMiB, gpuMillis, networkKbps };
}
