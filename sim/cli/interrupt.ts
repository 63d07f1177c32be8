/** What an interruption by a signal does to a verb that has something to save first. */
type Saver = (exitCode: number) => void;

let saver: Saver | null = null;

/** From now on an interruption calls `save`, which ends the work soon; `null`: an interruption ends the process, as usual. */
export function onInterrupt(save: Saver | null): void {
  saver = save;
}

/** Hands an interruption to who asked for it, once: the next one ends the process. @returns whether anybody did. */
export function handInterrupt(exitCode: number): boolean {
  const save = saver;
  saver = null;
  save?.(exitCode);
  return save !== null;
}
