/** The surface of tfjs that networks are written to. */
export type TensorFlow = typeof import("@tensorflow/tfjs-core");

/** In the order in which `auto` prefers them, but for `webgpu`, which runs on request only. */
export const BACKEND_NAMES = ["tfjs-node-gpu", "tfjs-node", "webgpu", "wasm", "cpu"] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

/** `auto`: the first that works here. */
export type BackendChoice = BackendName | "auto";

/** Where tensors live and kernels run. There is one at a time in a process. */
export interface Backend {
  readonly name: BackendName;
  /** Of the package that brings its kernels. */
  readonly version: string;
  /** Set to this backend. Networks take tfjs from here and import none themselves, since a native package can bring its own. */
  readonly tf: TensorFlow;
  /** Do the same inputs give the same bits, run after run? */
  readonly repeatable: boolean;
  /** Faster or missing kernels that PRAE put in; on `wasm` only. */
  readonly kernels: readonly KernelCheck[];
}

/** A kernel of PRAE's own, compared with a plain reference when the backend was opened. */
export interface KernelCheck {
  readonly kernel: string;
  /** In use; otherwise the stock kernel is, or, where there is none, the backend goes without. */
  readonly used: boolean;
  /** Why not. */
  readonly fault: string | null;
}
