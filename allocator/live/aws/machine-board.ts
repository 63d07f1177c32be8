import type { InstanceId } from "../../core/ids.ts";
import type { ObservedInstance, Outcome } from "../ports.ts";
import type { Machine, MachineState } from "./ec2-machines.ts";

/** Shown for the last time so long ago, it is gone: EC2 shows what it does only after a while. */
const MISSING_MS = 60_000;

/** The decision under way for a machine. */
export interface Token {
  readonly seq: number;
  readonly index: number;
}

export type MachinePhase = "launching" | "starting" | "ready" | "suspending" | "suspended" | "resuming" | "stopping" | "gone";

/** A machine as it was last heard of. */
export interface KnownMachine {
  /** `null`: EC2 has not said yet. */
  ec2Id: string | null;
  app: string;
  type: string;
  phase: MachinePhase;
  /** What it is on the way for; `null`: nothing, or it is not known any more. */
  token: Token | null;
  /** When something was last asked of it. Listings that were asked for before show what was before. */
  changedAtMs: number;
  seenAtMs: number;
}

/** What a listing of EC2 says. */
export interface Sighting {
  readonly outcomes: readonly Outcome[];
  /** Machines that nobody asked for, or that stopped unasked: to be ended. */
  readonly strays: readonly { readonly instance: InstanceId; readonly ec2Id: string }[];
}

/** What is known of each machine of a run, and what it means that EC2 shows it otherwise. */
export class MachineBoard {
  readonly #machines = new Map<InstanceId, KnownMachine>();
  readonly #startLimitMs: number;

  /** @param startLimitMs how long a machine may take to start, to stop or to resume. */
  constructor(startLimitMs: number) {
    this.#startLimitMs = startLimitMs;
  }

  /** What is there when the run begins. */
  adopt(machines: readonly Machine[], nowMs: number): void {
    for (const { instance, ec2Id, app, type, state } of machines) {
      const phase = ADOPTED[state];
      if (phase === null || this.#machines.has(instance)) continue;
      this.#machines.set(instance, { ec2Id, app, type, phase, token: null, changedAtMs: nowMs, seenAtMs: nowMs });
    }
  }

  find(instance: InstanceId): KnownMachine | undefined {
    return this.#machines.get(instance);
  }

  /** One that is there already is left as it is. */
  launching(instance: InstanceId, app: string, token: Token, nowMs: number): void {
    if (this.#machines.has(instance)) return;
    this.#machines.set(instance, {
      ec2Id: null,
      app,
      type: "",
      phase: "launching",
      token,
      changedAtMs: nowMs,
      seenAtMs: nowMs,
    });
  }

  /** Something is asked of it, or was answered. */
  turn(machine: KnownMachine, phase: MachinePhase, token: Token | null, nowMs: number): void {
    machine.phase = phase;
    machine.token = token;
    machine.changedAtMs = nowMs;
    machine.seenAtMs = nowMs;
  }

  forget(instance: InstanceId): void {
    this.#machines.delete(instance);
  }

  /** @param askedAtMs when the listing was asked for. */
  see(machines: readonly Machine[], askedAtMs: number, nowMs: number): Sighting {
    const outcomes: Outcome[] = [];
    const strays: { instance: InstanceId; ec2Id: string }[] = [];
    for (const { instance, ec2Id, state } of machines) {
      const known = this.#machines.get(instance);
      if (known?.ec2Id === null) continue;
      if (known === undefined || known.ec2Id !== ec2Id) {
        if (ADOPTED[state] !== null) strays.push({ instance, ec2Id });
        continue;
      }
      known.seenAtMs = nowMs;
      if (known.changedAtMs >= askedAtMs) continue;
      const outcome = this.#advance(instance, known, state, nowMs);
      if (outcome === null) continue;
      outcomes.push(outcome);
      if (outcome.kind === "instance_lost" && ADOPTED[state] !== null) strays.push({ instance, ec2Id });
    }
    for (const [instance, known] of this.#machines) {
      if (known.ec2Id === null || known.seenAtMs + MISSING_MS > nowMs) continue;
      this.#machines.delete(instance);
      if (known.phase !== "gone" && known.phase !== "stopping") outcomes.push({ kind: "instance_lost", instance });
    }
    return { outcomes, strays };
  }

  /** The phases in which the run sees what EC2 shows; of several machines of an instance, the one that is known. */
  observe(machines: readonly Machine[]): ObservedInstance[] {
    const found = new Map<InstanceId, ObservedInstance>();
    for (const { instance, ec2Id, state } of machines) {
      const known = this.#machines.get(instance);
      if (state === "terminated" || (known !== undefined && known.ec2Id !== null && known.ec2Id !== ec2Id)) continue;
      const phase = known?.phase === "gone" ? "stopping" : OBSERVED[state];
      if (phase !== "stopping" || !found.has(instance)) found.set(instance, { instance, phase, node: null });
    }
    return [...found.values()];
  }

  #advance(instance: InstanceId, known: KnownMachine, state: MachineState, nowMs: number): Outcome | null {
    const { phase } = known;
    if (state === "shutting-down" || state === "terminated") {
      this.#machines.delete(instance);
      return phase === "gone" || phase === "stopping" ? null : { kind: "instance_lost", instance };
    }
    if (state === "running" && (phase === "starting" || phase === "resuming")) {
      this.turn(known, "ready", null, nowMs);
      return { kind: "instance_ready", instance };
    }
    if (state === "stopped" && phase === "suspending") {
      this.turn(known, "suspended", null, nowMs);
      return { kind: "instance_suspended", instance };
    }
    // It was stopped by somebody else: whatever ran on it does not run any more.
    if ((state === "stopped" || state === "stopping") && (phase === "ready" || phase === "starting")) {
      this.#machines.delete(instance);
      return { kind: "instance_lost", instance };
    }
    return known.changedAtMs + this.#startLimitMs > nowMs ? null : this.#late(instance, known, nowMs);
  }

  #late(instance: InstanceId, known: KnownMachine, nowMs: number): Outcome | null {
    const { phase, token } = known;
    if (phase === "starting") {
      this.#machines.delete(instance);
      return { kind: "instance_lost", instance };
    }
    if ((phase !== "suspending" && phase !== "resuming") || token === null) return null;
    this.turn(known, phase === "suspending" ? "ready" : "suspended", null, nowMs);
    return { kind: "decision_failed", decisionSeq: token.seq, decisionIndex: token.index, reason: "timeout" };
  }
}

/** `null`: it is not there any more. One that is stopping may be on the way to be suspended, which is then asked for again. */
const ADOPTED: Readonly<Record<MachineState, MachinePhase | null>> = {
  pending: "starting",
  running: "ready",
  stopping: "ready",
  stopped: "suspended",
  "shutting-down": null,
  terminated: null,
};

const OBSERVED: Readonly<Record<MachineState, ObservedInstance["phase"]>> = {
  pending: "starting",
  running: "ready",
  stopping: "ready",
  stopped: "suspended",
  "shutting-down": "stopping",
  terminated: "stopping",
};
