import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type Instance,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { AwsProxy } from "./aws-proxy.ts";

/** Where `.ci/aws` started the emulator; empty: it did not. */
export const MOTO = process.env["PRAE_TEST_MOTO"] ?? "";

export const IMAGE = "ami-0123456789abcdef0";

/** Nobody checks them; the SDK's ordinary chain finds them. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "not-a-secret-testing" };
Object.assign(process.env, CREDENTIALS);

/** An account's view of one region of the emulator, behind a proxy of its own. */
export class AwsBench {
  readonly region: string;
  readonly proxy: AwsProxy;
  readonly #ec2: EC2Client;
  readonly #scaling: AutoScalingClient;

  private constructor(region: string, proxy: AwsProxy) {
    this.region = region;
    this.proxy = proxy;
    this.#ec2 = new EC2Client({ region, endpoint: MOTO });
    this.#scaling = new AutoScalingClient({ region, endpoint: MOTO });
  }

  static async start(region: string): Promise<AwsBench> {
    return new AwsBench(region, await AwsProxy.start(MOTO));
  }

  /** All machines that were tagged with a run, ended ones too. */
  async machines(): Promise<Instance[]> {
    const { Reservations = [] } = await this.#ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "tag-key", Values: ["prae:run"] }], MaxResults: 1000 }),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  }

  /** How many machines of a run are in each state. */
  async states(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { State } of await this.machines()) counts[String(State?.Name)] = (counts[String(State?.Name)] ?? 0) + 1;
    return counts;
  }

  async subnets(): Promise<string[]> {
    const { Subnets = [] } = await this.#ec2.send(new DescribeSubnetsCommand({}));
    return Subnets.map(({ SubnetId }) => SubnetId as string);
  }

  /** As somebody else would, or EC2 itself with a spot instance. */
  async terminate(...ids: readonly string[]): Promise<void> {
    await this.#ec2.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
  }

  async stop(...ids: readonly string[]): Promise<void> {
    await this.#ec2.send(new StopInstancesCommand({ InstanceIds: [...ids] }));
  }

  async makeGroup(name: string, nodes: number, most: number): Promise<void> {
    await this.#scaling.send(
      new CreateLaunchConfigurationCommand({ LaunchConfigurationName: name, ImageId: IMAGE, InstanceType: "m5.large" }),
    );
    const group = { AutoScalingGroupName: name, LaunchConfigurationName: name, AvailabilityZones: [`${this.region}a`] };
    await this.#scaling.send(new CreateAutoScalingGroupCommand({ ...group, MinSize: 0, MaxSize: most, DesiredCapacity: nodes }));
  }

  async group(name: string): Promise<{ desired: number; instances: string[]; warm: unknown }> {
    const { AutoScalingGroups = [] } = await this.#scaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
    );
    const { DesiredCapacity = -1, Instances = [], WarmPoolConfiguration } = AutoScalingGroups[0] ?? {};
    const instances = Instances.map(({ InstanceId }) => InstanceId as string);
    return { desired: DesiredCapacity, instances, warm: WarmPoolConfiguration };
  }

  async close(): Promise<void> {
    const ended = new Set(["terminated", "shutting-down"]);
    const ids = (await this.machines()).flatMap(({ InstanceId, State }) =>
      ended.has(String(State?.Name)) ? [] : [InstanceId as string],
    );
    if (ids.length > 0) await this.terminate(...ids);
    await this.proxy.close();
  }
}

export async function until(holds: () => boolean | Promise<boolean>, forMs = 30_000): Promise<void> {
  const endMs = performance.now() + forMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`it did not come to that within ${forMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
