import { constants } from "node:fs";
import { copyFile, type FileHandle, link, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Segment, segmentPath, segmentsOf } from "../journal/segments.ts";
import { syncDirectory } from "./snapshot-file.ts";

export interface ActiveOptions {
  /** From which size on the next file is begun. */
  readonly segmentBytes: number;
  /** Of whoever leads: names what no other process may link. */
  readonly epoch: number;
  /** Throws where another one leads by now. */
  readonly check: () => void;
}

/** The last file of a journal, which is written to; once it is long enough, the next one. */
export class ActiveSegment {
  readonly #path: string;
  readonly #options: ActiveOptions;
  #file: FileHandle;
  #start: number;
  #end: number;

  private constructor(path: string, options: ActiveOptions, file: FileHandle, { start, end }: Pick<Segment, "start" | "end">) {
    this.#path = path;
    this.#options = options;
    this.#file = file;
    this.#start = start;
    this.#end = end;
  }

  /** @param last of the journal at `path`; `undefined`: there is none yet, and it begins. */
  static async open(path: string, last: Segment | undefined, options: ActiveOptions): Promise<ActiveSegment> {
    const file = await open(last?.path ?? path, "a", 0o600);
    return new ActiveSegment(path, options, file, last ?? { start: 0, end: 0 });
  }

  /** Where in the journal it begins. */
  get start(): number {
    return this.#start;
  }

  /** What follows byte `end` of the journal is taken off. */
  async truncate(end: number): Promise<void> {
    await this.#file.truncate(end - this.#start);
    await this.#file.datasync();
    this.#end = end;
  }

  /** In the next file, where this one is as long as it may be. @returns once they are on the disk. */
  async append(bytes: Buffer): Promise<void> {
    if (this.#end - this.#start >= this.#options.segmentBytes) await this.#roll();
    for (let at = 0; at < bytes.length; ) at += (await this.#file.write(bytes, at)).bytesWritten;
    await this.#file.datasync();
    this.#end += bytes.length;
  }

  /**
   * Begins the next file; all of this one is on the disk. The next one is made under a name of its own and then linked to where it belongs.
   * Whoever takes over makes a higher epoch first, and then removes such names: so this process either sees the epoch, or finds nothing to
   * link. Between any two of these steps a crash leaves a journal that goes on.
   */
  async #roll(): Promise<void> {
    const { epoch, check } = this.#options;
    const spare = sparePath(this.#path, epoch);
    const file = await open(spare, "ax", 0o600);
    try {
      check();
      await link(spare, segmentPath(this.#path, this.#end));
    } catch (error) {
      await file.close();
      check();
      throw error;
    }
    await rm(spare, { force: true });
    await syncDirectory(dirname(this.#path));
    await this.#file.close();
    this.#file = file;
    this.#start = this.#end;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function sparePath(path: string, epoch: number): string {
  return `${path}.next-${epoch}`;
}

/**
 * Takes the journal over from whoever wrote it, once the epoch that says so is there.
 * @param isClean whether that process is known to be gone; else the last file is copied, and who still has the old one open writes beside it.
 */
export async function takeJournal(path: string, isClean: boolean): Promise<void> {
  const spares = `${basename(path)}.next-`;
  const folder = dirname(path);
  for (const name of await readdir(folder)) if (name.startsWith(spares)) await rm(join(folder, name), { force: true });
  const last = segmentsOf(path).at(-1);
  if (isClean || last === undefined) return;
  const copy = `${path}.tmp`;
  await copyFile(last.path, copy, constants.COPYFILE_FICLONE);
  const file = await open(copy, "r+");
  await file.sync();
  await file.close();
  await rename(copy, last.path);
}
