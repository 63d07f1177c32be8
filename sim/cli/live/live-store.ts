import type { LiveRun } from "../../../allocator/live/live-run.ts";
import { openStore } from "../../../allocator/live/store/open-store.ts";
import { type Store, StoreError } from "../../../allocator/live/store/store.ts";
import { StoreWriter } from "../../../allocator/live/store/store-writer.ts";
import type { TelemetryLog } from "../../../allocator/live/telemetry-log.ts";
import { InputError } from "../../../datasets/issues.ts";

/** The store that `--database` names; `null`: none. @throws InputError where it cannot be opened. */
export async function openLiveStore(address: string | undefined): Promise<Store | null> {
  if (address === undefined) return null;
  try {
    return await openStore(address);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { message: found, hint } = error;
    throw new InputError([
      { where: "--database", expected: "a store that can be opened", found, ...(hint === null ? {} : { hint }) },
    ]);
  }
}

/** For a run that waited for its turn. Where the store cannot be opened, the run is left in order. */
export async function openWhenLeading(address: string | undefined, run: LiveRun): Promise<Store | null> {
  try {
    return await openLiveStore(address);
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** Keeps in the store what the run's journal says, from now on. @returns how to stop. */
export function keepIn(store: Store | null, state: string, run: LiveRun, log: TelemetryLog): () => Promise<void> {
  if (store === null) return async () => {};
  const synced = async () => (await run.mark()).byte;
  const writer = new StoreWriter({ store, state, synced, clock: run.clock, log });
  writer.start();
  log.info({ store: store.name, run: writer.run }, "storing");
  return async () => {
    await writer.stop();
    await store.close();
  };
}
