import type { Resources } from "../allocator/core/resources.ts";

/**
 * Gives each distinct quadruple of amounts a code, in order of first use, so that millions of requests share a few objects.
 * Amounts are integers below 2³²; an importer may use −1 for "not given".
 */
export class ShapeTable {
  readonly shapes: Resources[] = [];
  readonly #codes = new Map<string, number>();
  #last: Resources | undefined;
  #lastCode = -1;

  code(cpuMillis: number, memoryMiB: number, gpuMillis: number, networkKbps: number): number {
    const last = this.#last;
    if (
      last !== undefined &&
      last.cpuMillis === cpuMillis &&
      last.memoryMiB === memoryMiB &&
      last.gpuMillis === gpuMillis &&
      last.networkKbps === networkKbps
    ) {
      return this.#lastCode;
    }
    const key = `${cpuMillis},${memoryMiB},${gpuMillis},${networkKbps}`;
    let code = this.#codes.get(key);
    if (code === undefined) {
      code = this.shapes.length;
      this.#codes.set(key, code);
      this.shapes.push({ cpuMillis, memoryMiB, gpuMillis, networkKbps });
    }
    this.#lastCode = code;
    this.#last = this.shapes[code];
    return code;
  }
}
