import { test } from "uvu";
import * as assert from "uvu/assert";
import { wholeUnits } from "../../../../allocator/live/kubernetes/quantity.ts";
import { measured, ResourceMapping } from "../../../../allocator/live/kubernetes/resource-mapping.ts";

const SIZE = { cpuMillis: 1500, memoryMiB: 2048, gpuMillis: 0, networkKbps: 0 };

test("quantities are read in each of Kubernetes' notations, and rounded down", () => {
  for (const [quantity, unit, expected] of [
    ["2", 1e-3, 2000],
    ["1500m", 1e-3, 1500],
    ["0.3", 1e-3, 300],
    ["1e3", 1e-3, 1_000_000],
    ["2500000u", 1e-3, 2500],
    ["1.5Gi", 2 ** 20, 1536],
    ["2G", 2 ** 20, 1907],
    ["1048575", 2 ** 20, 0],
    ["1048576", 2 ** 20, 1],
    ["9E", 1e-3, Number.MAX_SAFE_INTEGER],
    ["-1", 1, 0],
    ["5 cores", 1, 0],
    ["", 1, 0],
    [undefined, 1, 0],
  ] as const)
    assert.is(wholeUnits(quantity, unit), expected, String(quantity));
});

test("where nodes define nothing for them, network is advisory and never short, and there are no GPUs", () => {
  const mapping = new ResourceMapping();
  const node = { cpu: "4", memory: "8Gi", pods: "110" };
  mapping.learn(node);
  assert.equal(mapping.capacityOf(node), { cpuMillis: 4000, memoryMiB: 8192, gpuMillis: 0, networkKbps: 0xffff_ffff });
  assert.equal(mapping.ask({ ...SIZE, networkKbps: 800 }), {
    requests: { cpu: "1500m", memory: "2048Mi" },
    advisory: ["networkKbps=800: no node defines a resource for it"],
  });
});

test("extended resources count GPUs and network where nodes define them; finer units are preferred", () => {
  const mapping = new ResourceMapping();
  mapping.learn({ "nvidia.com/gpu": "2" });
  mapping.learn({ "prae.dev/network-kbps": "1000000" });
  assert.equal(mapping.ask({ ...SIZE, gpuMillis: 1500, networkKbps: 800 }), {
    requests: { cpu: "1500m", memory: "2048Mi", "nvidia.com/gpu": "2", "prae.dev/network-kbps": "800" },
    advisory: ["gpuMillis=1500: rounded up to 2 × nvidia.com/gpu"],
  });
  assert.is(mapping.capacityOf({ "nvidia.com/gpu": "2" }).gpuMillis, 2000);
  assert.is(mapping.capacityOf({ cpu: "1" }).networkKbps, 0, "others count it, so this one has none");
  mapping.learn({ "prae.dev/gpu-millis": "4000" });
  assert.equal(mapping.ask({ ...SIZE, gpuMillis: 1500 }).requests["prae.dev/gpu-millis"], "1500");
  assert.equal(mapping.ask({ ...SIZE, gpuMillis: 1500 }).advisory, []);
});

test("what is not asked for is left out", () => {
  assert.equal(new ResourceMapping().ask({ ...SIZE, cpuMillis: 0 }), { requests: { memory: "2048Mi" }, advisory: [] });
});

test("what was asked for is measured again as it was", () => {
  const size = { ...SIZE, gpuMillis: 500, networkKbps: 3 };
  assert.equal(measured(new ResourceMapping().ask(size).requests, size), size);
  assert.equal(measured({ cpu: "2" }, size), { ...size, cpuMillis: 2000, memoryMiB: 0 });
  assert.equal(measured(undefined, size), size);
});

test.run();
