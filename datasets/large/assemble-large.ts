import type { Resources } from "../../allocator/core/resources.ts";
import { AmountResolver } from "../assemble-requests.ts";
import { type Assembled, assembleRest, coveredWindow, FirstUse, type Gathered, prepareTiers } from "../assemble-trace.ts";
import { InputError } from "../issues.ts";
import { NO_TIER } from "../row-buffers.ts";
import type { RequestColumns } from "../trace.ts";
import type { SpilledRequests } from "./spilled-requests.ts";

/**
 * `assembleTrace` for requests that are not in memory: they end in `spilled` with their final ids, in order. The columns of
 * `content.requests` are empty; its `count` and `shapes` are true.
 */
export async function assembleLarge(gathered: Gathered, spilled: SpilledRequests): Promise<Assembled> {
  const { defaults, users, apps, usage } = gathered;
  if (spilled.named > 0 && spilled.named !== spilled.count) {
    const found = `${spilled.named} ids for ${spilled.count} requests`;
    throw new InputError([{ where: "requests", path: "request_id", expected: "an id for every request, or for none", found }]);
  }
  const { tiers, assumptions, tierOfUser, tierOfCode } = prepareTiers(gathered);
  for (const user of users.rows) for (const app of user.permissions ?? []) apps.index(app);
  const window = gathered.window ?? coveredWindow(spilled, usage);
  const userIds = new FirstUse(users.rows.length);
  const appIds = new FirstUse(apps.rows.length);
  const resolver = new AmountResolver({ givenShapes: gathered.requestShapes, apps: apps.rows, defaults });
  for await (const row of spilled.inOrder(window)) {
    const { user, app } = row;
    row.tier = (row.tier === NO_TIER ? tierOfUser[user] : tierOfCode[row.tier]) as number;
    row.shape = resolver.resolve(app, row.shape);
    row.user = userIds.give(user);
    row.app = appIds.give(app);
    const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = resolver.shapes[row.shape] as Resources;
    spilled.pushFinal(row, [cpuMillis, memoryMiB, gpuMillis, networkKbps]);
  }
  resolver.report(assumptions);
  userIds.giveRest();
  appIds.giveRest();
  const requests: RequestColumns = {
    count: spilled.finalCount,
    names: null,
    submitMs: new Float64Array(0),
    runMs: new Float64Array(0),
    user: new Uint32Array(0),
    app: new Uint32Array(0),
    tier: new Uint8Array(0),
    shape: new Uint32Array(0),
    shapes: resolver.shapes,
  };
  const dropped = spilled.count - spilled.finalCount;
  const shapeOfApp = (index: number) => resolver.appShape(index, apps.rows[index] ?? { name: "" }, assumptions);
  const { oversized } = resolver;
  return assembleRest(gathered, {
    window,
    tiers,
    tierOfUser,
    assumptions,
    userIds,
    appIds,
    dropped,
    requests,
    shapeOfApp,
    oversized,
  });
}
