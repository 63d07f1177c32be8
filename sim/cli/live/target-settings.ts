import { fits } from "../../../allocator/core/resources.ts";
import { type AwsSettings, awsFromDocument } from "../../../allocator/live/aws/aws-document.ts";
import type { Fleet } from "../../../allocator/live/fleet.ts";
import type { IssueList } from "../../../datasets/issue-list.ts";
import { readYaml } from "../inputs.ts";
import type { LiveArguments } from "../live.ts";

/** Whether what `prae live` was given belongs together with what it is to act on. */

/** Whatever acts on the world was promoted: there is no way round the gate. */
export function noteUnpromoted({ target, promotion }: LiveArguments, issues: IssueList): void {
  if (target === "dry-run" || promotion !== undefined) return;
  const expected = `--promotion with --target ${target}: only a dry run takes a policy that nobody promoted`;
  issues.add({ where: "--policy", expected, found: "none", hint: "prae promote" });
}

/** What `--aws` says, where that is the target. */
export async function readAws({ target, aws }: LiveArguments, issues: IssueList): Promise<AwsSettings | null> {
  if ((target === "aws") !== (aws !== undefined)) {
    const expected = target === "aws" ? "a YAML file, for --target aws" : `nothing, for --target ${target}`;
    issues.add({ where: "--aws", expected, found: aws ?? "nothing" });
  }
  return target === "aws" && aws !== undefined ? awsFromDocument(await readYaml(aws)) : null;
}

/** Every app has an image, and every pool is machines of the apps' own or a group's. */
export function noteAws({ apps, pools }: Fleet, aws: AwsSettings, args: LiveArguments, issues: IssueList): void {
  const where = args.aws as string;
  for (const { name, shape } of apps) {
    const types = aws.apps.get(name)?.instanceTypes;
    const expected = `the app ${name} of the fleet`;
    if (types === undefined) issues.add({ where, path: "apps", expected, found: "nothing" });
    else if (!types.some(({ capacity }) => fits(shape, capacity)))
      issues.add({ where, path: "apps", expected: `${expected} with a type in which its shape fits`, found: "none" });
  }
  pools.forEach(({ name, unlimited, nodes }, i) => {
    const path = `pools[${i}]`;
    if (nodes > 0) issues.add({ where: args.fleet, path, expected: "no nodes: AWS says which there are", found: String(nodes) });
    else if (unlimited === aws.groups.has(name)) {
      const expected = `the pool ${name} unlimited, or with a group in ${where}`;
      issues.add({ where: args.fleet, path, expected, found: unlimited ? "both" : "neither" });
    }
  });
}
