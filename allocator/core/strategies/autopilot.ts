import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { AutopilotSpec } from "../policy.ts";
import type { Resources } from "../resources.ts";
import { AutopilotJob } from "./autopilot-job.ts";
import type { ReserveStrategy } from "./reserve.ts";

/**
 * Autopilot's moving-window recommenders (Rzadca et al., Autopilot: workload autoscaling at Google, EuroSys 2020, §3.2.1), as R:
 * weights w[τ] = 2^(−τ ⁄ half-life), 12 h for CPU and 48 h for memory; CPU the mean (batch) or the 90th or 95th percentile (serving);
 * memory the 98th percentile, the peak, or max(60th percentile, half the peak), by how much an out-of-memory kill matters. Percentiles
 * are of the load: a bucket counts its weight × its value. Then a safety margin, then the largest recommendation of the last hour.
 *
 * Autopilot has a histogram of 1 s samples for every 5 minutes; a trace's sample is one value for its window, so what varies within it
 * is lost. The paper gives neither the buckets' bounds nor how long the peak is remembered: here 5 % wide buckets, read at their ends,
 * and a parameter. GPU and network, which it does not manage, follow the rule of CPU.
 */
export class Autopilot implements ReserveStrategy {
  readonly #spec: AutopilotSpec;
  readonly #users = new Map<UserId, AutopilotJob>();
  readonly #because: Because;

  constructor(spec: AutopilotSpec) {
    this.#spec = spec;
    this.#because = becauseOfAutopilot(spec);
  }

  onUsage({ id, usage }: Account, _saturated: boolean, atMs: number): void {
    this.#job(id).sample(usage, atMs);
  }

  want(account: Account, nowMs: number): Resources | null {
    return account.usageUntilMs === null || isSilent(account, nowMs) ? null : this.#job(account.id).recommend();
  }

  #job(user: UserId): AutopilotJob {
    let job = this.#users.get(user);
    if (job === undefined) {
      job = new AutopilotJob(this.#spec);
      this.#users.set(user, job);
    }
    return job;
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
    for (const [user, job] of this.#users) {
      out.u32(user);
      job.write(out);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#job(from.u32() as UserId).read(from);
  }
}

export function becauseOfAutopilot({ cpu, marginPpm }: AutopilotSpec): Because {
  const levelPpm = { mean: 0, p90: 900_000, p95: 950_000 }[cpu];
  return { rule: "autopilot", batchIndex: -1, levelPpm, factorPpm: 1_000_000 + marginPpm, guardrail: "none", rung: "none" };
}
