import { test } from "uvu";
import * as assert from "uvu/assert";
import { awsFromDocument } from "../../../../allocator/live/aws/aws-document.ts";
import { PolicyError } from "../../../../allocator/policy-issue.ts";

const APP = {
  name: "notebook",
  image: "ami-0123456789abcdef0",
  instanceTypes: [{ type: "m7i.large", capacity: { cpuMillis: 2000, memoryMiB: 8192 } }],
};
const POOL = { name: "general", group: "prae-general", capacity: { cpuMillis: 16000 } };

function issuesOf(document: unknown): string[] {
  try {
    awsFromDocument(document);
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues.map(({ path, found }) => `${path} found ${found}`);
  }
  return [];
}

test("a document says region, apps and groups, and what it leaves out has a default", () => {
  const warmPool = { least: 2, mostPrepared: 10, state: "Hibernated" };
  const floors = [{ name: "mornings", cron: "0 7 * * 1-5", timeZone: "Europe/Berlin", nodes: 4 }];
  const settings = awsFromDocument({
    region: "us-gov-west-1",
    subnets: ["subnet-1"],
    apps: [{ ...APP, hibernate: true }],
    pools: [{ ...POOL, warmPool, floors }],
  });
  assert.equal([settings.endpoint, settings.pollMs, settings.subnets, settings.securityGroups], [null, 3_000, ["subnet-1"], []]);
  const app = settings.apps.get("notebook");
  assert.equal([app?.hibernate, app?.spot, app?.instanceProfile], [true, false, null]);
  assert.equal(app?.instanceTypes[0]?.capacity, { cpuMillis: 2000, memoryMiB: 8192, gpuMillis: 0, networkKbps: 0 });
  const group = settings.groups.get("general");
  assert.equal([group?.name, group?.warmPool, group?.floors], ["prae-general", warmPool, floors]);
});

test("everything that is wrong is said at once, by its path", () => {
  assert.equal(
    issuesOf({
      region: "Frankfurt",
      endpoint: "ftp://x",
      subnets: "subnet-1",
      poll: "1ms",
      apps: [
        { ...APP, image: "ubuntu", hibernate: true, spot: true },
        { ...APP, instanceTypes: [] },
        { name: "no spaces", image: APP.image, instanceTypes: [{ type: "large" }] },
      ],
      pools: [
        { ...POOL, capacity: undefined, warmPool: { least: -1, state: "Cold" }, floors: [{ cron: "@daily", timeZone: "Mars" }] },
      ],
      more: 1,
    }),
    [
      'more found "more"',
      'region found "Frankfurt"',
      'apps[0].image found "ubuntu"',
      "apps[0].hibernate found true",
      "apps[1].instanceTypes found []",
      'apps[2].instanceTypes[0].type found "large"',
      "apps[2].instanceTypes[0].capacity found nothing",
      'apps[2].name found "no spaces"',
      'pools[0].floors[0].timeZone found "Mars"',
      "pools[0].floors[0].nodes found nothing",
      "pools[0].floors[0].name found nothing",
      'pools[0].floors[0].cron found "@daily"',
      "pools[0].capacity found nothing",
      "pools[0].warmPool.least found -1",
      'pools[0].warmPool.state found "Cold"',
      'apps[1].name found "notebook"',
      'endpoint found "ftp://x"',
      'subnets found "subnet-1"',
      'poll found "1ms"',
    ],
  );
  assert.equal(issuesOf([]).slice(-1), ["region found nothing"]);
});

test.run();
