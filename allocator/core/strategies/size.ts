import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { InstanceId } from "../ids.ts";
import type { Group, Instance } from "../instances.ts";
import type { Resources } from "../resources.ts";

/** Fills the slot `size`: how large the instances of each (user, app) are to be, or of each app where it is shared. */
export interface SizeStrategy {
  /** Why an instance of the group is resized. */
  because(group: Group): Because;
  /** What a new instance of the group is to have, for a request that asks for so much (`null`: for none yet); `null`: as much as its app says. */
  target(group: Group, nowMs: number, asked: Resources | null): Resources | null;
  /** The requests on the instance ask for so much now. */
  asked(id: InstanceId, amount: Resources, nowMs: number): void;
  /** A control interval ends: `instances` are those that are ready; `askedOf`: what the requests on one ask for now. */
  endInterval(
    instances: readonly (readonly [Instance, Group])[],
    askedOf: (instance: Instance) => Resources,
    nowMs: number,
  ): void;
  /** What the instance is to have from now on; `null`: what it has. */
  change(instance: Instance, group: Group, nowMs: number): Resources | null;
  resized(id: InstanceId, nowMs: number): void;
  gone(id: InstanceId): void;
  write(out: ByteWriter): void;
  read(from: ByteReader): void;
}
