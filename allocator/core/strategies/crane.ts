import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { CraneSpec } from "../policy.ts";
import type { Resources } from "../resources.ts";
import { CraneContainer } from "./crane-container.ts";
import type { ReserveStrategy } from "./reserve.ts";

/** Reserves what Crane's resource recommender recommends, at every tick. */
export class CranePercentile implements ReserveStrategy {
  readonly #spec: CraneSpec;
  readonly #users = new Map<UserId, CraneContainer>();
  readonly #because: Because;

  constructor(spec: CraneSpec) {
    this.#spec = spec;
    this.#because = becauseOfCrane(spec);
  }

  onUsage({ id, usage, reserved }: Account, saturated: boolean, atMs: number): void {
    const container = this.#container(id);
    container.sample(usage, atMs);
    if (saturated && reserved.memoryMiB > 0 && usage.memoryMiB >= reserved.memoryMiB) {
      container.recordOom(reserved.memoryMiB, atMs);
    }
  }

  want(account: Account, nowMs: number): Resources | null {
    return account.usageUntilMs === null || isSilent(account, nowMs) ? null : this.#container(account.id).recommend();
  }

  #container(user: UserId): CraneContainer {
    let container = this.#users.get(user);
    if (container === undefined) {
      container = new CraneContainer(this.#spec);
      this.#users.set(user, container);
    }
    return container;
  }

  expects(): boolean {
    return false;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  because(): Because {
    return this.#because;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, container] of this.#users) {
      out.u32(user);
      container.write(out);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#container(from.u32() as UserId).read(from);
  }
}

export function becauseOfCrane({ levelPpm, marginPpm }: CraneSpec): Because {
  return { rule: "crane", batchIndex: -1, levelPpm, factorPpm: 1_000_000 + marginPpm, guardrail: "none", rung: "none" };
}
