import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { heapView, kernelOf, type WasmKernel } from "./wasm-kernel.ts";

/** tanh x = 2σ(2x) − 1, since XNNPACK has the logistic function: 1.5 instead of 10 ns a number, right to 4·10⁻⁷. */
export const TANH: WasmKernel = {
  name: "Tanh",
  make(tf, backend, stock) {
    const logistic = kernelOf(tf, backend, "Sigmoid");
    const sum = kernelOf(tf, backend, "Add");
    const difference = kernelOf(tf, backend, "Sub");
    return (args) => {
      const x = args.inputs["x"] as TensorInfo;
      if (x.dtype !== "float32") return (stock as KernelFunc)(args);
      const one = backend.makeOutput([1], x.dtype);
      heapView(backend, one).fill(1);
      const doubled = sum({ a: x, b: x });
      const chances = logistic({ x: doubled });
      const twice = sum({ a: chances, b: chances });
      const tanh = difference({ a: twice, b: one });
      for (const { dataId } of [one, doubled, chances, twice]) backend.disposeData(dataId);
      return tanh;
    };
  },
  check(tf) {
    const numbers = [-100, -9, -2.5, -1, -0.1, -1e-4, 0, 1e-4, 0.1, 0.5, 1, 2.5, 9, 100];
    const found = tf.tidy(() => tf.tanh(tf.tensor1d(numbers)).dataSync());
    for (const [i, x] of numbers.entries()) {
      if (!(Math.abs((found[i] as number) - Math.tanh(x)) < 4e-7)) return `tanh ${x} gave ${found[i]}`;
    }
    return null;
  },
};
