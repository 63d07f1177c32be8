/**
 * Ids are dense integers, given at first sight, one number line a table. The brand keeps a user's id from being passed as an
 * app's; it has no cost at run time. Names live at the edges (trace, journal), never in the core.
 */
declare const table: unique symbol;
type Id<T extends string> = number & { readonly [table]: T };

export type UserId = Id<"user">;
export type AppId = Id<"app">;
export type TierId = Id<"tier">;
export type PoolId = Id<"pool">;
export type NodeId = Id<"node">;
export type RequestId = Id<"request">;
/** Given by the core when it decides to launch; never reused. */
export type InstanceId = Id<"instance">;
/** Given by the core when it asks for a timer; never reused. */
export type TimerId = Id<"timer">;
