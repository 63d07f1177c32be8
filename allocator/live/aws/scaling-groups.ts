import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  PutScheduledUpdateGroupActionCommand,
  PutWarmPoolCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import type { PoolId } from "../../core/ids.ts";
import type { AwsGroup } from "./aws-document.ts";

/** A machine of an Auto Scaling group. */
export interface GroupNode {
  /** Its id of EC2. */
  readonly name: string;
  readonly pool: PoolId;
  readonly state: "ready" | "draining";
}

/** The Auto Scaling groups whose machines are the nodes of pools. Every function is one try, and throws what the SDK throws. */
export class ScalingGroups {
  readonly #client: AutoScalingClient;
  readonly #groups: ReadonlyMap<PoolId, AwsGroup>;

  constructor(client: AutoScalingClient, groups: ReadonlyMap<PoolId, AwsGroup>) {
    this.#client = client;
    this.#groups = groups;
  }

  group(pool: PoolId): AwsGroup | undefined {
    return this.#groups.get(pool);
  }

  /** Warm pools and floors as they are declared; said again, it is as if once. */
  async prepare(): Promise<void> {
    for (const { name, warmPool, floors } of this.#groups.values()) {
      if (warmPool !== null) {
        await this.#client.send(
          new PutWarmPoolCommand({
            AutoScalingGroupName: name,
            MinSize: warmPool.least,
            PoolState: warmPool.state,
            ...(warmPool.mostPrepared === null ? {} : { MaxGroupPreparedCapacity: warmPool.mostPrepared }),
          }),
        );
      }
      for (const floor of floors) {
        await this.#client.send(
          new PutScheduledUpdateGroupActionCommand({
            AutoScalingGroupName: name,
            ScheduledActionName: floor.name,
            Recurrence: floor.cron,
            TimeZone: floor.timeZone,
            MinSize: floor.nodes,
          }),
        );
      }
    }
  }

  /** Names of those that are not there. */
  async missing(): Promise<string[]> {
    const found = new Set((await this.#describe()).map(({ AutoScalingGroupName }) => AutoScalingGroupName));
    return [...this.#groups.values()].flatMap(({ name }) => (found.has(name) ? [] : [name]));
  }

  /** In the order in which the groups have them; those that are being prepared, or wait in a warm pool, are not there yet. */
  async nodes(): Promise<GroupNode[]> {
    const groups = new Map((await this.#describe()).map((group) => [group.AutoScalingGroupName, group]));
    return [...this.#groups].flatMap(([pool, { name }]) => nodesOf(pool, groups.get(name)));
  }

  async resize(group: AwsGroup, nodes: number): Promise<void> {
    await this.#client.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: group.name, DesiredCapacity: nodes, HonorCooldown: false }),
    );
  }

  async #describe(): Promise<AutoScalingGroup[]> {
    const found: AutoScalingGroup[] = [];
    // Asked for no names, AWS shows every group of the account.
    if (this.#groups.size === 0) return found;
    let next: string | undefined;
    do {
      const page = await this.#client.send(
        new DescribeAutoScalingGroupsCommand({
          AutoScalingGroupNames: [...this.#groups.values()].map(({ name }) => name),
          MaxRecords: 100,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      found.push(...(page.AutoScalingGroups ?? []));
      next = page.NextToken;
    } while (next !== undefined && next !== "");
    return found;
  }
}

function nodesOf(pool: PoolId, group: AutoScalingGroup | undefined): GroupNode[] {
  return (group?.Instances ?? []).flatMap(({ InstanceId, LifecycleState = "", HealthStatus }): GroupNode[] => {
    if (InstanceId === undefined || /^(Pending|Warmed|Terminated|Detached)/.test(LifecycleState)) return [];
    const healthy = LifecycleState === "InService" && HealthStatus !== "Unhealthy";
    return [{ name: InstanceId, pool, state: healthy ? "ready" : "draining" }];
  });
}
