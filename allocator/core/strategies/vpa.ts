import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import type { Account } from "../ledger.ts";
import { isZero, type Resources } from "../resources.ts";
import type { ReserveStrategy } from "./reserve.ts";
import { OLD_MS, VpaContainer } from "./vpa-container.ts";

const QUICK_OOM_MS = 600_000;

/**
 * Reserves what the Kubernetes Vertical Pod Autoscaler recommends (v1.7.0), and changes it when its updater would evict the pod; an
 * out-of-memory kill within 10 minutes of the last change is a reason, too. A sample of a longer window counts as one sample, as VPA
 * counts them: it expects one a minute, and is less confident with fewer.
 */
export class VerticalPodAutoscaler implements ReserveStrategy {
  readonly #users = new Map<UserId, Pod>();

  onUsage({ id, usage, reserved }: Account, saturated: boolean, atMs: number): void {
    const pod = this.#pod(id);
    pod.container.sample(usage, atMs);
    pod.fresh = true;
    if (!saturated || reserved.memoryMiB === 0 || usage.memoryMiB < reserved.memoryMiB) return;
    pod.container.recordOom(reserved.memoryMiB, atMs);
    if (atMs - pod.sinceMs < QUICK_OOM_MS) pod.quickOom = true;
  }

  want({ id, reserved, usageUntilMs }: Account, nowMs: number): Resources | null {
    if (usageUntilMs === null) return null;
    const pod = this.#pod(id);
    if (!pod.fresh && !isZero(reserved) && nowMs - pod.sinceMs < OLD_MS) return null;
    pod.fresh = false;
    const wanted = pod.container.change(reserved, pod.sinceMs, nowMs, pod.quickOom);
    if (wanted === null) return null;
    pod.sinceMs = nowMs;
    pod.quickOom = false;
    return wanted;
  }

  #pod(user: UserId): Pod {
    let pod = this.#users.get(user);
    if (pod === undefined) {
      pod = { container: new VpaContainer(), sinceMs: 0, quickOom: false, fresh: false };
      this.#users.set(user, pod);
    }
    return pod;
  }

  expects(): boolean {
    return false;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  because(): Because {
    return BECAUSE_OF_VPA;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { container, sinceMs, quickOom, fresh }] of this.#users) {
      out.u32(user);
      container.write(out);
      out.u64(sinceMs);
      out.bool(quickOom);
      out.bool(fresh);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const pod = this.#pod(from.u32() as UserId);
      pod.container.read(from);
      pod.sinceMs = from.u64();
      pod.quickOom = from.bool();
      pod.fresh = from.bool();
    }
  }
}

interface Pod {
  readonly container: VpaContainer;
  /** When what is reserved was last changed. */
  sinceMs: number;
  /** Memory ran out soon after that. */
  quickOom: boolean;
  /** A sample came since it was last looked at. */
  fresh: boolean;
}

export const BECAUSE_OF_VPA: Because = {
  rule: "vpa",
  batchIndex: -1,
  levelPpm: 900_000,
  factorPpm: 1_150_000,
  guardrail: "none",
  rung: "none",
};
