import { quantise, TOP_LEVEL, USER_MEASURES, type UserMeasure, type UserSeries } from "../../reports/users/series.ts";

const HOUR_MS = 3_600_000;

/** Series of users `user-0` and on, in bins of an hour, of two tiers by turns. */
export function seriesOf(options: {
  readonly users: number;
  readonly bins: number;
  readonly value: (user: number, measure: UserMeasure, bin: number) => number;
  readonly fromMs?: number;
  readonly name?: (user: number) => string;
}): UserSeries {
  const { users, bins, value, fromMs = 0, name = (user) => `user-${user}` } = options;
  const rows: UserSeries["rows"][number][] = [];
  const levels: Uint8Array[] = [];
  for (let user = 0; user < users; user++) {
    for (const measure of USER_MEASURES) {
      const own = new Uint8Array(bins);
      const max = quantise(
        Array.from({ length: bins }, (_, bin) => value(user, measure, bin)),
        TOP_LEVEL,
        own,
        0,
      );
      if (max === 0) continue;
      rows.push({ user, measure, max });
      levels.push(own);
    }
  }
  return {
    fromMs,
    toMs: fromMs + bins * HOUR_MS,
    binMs: HOUR_MS,
    bins,
    measured: false,
    tiers: ["premium", "standard"],
    users: Array.from({ length: users }, (_, user) => ({ name: name(user), tier: user % 2 })),
    rows,
    levels: new Uint8Array(Buffer.concat(levels)),
  };
}
