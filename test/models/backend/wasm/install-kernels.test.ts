import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../../allocator/core/random.ts";
import type { BackendName, TensorFlow } from "../../../../models/backend/backend.ts";
import { openBackend } from "../../../../models/backend/open-backend.ts";
import { installKernels } from "../../../../models/backend/wasm/install-kernels.ts";
import type { WasmKernel } from "../../../../models/backend/wasm/wasm-kernel.ts";
import { drawNumbers } from "../../../support/numbers.ts";

/** An operation on a tensor, of some random shape and with random attributes. */
interface Case {
  readonly what: string;
  readonly shape: readonly number[];
  readonly operation: (tf: TensorFlow, x: Tensor) => Tensor | Tensor[];
}

function casesOf(seed: number): Case[] {
  const stream = new RandomStream(seed, "kernels");
  const below = (n: number) => Math.floor(stream.float() * n);
  const shape = Array.from({ length: 1 + below(4) }, () => 1 + below(5));
  const axis = below(shape.length);
  const begin = shape.map((side) => below(side));
  const size = shape.map((side, i) => below(side - (begin[i] as number) + 1));
  const cut = 1 + below(shape[axis] as number);
  const sizes = [cut, (shape[axis] as number) - cut];
  const reps = shape.map(() => 1 + below(3));
  const axes = shape.map((_, i) => i).filter(() => stream.float() < 0.5);
  const keep = stream.float() < 0.5;
  const [m, k, n] = [1 + below(70), 1 + below(70), 1 + below(70)];
  const rows = [1 + below(40), 1 + below(3), 1 + below(70)];
  const [turnA, turnB] = [stream.float() < 0.5, stream.float() < 0.5];
  return [
    { what: `slice ${begin} ${size}`, shape, operation: (tf, x) => tf.slice(x, begin, size) },
    { what: `unstack ${axis}`, shape, operation: (tf, x) => tf.unstack(x, axis) },
    { what: `split ${sizes} ${axis}`, shape, operation: (tf, x) => tf.split(x, sizes, axis) },
    { what: `tile ${reps}`, shape, operation: (tf, x) => tf.tile(x, reps) },
    { what: `tile ${reps} of integers`, shape, operation: (tf, x) => tf.tile(tf.cast(x, "int32"), reps) },
    { what: `sum ${axes} ${keep}`, shape, operation: (tf, x) => tf.sum(x, axes, keep) },
    { what: `sum ${axes} of integers`, shape, operation: (tf, x) => tf.sum(tf.cast(x, "int32"), axes, keep) },
    { what: "softplus", shape, operation: (tf, x) => tf.softplus(tf.mul(x, 5)) },
    { what: "tanh", shape, operation: (tf, x) => tf.tanh(x) },
    { what: "sum with its last row", shape: rows, operation: (tf, x) => tf.add(x, lastRow(tf, x)) },
    { what: "product with its last row", shape: rows, operation: (tf, x) => tf.mul(x, lastRow(tf, x)) },
    { what: "clone", shape, operation: (tf, x) => tf.clone(x) },
    {
      what: `product ${m} ${k} ${n} ${turnA} ${turnB}`,
      shape: [k * (m + n)],
      operation(tf, x) {
        const [a, b] = tf.split(x as Tensor1D, [m * k, k * n]) as [Tensor1D, Tensor1D];
        return tf.matMul(tf.reshape(a, turnA ? [k, m] : [m, k]), tf.reshape(b, turnB ? [n, k] : [k, n]), turnA, turnB);
      },
    },
  ];
}

function lastRow(tf: TensorFlow, x: Tensor): Tensor {
  const width = x.shape.at(-1) as number;
  return tf.slice(tf.reshape(x, [x.size]), [x.size - width], [width]);
}

function run(tf: TensorFlow, { shape, operation }: Case): { shapes: number[][]; values: number[] } {
  return tf.tidy(() => {
    const x = tf.tensor(drawNumbers(tf.util.sizeFromShape([...shape]), "x", 1), [...shape]);
    const results = [operation(tf, x)].flat();
    return { shapes: results.map((result) => result.shape), values: results.flatMap((result) => [...result.dataSync()]) };
  });
}

test("each kernel gives what the plain backend gives, whatever the shape", async () => {
  const cases = Array.from({ length: 150 }, (_, seed) => casesOf(seed)).flat();
  const { tf: plain } = await openBackend("cpu");
  const expected = cases.map((one) => run(plain, one));
  const { tf } = await openBackend("wasm");
  // What kernels keep for themselves is not among the tensors that tfjs counts.
  const before = tf.backend().numDataIds();
  for (const [i, one] of cases.entries()) {
    const found = run(tf, one);
    const { shapes, values } = expected[i] as ReturnType<typeof run>;
    assert.equal(found.shapes, shapes, `${one.what} of ${one.shape}`);
    for (const [place, value] of values.entries()) {
      assert.ok(
        Math.abs((found.values[place] as number) - value) < 1e-5 * Math.max(1, Math.abs(value)),
        `${one.what} of ${one.shape}`,
      );
    }
  }
  assert.is(tf.backend().numDataIds(), before, "nothing is left");
});

test("kernels hold while the heap grows under them", async () => {
  const { tf } = await openBackend("wasm");
  const kept: Tensor[] = [];
  // Each result is larger than the heap has been so far.
  for (let rows = 1 << 16; rows <= 1 << 20; rows *= 2) {
    const x = tf.fill([rows, 8], 0.5);
    const [left, right] = tf.split(x, 2, 1) as [Tensor2D, Tensor2D];
    const parts = [
      tf.slice(x, [0, 1], [rows, 7]),
      left,
      right,
      tf.tile(x, [2, 1]),
      tf.tanh(x),
      tf.sum(x, 0),
      ...tf.unstack(x, 1),
    ];
    kept.push(x, ...parts);
    for (const part of parts) {
      const [first = 0] = part.dataSync().subarray(-1);
      assert.ok(
        [0.5, Math.tanh(0.5), rows / 2].some((value) => Math.abs(value - first) < 1e-6),
        String(first),
      );
    }
  }
  for (const tensor of kept) tensor.dispose();
});

const square: WasmKernel["make"] = (_, backend) => (args) => {
  const x = args.inputs["x"] as Tensor;
  return backend.makeOutput(x.shape, x.dtype);
};

test("a kernel that differs, or throws, makes way for the stock one", async () => {
  const { tf } = await openBackend("wasm");
  const thrower: WasmKernel["make"] = () => () => {
    throw new Error("out of order");
  };
  const check: WasmKernel["check"] = (on) => (on.tidy(() => on.square(3).dataSync()[0]) === 9 ? null : "a square differs");
  const found = installKernels(tf, [
    { name: "Square", make: square, check },
    { name: "Square", make: thrower, check },
    { name: "NotThere", make: square, check: () => "there is none to compare with" },
  ]);
  assert.equal(found, [
    { kernel: "Square", used: false, fault: "a square differs" },
    { kernel: "Square", used: false, fault: "out of order" },
    { kernel: "NotThere", used: false, fault: "there is none to compare with" },
  ]);
  assert.is(tf.square(3).dataSync()[0], 9);
  assert.is(tf.getKernel("NotThere", "wasm"), undefined);
});

/** Forty steps of Adam on a network with products, an embedding, gates, attention and normalisation: the bits of its weights. */
async function train(name: BackendName): Promise<string> {
  const { tf } = await openBackend(name);
  const weight = (what: string, shape: number[]) =>
    tf.variable(tf.tensor(drawNumbers(tf.util.sizeFromShape(shape), what, 0.3), shape), true);
  const [table, first, second, bias] = [
    weight("table", [6, 8]),
    weight("first", [8, 24]),
    weight("second", [8, 8]),
    weight("bias", [24]),
  ] as [Tensor2D, Tensor2D, Tensor2D, Tensor1D] & ReturnType<typeof weight>[];
  const variables = [table, first, second, bias] as ReturnType<typeof weight>[];
  const adam = tf.train.adam(0.01);
  const target = tf.tensor3d(drawNumbers(4 * 5 * 8, "target", 1), [4, 5, 8]);
  const ids = tf.tensor1d(
    Array.from({ length: 20 }, (_, i) => (i * 7) % 6),
    "int32",
  );
  for (let step = 0; step < 40; step += 1) {
    const loss = adam.minimize(
      () => {
        const rows = tf.gather(table, ids) as Tensor2D;
        const gates = tf.split(tf.add(tf.matMul(rows, first), bias), 3, 1) as Tensor2D[];
        const mixed = tf.mul(tf.sigmoid(gates[0] as Tensor2D), tf.tanh(gates[1] as Tensor2D));
        const keys = tf.reshape(tf.add(mixed, gates[2] as Tensor2D), [4, 5, 8]) as Tensor3D;
        const attended = tf.matMul(tf.softmax(tf.matMul(keys, keys, false, true)), keys);
        const out = tf.reshape(tf.matMul(tf.reshape(attended, [20, 8]), second), [4, 5, 8]);
        return tf.mean(tf.square(tf.sub(out, target)));
      },
      true,
      variables,
    );
    loss?.dispose();
  }
  const bits = variables.map((variable) => Buffer.from(variable.dataSync().buffer).toString("hex")).join();
  for (const tensor of [...variables, target, ids]) tensor.dispose();
  adam.dispose();
  return bits;
}

for (const name of ["wasm", "cpu"] as const) {
  test(`the same seed trains the same bits on ${name}, wherever on the heap`, async () => {
    const first = await train(name);
    const { tf } = await openBackend(name);
    const between = tf.ones([1013, 7]);
    assert.is(await train(name), first);
    between.dispose();
  });
}

test("wasm and cpu train towards the same weights", async () => {
  const numbers = (bits: string) =>
    bits.split(",").flatMap((hex) => [...new Float32Array(Uint8Array.from(Buffer.from(hex, "hex")).buffer)]);
  const [one, other] = [numbers(await train("wasm")), numbers(await train("cpu"))];
  for (const [i, value] of one.entries()) assert.ok(Math.abs(value - (other[i] as number)) < 2e-3, `${value} and ${other[i]}`);
});

test.run();
