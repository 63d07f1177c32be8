import { invariant } from "../assert.ts";
import { acceptsModel, GPU_MILLIS, type GpuShape, isShared } from "./gpu-shape.ts";

/** A node with its GPU devices: what is free on each, and what kinds of shape it holds. */
export class GpuNode {
  readonly name: string;
  /** Model of its devices; `null` where it has none. */
  readonly model: string | null;
  /** Grows with each placement: what was computed at an earlier version may no longer hold. */
  version = 0;
  cpuFreeMillis: number;
  memoryFreeMiB: number;
  readonly #gpuFreeMillis: number[];
  readonly #held = new Set<number>();

  constructor(name: string, cpuMillis: number, memoryMiB: number, gpus: number, model: string | null) {
    this.name = name;
    this.model = model;
    this.cpuFreeMillis = cpuMillis;
    this.memoryFreeMiB = memoryMiB;
    this.#gpuFreeMillis = new Array<number>(gpus).fill(GPU_MILLIS);
  }

  /** By device, 0 to 1,000. */
  get gpuFreeMillis(): readonly number[] {
    return this.#gpuFreeMillis;
  }

  get totalGpuFreeMillis(): number {
    let total = 0;
    for (const free of this.#gpuFreeMillis) total += free;
    return total;
  }

  get emptyGpus(): number {
    let empty = 0;
    for (const free of this.#gpuFreeMillis) if (free === GPU_MILLIS) empty += 1;
    return empty;
  }

  /** How many GPU kinds of shape it holds: shared, one whole GPU, two, and so on. */
  get kindsHeld(): number {
    return this.#held.size;
  }

  /** Whether it holds a shape of the same GPU kind. */
  holdsKindOf(shape: GpuShape): boolean {
    return this.#held.has(gpuKind(shape));
  }

  /** Whether it has room: CPU, memory, and enough devices of an accepted model, each with the share asked for. */
  fits(shape: GpuShape): boolean {
    if (shape.cpuMillis > this.cpuFreeMillis || shape.memoryMiB > this.memoryFreeMiB) return false;
    return shape.gpus === 0 || (acceptsModel(shape, this.model) && this.hasGpus(shape.gpus, shape.gpuMillis));
  }

  /** Whether at least `gpus` devices have `millis` free. */
  hasGpus(gpus: number, millis: number): boolean {
    let found = 0;
    for (const free of this.#gpuFreeMillis) if (free >= millis) found += 1;
    return found >= gpus;
  }

  /** The first empty devices, as many as the shape asks for. */
  firstEmpty(gpus: number): number[] {
    const devices: number[] = [];
    for (let device = 0; devices.length < gpus && device < this.#gpuFreeMillis.length; device += 1) {
      if (this.#gpuFreeMillis[device] === GPU_MILLIS) devices.push(device);
    }
    return devices;
  }

  /** Takes what the shape asks for from these devices. The caller has made sure that it fits. */
  place(shape: GpuShape, devices: readonly number[]): void {
    invariant(devices.length === shape.gpus, "an instance gets as many devices as it asks for");
    invariant(new Set(devices).size === devices.length, "no device twice");
    invariant(shape.cpuMillis <= this.cpuFreeMillis && shape.memoryMiB <= this.memoryFreeMiB, "a node is never overcommitted");
    for (const device of devices) {
      const free = this.#gpuFreeMillis[device];
      invariant(free !== undefined && shape.gpuMillis <= free, "a GPU device is never overcommitted");
      this.#gpuFreeMillis[device] = (free as number) - shape.gpuMillis;
    }
    this.cpuFreeMillis -= shape.cpuMillis;
    this.memoryFreeMiB -= shape.memoryMiB;
    if (shape.gpus > 0) this.#held.add(gpuKind(shape));
    this.version += 1;
  }
}

/** Number of whole devices; 0: shares one. */
function gpuKind(shape: GpuShape): number {
  return isShared(shape) ? 0 : shape.gpus;
}
