import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { ResourceName } from "../../allocator/core/resources.ts";
import type { Trace } from "../../datasets/trace.ts";
import { panelPart } from "../../models/backtest/panel-part.ts";
import type { Panel } from "../../models/panel/panel.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import { imported } from "./imported.ts";

/** A trace, the step that is reserved for, and of which resources, each with how many times less it is to waste. */
export interface ReservationCase {
  readonly name: string;
  readonly stepMs: number;
  readonly resources: readonly { readonly resource: ResourceName; readonly floor: number }[];
  readonly trace: (folder: string) => Promise<Trace>;
}

const MINUTE_MS = 60_000;

export function reservationCases(files: string): ReservationCase[] {
  return [
    {
      name: "ServeGen m-large",
      stepMs: 10 * MINUTE_MS,
      resources: [{ resource: "gpuMillis", floor: 1 / 0.75 }],
      trace: (folder) => {
        const rates = join(files, "servegen/client_rates_10min.csv.gz");
        return imported(folder, "timeseries", rates, ["--mapping", "builtin:servegen"]);
      },
    },
    {
      name: "Google users",
      stepMs: 60 * MINUTE_MS,
      resources: [{ resource: "cpuMillis", floor: 1 / 1.05 }],
      trace: (folder) => imported(folder, "google-2011", join(files, "google-2011/jobs_compact.csv.gz"), []),
    },
    {
      name: "Bitbrains",
      stepMs: 5 * MINUTE_MS,
      resources: [
        { resource: "cpuMillis", floor: 1 / 0.8 },
        { resource: "memoryMiB", floor: 1 / 0.88 },
      ],
      trace: (folder) => {
        const archive = join(files, "bitbrains-rnd/rnd-2013-8-vms-1-150.tar.xz");
        execFileSync("tar", ["xf", archive, "-C", folder, "--one-top-level=rnd"]);
        return imported(folder, "bitbrains", join(folder, "rnd/2013-8"), []);
      },
    },
  ];
}

/** Users' demand in the resources of the case. */
export function panelOf({ stepMs, resources }: ReservationCase, trace: Trace): Panel {
  const panel = panelFromTrace(trace, { target: "demand", stepMs });
  const wanted = panel.series.flatMap((one, index) =>
    resources.some(({ resource }) => resource === one.resource) ? [index] : [],
  );
  return panelPart(panel, panel.steps, wanted);
}
