/** Thousandths of one GPU device. */
export const GPU_MILLIS = 1000;

/** What an instance needs of the node it is placed on. Amounts are whole and not negative. */
export interface GpuShape {
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  /** GPU devices; 0: none. */
  readonly gpus: number;
  /** Of each device: 1,000 takes it whole; less, only where `gpus` is 1, shares it with others; 0 where `gpus` is 0. */
  readonly gpuMillis: number;
  /** Device models that will do; empty: any. */
  readonly gpuModels: readonly string[];
}

/** Whether it takes a part of one device. */
export function isShared(shape: GpuShape): boolean {
  return shape.gpus === 1 && shape.gpuMillis < GPU_MILLIS;
}

/** Σ over its devices. */
export function totalGpuMillis(shape: GpuShape): number {
  return shape.gpus * shape.gpuMillis;
}

export function acceptsModel(shape: GpuShape, model: string | null): boolean {
  return shape.gpuModels.length === 0 || (model !== null && shape.gpuModels.includes(model));
}

/** Equal for shapes that are equal in all but memory. */
export function gpuShapeKey({ cpuMillis, gpus, gpuMillis, gpuModels }: GpuShape): string {
  return `${cpuMillis}/${gpus}/${gpuMillis}/${gpuModels.join("|")}`;
}
