import type { CellRow } from "./cell-ledger.ts";
import type { User } from "./entities.ts";
import { Distribution, ValueCounts } from "./value-counts.ts";

const DAY_MS = 86_400_000;

/** The decisions that are counted by kind, each with its column of cells and its metric. */
export const CHURN = [
  { kind: "reserve", column: "reserves", metric: "reserve_decisions" },
  { kind: "release", column: "releases", metric: "release_decisions" },
  { kind: "resize", column: "resizes", metric: "resize_decisions" },
  { kind: "launch", column: "launches", metric: "launch_decisions" },
  { kind: "stop", column: "stops", metric: "stop_decisions" },
] as const;
export type ChurnKind = (typeof CHURN)[number]["kind"];

const COLUMN_OF = Object.fromEntries(CHURN.map(({ kind, column }) => [kind, column])) as Readonly<
  Record<ChurnKind, (typeof CHURN)[number]["column"]>
>;
/** The index of what belongs to nobody, beside the tiers. */
const NOBODY = -1;

/**
 * How many decisions of which kind there are, and how many times a day each user's allocation is changed: reserve, release and
 * resize, by (user, day of 24 h from `fromMs`).
 */
export class DecisionRate {
  readonly #fromMs: number;
  readonly #days: number;
  readonly #users = new Set<User>();
  readonly #nobody: CellRow;
  /** By tier, or nobody. */
  readonly #kinds = new Map<number, Record<ChurnKind, number>>();

  /** Days with at least one decision, by tier. */
  readonly #busyDays: ValueCounts[] = [];

  /** @param nobody where what belongs to nobody is kept a second time, by block. */
  constructor(fromMs: number, toMs: number, nobody: CellRow) {
    this.#nobody = nobody;
    this.#fromMs = fromMs;
    this.#days = Math.ceil((toMs - fromMs) / DAY_MS);
  }

  addUser(user: User): void {
    this.#users.add(user);
  }

  /** `user` null: what it is about belongs to nobody. */
  count(kind: ChurnKind, user: User | null, atMs: number): void {
    if (atMs < this.#fromMs) return;
    const tier = user?.tier ?? NOBODY;
    let kinds = this.#kinds.get(tier);
    if (kinds === undefined) {
      kinds = { reserve: 0, release: 0, resize: 0, launch: 0, stop: 0 };
      this.#kinds.set(tier, kinds);
    }
    kinds[kind] += 1;
    (user?.cells ?? this.#nobody).count(COLUMN_OF[kind], atMs);
    if (user === null) return;
    user.track?.count("decisions", atMs);
    if (kind === "launch" || kind === "stop") return;
    user.cells.count("changes", atMs);
    const day = Math.floor((atMs - this.#fromMs) / DAY_MS);
    if (day !== user.day) this.#closeDay(user);
    user.day = day;
    user.dayDecisions += 1;
  }

  #closeDay(user: User): void {
    if (user.dayDecisions === 0) return;
    this.#busyDays[user.tier] ??= new ValueCounts();
    this.#busyDays[user.tier]!.add(user.dayDecisions);
    user.cells.countValue("dayDecisions", this.#fromMs + user.day * DAY_MS, user.dayDecisions);
    user.dayDecisions = 0;
  }

  /** Decisions a user-day over every user of the tiers, days without any included. Ends the run. */
  finish(tiers: readonly number[]): Distribution {
    const quietDays = new ValueCounts();
    let userDays = 0;
    for (const user of this.#users) {
      if (!tiers.includes(user.tier)) continue;
      this.#closeDay(user);
      userDays += this.#days;
    }
    const busyDays = tiers.flatMap((tier) => this.#busyDays[tier] ?? []);
    quietDays.add(0, userDays - busyDays.reduce((sum, days) => sum + days.count, 0));
    return new Distribution([quietDays, ...busyDays]);
  }

  /** Metrics of how many decisions there were of each kind; `tiers` null: all, with what belongs to nobody. */
  totals(tiers: readonly number[] | null): Record<string, number> {
    const own = [...this.#kinds].filter(([tier]) => tiers === null || tiers.includes(tier));
    return Object.fromEntries(CHURN.map(({ kind, metric }) => [metric, own.reduce((sum, [, kinds]) => sum + kinds[kind], 0)]));
  }

  /** Counts every user's days, the last, begun one included, where they begin: what means a user-day are made from. */
  countUserDays(): void {
    for (const { cells } of this.#users) {
      for (let day = 0; day < this.#days; day++) cells.count("userDays", this.#fromMs + day * DAY_MS);
    }
  }
}
