import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { Series } from "./panel.ts";

/** What one series is of: everything of a user, what a user does with one app, or everything of an app. */
export type PanelEntity = "user" | "user_app" | "app";

/** The users, pairs or apps that requests belong to. */
export interface Groups {
  /** One a request: its group, or −1 where it belongs to none. */
  readonly ofRequest: Int32Array;
  /** User and app of each group; `null`: it is of all. */
  readonly members: readonly { readonly user: number | null; readonly app: number | null }[];
}

/**
 * Sorts the first `count` requests into groups, in the order of their ids. Concurrency decides how many instances to hold, and the
 * instances of a shared app serve everybody: there it is of pairs for the other apps, and of apps for the shared ones.
 */
export function groupRequests(trace: Trace, count: number, entity: PanelEntity, target: ForecastTarget): Groups {
  const { user, app } = trace.requests;
  const apps = trace.apps.length;
  const counted = trace.apps.map(({ shared }) => target !== "concurrency" || entity === "user" || shared === (entity === "app"));
  const keyOf = (request: number) => {
    if (entity === "user") return user[request] as number;
    if (entity === "app") return app[request] as number;
    return (user[request] as number) * apps + (app[request] as number);
  };
  const seen = new Set<number>();
  for (let request = 0; request < count; request += 1) if (counted[app[request] as number]) seen.add(keyOf(request));
  const keys = Float64Array.from(seen).sort();
  const places = new Map<number, number>();
  keys.forEach((key, place) => void places.set(key, place));
  const ofRequest = new Int32Array(count).fill(-1);
  for (let request = 0; request < count; request += 1) {
    if (counted[app[request] as number]) ofRequest[request] = places.get(keyOf(request)) as number;
  }
  const members = Array.from(keys, (key) => {
    if (entity === "user") return { user: key, app: null };
    if (entity === "app") return { user: null, app: key };
    return { user: Math.floor(key / apps), app: key % apps };
  });
  return { ofRequest, members };
}

/** A series with its name and what is known of its user and app. */
export function describeSeries(trace: Trace, of: Pick<Series, "user" | "app" | "resource">): Series {
  const user = of.user === null ? null : (trace.users[of.user] ?? null);
  const app = of.app === null ? null : (trace.apps[of.app] ?? null);
  return {
    ...of,
    name: [user?.name, app?.name, of.resource].filter((part) => part != null).join(" "),
    traits: {
      tier: user === null ? null : (trace.tiers[user.tier]?.name ?? null),
      role: user === null || user.role === "" ? null : user.role,
      timeZone: user?.timeZone ?? "UTC",
      permittedApps: user?.permissions?.length ?? null,
      appName: app?.name ?? null,
    },
  };
}

/** Names made of two can coincide ("a b" with "c", "a" with "b c"): those get their ids. */
export function distinctNames(series: readonly Series[]): Series[] {
  const times = new Map<string, number>();
  for (const { name } of series) times.set(name, (times.get(name) ?? 0) + 1);
  return series.map((one) => {
    if (times.get(one.name) === 1) return one;
    return { ...one, name: `${one.name} (user ${one.user ?? "any"}, app ${one.app ?? "any"})` };
  });
}
