import { RESOURCE_NAMES, type ResourceName } from "../allocator/core/resources.ts";
import { COLUMN_OF_RESOURCE } from "./columns.ts";
import type { ColumnKind, ColumnSource, ColumnValues } from "./parquet.ts";
import { AMOUNT_COLUMNS } from "./row-tables.ts";
import { ShapeTable } from "./shape-table.ts";
import type { RequestColumns, UsageColumns } from "./trace.ts";

/** Columns of the requests in a file; `request_id` comes first where the source has ids. */
export function requestColumns(named: boolean): Readonly<Record<string, ColumnKind>> {
  return {
    ...(named ? { request_id: "text" } : {}),
    user_index: "uint32",
    app_index: "uint32",
    tier_index: "uint8",
    submit_ms: "time",
    run_ms: "time",
    ...AMOUNT_COLUMNS,
  };
}

export const USAGE_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  user_index: "uint32",
  at_ms: "time",
  window_ms: "uint32",
  ...AMOUNT_COLUMNS,
};

export function columnsOfRequests(requests: RequestColumns): readonly ColumnSource[] {
  const values: Record<string, ColumnSource["values"]> = {
    user_index: requests.user,
    app_index: requests.app,
    tier_index: requests.tier,
    submit_ms: requests.submitMs,
    run_ms: requests.runMs,
  };
  if (requests.names !== null) values["request_id"] = requests.names;
  for (const name of RESOURCE_NAMES) values[COLUMN_OF_RESOURCE[name]] = amountsOfShapes(requests, name);
  return sources(requestColumns(requests.names !== null), values);
}

/** One amount of every request, from the shapes they share. */
function amountsOfShapes({ shape, shapes }: RequestColumns, name: ResourceName): Uint32Array {
  const amounts = Uint32Array.from(shapes, (resources) => resources[name]);
  return shape.map((code) => amounts[code] as number);
}

export function requestsOfColumns(read: Readonly<Record<string, ColumnValues>>, count: number): RequestColumns {
  const [cpuMillis, memoryMiB, gpuMillis, networkKbps] = RESOURCE_NAMES.map((name) => read[COLUMN_OF_RESOURCE[name]]) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const table = new ShapeTable();
  const shape = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) {
    shape[row] = table.code(
      cpuMillis[row] as number,
      memoryMiB[row] as number,
      gpuMillis[row] as number,
      networkKbps[row] as number,
    );
  }
  return {
    count,
    names: (read["request_id"] as string[] | undefined) ?? null,
    submitMs: read["submit_ms"] as Float64Array,
    runMs: read["run_ms"] as Float64Array,
    user: read["user_index"] as Uint32Array,
    app: read["app_index"] as Uint32Array,
    tier: read["tier_index"] as Uint8Array,
    shape,
    shapes: table.shapes,
  };
}

export function columnsOfUsage(usage: UsageColumns): readonly ColumnSource[] {
  return sources(USAGE_COLUMNS, {
    user_index: usage.user,
    at_ms: usage.atMs,
    window_ms: usage.windowMs,
    ...Object.fromEntries(RESOURCE_NAMES.map((name) => [COLUMN_OF_RESOURCE[name], usage[name]])),
  });
}

export function usageOfColumns(read: Readonly<Record<string, ColumnValues>>, count: number): UsageColumns {
  return {
    count,
    atMs: read["at_ms"] as Float64Array,
    user: read["user_index"] as Uint32Array,
    windowMs: read["window_ms"] as Uint32Array,
    cpuMillis: read["cpu_millis"] as Uint32Array,
    memoryMiB: read["memory_mib"] as Uint32Array,
    gpuMillis: read["gpu_millis"] as Uint32Array,
    networkKbps: read["network_kbps"] as Uint32Array,
  };
}

function sources(columns: Readonly<Record<string, ColumnKind>>, values: Readonly<Record<string, ColumnSource["values"]>>) {
  return Object.entries(columns).map(([name, kind]) => ({ name, kind, values: values[name] as ColumnSource["values"] }));
}
