import {
  DescribeInstancesCommand,
  type EC2Client,
  type Instance,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { InstanceId } from "../../core/ids.ts";

/** What a machine is tagged with: what is read back, and what people and the software on it look for. */
export const TAG = {
  run: "prae:run",
  instance: "prae:instance",
  app: "prae:app",
  user: "prae:user",
  tier: "prae:tier",
  token: "prae:token",
} as const;

/** A machine of EC2 that is an instance of an app. */
export interface Machine {
  readonly ec2Id: string;
  readonly instance: InstanceId;
  readonly app: string;
  readonly type: string;
  readonly state: MachineState;
}

export type MachineState = "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated";

/** What to start. */
export interface MachineOrder {
  readonly image: string;
  readonly type: string;
  /** `null`: wherever the account's default is. */
  readonly subnet: string | null;
  readonly securityGroups: readonly string[];
  readonly instanceProfile: string | null;
  readonly hibernate: boolean;
  readonly spot: boolean;
  /** Asked for again with the same, EC2 starts nothing more. 64 characters at most. */
  readonly clientToken: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The machines of one run. Every function is one try, and throws what the SDK throws. */
export class Ec2Machines {
  readonly #client: EC2Client;
  readonly #runId: string;

  constructor(client: EC2Client, runId: string) {
    this.#client = client;
    this.#runId = runId;
  }

  /** All there are, those that ended a short while ago among them. */
  async list(): Promise<Machine[]> {
    const machines: Machine[] = [];
    let next: string | undefined;
    do {
      const page = await this.#client.send(
        new DescribeInstancesCommand({
          Filters: [{ Name: `tag:${TAG.run}`, Values: [this.#runId] }],
          MaxResults: 1000,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
      );
      for (const { Instances = [] } of page.Reservations ?? []) machines.push(...Instances.flatMap(machineOf));
      next = page.NextToken;
    } while (next !== undefined && next !== "");
    return machines;
  }

  /** @returns its id of EC2. */
  async run(order: MachineOrder): Promise<string> {
    const Tags = Object.entries({ ...order.tags, [TAG.run]: this.#runId }).map(([Key, Value]) => ({ Key, Value }));
    const input: RunInstancesCommandInput = {
      ImageId: order.image,
      InstanceType: order.type as NonNullable<RunInstancesCommandInput["InstanceType"]>,
      MinCount: 1,
      MaxCount: 1,
      ClientToken: order.clientToken,
      // The software on it reads its tags, and so whose it is, from the metadata service.
      MetadataOptions: { HttpTokens: "required", InstanceMetadataTags: "enabled" },
      TagSpecifications: [
        { ResourceType: "instance", Tags },
        { ResourceType: "volume", Tags },
      ],
      ...(order.subnet === null ? {} : { SubnetId: order.subnet }),
      ...(order.securityGroups.length === 0 ? {} : { SecurityGroupIds: [...order.securityGroups] }),
      ...(order.instanceProfile === null ? {} : { IamInstanceProfile: { Name: order.instanceProfile } }),
      ...(order.hibernate ? { HibernationOptions: { Configured: true } } : {}),
      ...(order.spot ? { InstanceMarketOptions: { MarketType: "spot" } } : {}),
    };
    const { Instances = [] } = await this.#client.send(new RunInstancesCommand(input));
    return Instances[0]?.InstanceId as string;
  }

  async terminate(ec2Id: string): Promise<void> {
    await this.#client.send(new TerminateInstancesCommand({ InstanceIds: [ec2Id] }));
  }

  async stop(ec2Id: string, hibernate: boolean): Promise<void> {
    await this.#client.send(new StopInstancesCommand({ InstanceIds: [ec2Id], Hibernate: hibernate }));
  }

  async start(ec2Id: string): Promise<void> {
    await this.#client.send(new StartInstancesCommand({ InstanceIds: [ec2Id] }));
  }

  /** Of one that is stopped. */
  async changeType(ec2Id: string, type: string): Promise<void> {
    await this.#client.send(new ModifyInstanceAttributeCommand({ InstanceId: ec2Id, InstanceType: { Value: type } }));
  }
}

/** One whose tags do not say which instance it is, is none of ours. */
function machineOf({ InstanceId, InstanceType, State, Tags = [] }: Instance): Machine[] {
  const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value ?? "";
  const instance = tag(TAG.instance);
  if (!/^\d{1,15}$/.test(instance) || InstanceId === undefined) return [];
  const state = (State?.Name ?? "pending") as MachineState;
  return [{ ec2Id: InstanceId, instance: Number(instance) as InstanceId, app: tag(TAG.app), type: InstanceType ?? "", state }];
}
