import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { AllocatorCore } from "../core/core.ts";
import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { AppId, InstanceId, NodeId, UserId } from "../core/ids.ts";
import type { Instance } from "../core/instances.ts";
import type { Policy } from "../core/policy.ts";
import { fits } from "../core/resources.ts";
import type { State } from "../core/state.ts";
import type { StepObserver } from "../ports.ts";
import { takeJournal } from "./active-segment.ts";
import type { Directory } from "./directory.ts";
import type { Fleet, FleetApp, FleetUser } from "./fleet.ts";
import { fleetEvents, idsOf, isKnown, type Unstamped, userEvent } from "./fleet-events.ts";
import { edgesOf } from "./freeze-windows.ts";
import type { Holder } from "./holder.ts";
import { Leadership } from "./leadership.ts";
import type { JournalPosition, LiveJournal } from "./live-journal.ts";
import { LiveSchedule } from "./live-schedule.ts";
import type { Outstanding } from "./outstanding.ts";
import type {
  Believed,
  BelievedNode,
  Clock,
  Fence,
  LeftOut,
  Names,
  ObservedInstance,
  Outcome,
  Platform,
  SourceSink,
  TelemetrySink,
  Told,
} from "./ports.ts";
import { reconcile } from "./reconcile.ts";
import { type BeginWatch, type RecoveredRun, recover } from "./recover-run.ts";
import { Refused } from "./refused.ts";
import { type RequestView, viewRequest } from "./request-view.ts";
import { writeSnapshot } from "./snapshot-file.ts";
import { openingEvents, type StageChange, stageEvent, type Trial } from "./stages.ts";
import type { StageWatch } from "./watch/stage-watch.ts";

/** Events between two snapshots: about what recovery has to read. */
const SNAPSHOT_EVENTS = 50_000;
const SEGMENT_BYTES = 256 * 2 ** 20;

export interface LiveOptions {
  /** Folder of the journal and its snapshot; made where it is not there. */
  readonly state: string;
  readonly fleet: Fleet;
  readonly policy: Policy;
  /** A candidate to try beside it; absent: none. */
  readonly trial?: Trial | null;
  /** Counts what is observed of it; absent: nobody does. */
  readonly watch?: BeginWatch | null;
  readonly platform: (names: Names, fence: Fence) => Platform;
  readonly clock: Clock;
  /** Whether to wait while another process has this run, or to refuse. */
  readonly standby?: boolean;
  /** From which size on the journal goes on in another file. */
  readonly segmentBytes?: number;
  /** Told once, where it has to wait. */
  readonly onWait?: (leader: Holder) => void;
  /** A journal refers to a forecast by its digest: this gives the event its numbers again. */
  readonly whole: (event: AllocatorEvent) => Promise<AllocatorEvent>;
  /** See each step that is new, after the journal. */
  readonly observers?: readonly StepObserver[];
  /** The disk refused, or the core found a promise of its own broken: nothing more is acknowledged, and the process has to end. */
  readonly onFailure: (error: unknown) => void;
}

/** How a run began. */
export interface Recovery {
  /** Events in the journal, and of them read behind the snapshot. */
  readonly events: number;
  readonly replayedEvents: number;
  /** Of a write that a crash cut. */
  readonly tornBytes: number;
  /** Instances that were gone, instances that nobody knew of, decisions submitted again. */
  readonly lost: number;
  readonly discarded: number;
  readonly resubmitted: number;
  readonly elapsedMs: number;
}

/**
 * A core that lives: events come as they happen; each step is in the journal and synced before its decisions are submitted or anybody
 * is told; after a crash it goes on where the journal ends.
 */
export class LiveRun implements TelemetrySink, SourceSink {
  readonly #core: AllocatorCore;
  readonly #options: LiveOptions;
  readonly #platform: Platform;
  readonly #journal: LiveJournal;
  readonly #directory: Directory;
  readonly #outstanding: Outstanding;
  /** What is observed of a candidate against what was predicted; `null`: nothing was. */
  readonly watch: StageWatch | null;
  readonly #leadership: Leadership;
  readonly #fleetApps: ReadonlyMap<string, FleetApp>;
  readonly #expectedReadyAtMs = new Map<InstanceId, number>();
  #seq: number;
  #atMs = 0;
  #unsubmitted: Decision[] = [];
  #submitting: Promise<void> | null = null;
  #hasNews = false;
  #snapshotting: Promise<void> = Promise.resolve();
  readonly #schedule: LiveSchedule;
  #snapshotAtSeq: number;
  #isStopped = false;
  #recovery: Recovery;

  private constructor(options: LiveOptions, parts: RecoveredRun, leadership: Leadership) {
    this.#options = options;
    this.#fleetApps = new Map(options.fleet.apps.map((app) => [app.name, app]));
    this.#core = parts.core;
    this.#journal = parts.journal;
    this.#directory = parts.directory;
    this.#outstanding = parts.outstanding;
    this.watch = parts.watch;
    this.#seq = parts.events;
    this.#snapshotAtSeq = parts.events + SNAPSHOT_EVENTS;
    this.#atMs = parts.atMs;
    this.#platform = options.platform(parts.directory, leadership);
    this.#leadership = leadership;
    const { clock, fleet, policy, trial } = options;
    const edges = edgesOf(fleet.freezes);
    this.#schedule = new LiveSchedule(clock, policy.controlEveryMs ?? trial?.candidate.controlEveryMs ?? null, edges, (event) =>
      this.#happened(event),
    );
    const { events, replayedEvents, tornBytes } = parts;
    this.#recovery = { events, replayedEvents, tornBytes, lost: 0, discarded: 0, resubmitted: 0, elapsedMs: 0 };
  }

  /**
   * Recovers what the state folder knows, or begins anew; brings the core and the platform together; then takes events.
   * @throws LiveError where the state cannot be gone on with; what the platform throws, where it cannot be reached.
   */
  static async open(options: LiveOptions): Promise<LiveRun> {
    const { state, clock, standby = false, onWait = () => {} } = options;
    mkdirSync(state, { recursive: true });
    const leadership = await Leadership.acquire({ folder: join(state, "leaders"), standby, onWait });
    const beganMs = clock.nowMs();
    let parts: RecoveredRun | null = null;
    try {
      await takeJournal(join(state, "journal.prae.gz"), leadership.isClean);
      parts = await recover(state, options.whole, leadership, options.segmentBytes ?? SEGMENT_BYTES, options.watch ?? null);
      const run = new LiveRun(options, parts, leadership);
      await run.#begin(beganMs);
      return run;
    } catch (error) {
      await parts?.journal.close();
      leadership.release();
      throw error;
    }
  }

  get recovery(): Recovery {
    return this.#recovery;
  }

  get directory(): Directory {
    return this.#directory;
  }

  /** To look at; what changes it are events alone. */
  get state(): State {
    return this.#core.state;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Asked by whatever writes to the world for this run. */
  get fence(): Fence {
    return this.#leadership;
  }

  /** Whether nothing more is taken in. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Events taken so far. */
  get events(): number {
    return this.#seq;
  }

  async #begin(beganMs: number): Promise<void> {
    const { fleet, policy, trial = null } = this.#options;
    const lastMs = this.#atMs;
    for (const event of fleetEvents(fleet, this.#directory, this.state)) this.#take(event);
    for (const event of openingEvents(this.state, policy, trial)) this.#take(event);
    await this.#platform.start((outcome) => this.#report(outcome), this.#believed());
    await this.#reconcile();
    this.#schedule.start(lastMs);
    this.#schedule.plan(this.state.timer);
    await this.#journal.sync();
    if (!this.#leadership.isClean) await this.#snapshot();
    this.#recovery = { ...this.#recovery, elapsedMs: this.clock.nowMs() - beganMs };
  }

  async #reconcile(): Promise<void> {
    const { nodes, instances } = await this.#platform.observe();
    const there = new Set(nodes);
    for (const { id, state } of this.state.nodes.all()) {
      if (state !== "lost" && !there.has(this.#directory.node(id))) this.#take({ kind: "node_lost", node: id });
    }
    const outstanding = this.#outstanding.all();
    const { outcomes, discard, resubmit } = reconcile([...this.state.instances.values()], outstanding, instances);
    for (const outcome of outcomes) this.#report(outcome);
    await this.#journal.sync();
    for (const instance of discard) this.#platform.discard(instance);
    this.#platform.submit(resubmit);
    const lost = outcomes.filter(({ kind }) => kind === "instance_lost").length;
    this.#recovery = { ...this.#recovery, lost, discarded: discard.length, resubmitted: resubmit.length };
  }

  #believed(): Believed {
    const nodes = this.state.nodes.all().flatMap(({ id, pool, state }): BelievedNode[] => {
      return state === "lost" ? [] : [{ node: this.#directory.node(id), pool, state }];
    });
    const instances = [...this.state.instances.values()].map(({ id, app, node, phase }) => ({
      instance: id,
      app,
      node: node === null ? null : this.#directory.node(node),
      phase: OBSERVED_PHASE[phase],
    }));
    return { nodes, instances };
  }

  /** A request for an instance of the app. Sent again, it has the answer that it has by now. @throws Refused */
  async arrive(asked: Parameters<TelemetrySink["arrived"]>[0]): Promise<RequestView> {
    this.#arrived(asked);
    await this.#journal.sync();
    return this.request(asked.request);
  }

  #arrived({ request, user, app, requested }: Parameters<TelemetrySink["arrived"]>[0]): void {
    const userId = this.#user(user);
    const appId = this.#directory.find("app", app) as AppId | undefined;
    if (appId === undefined) throw new Refused("unknown_app", `no app is called ${app}`);
    const known = this.#directory.request(request);
    if (known === undefined) {
      const { shape } = this.state.app(appId);
      if (requested !== null && !fits(requested, shape))
        throw new Refused("too_large", `an instance of ${app} is smaller than that`);
      const tier = this.state.ledger.account(userId).tier;
      const id = this.#directory.nextRequest;
      const what = { request: id, name: request, user: userId, app: appId, requested: requested ?? shape, tier };
      this.#take({ kind: "request_arrived", ...what });
    } else if (known.user !== userId || known.app !== appId) {
      throw new Refused("conflict", `the request ${request} was made by another user or for another app`);
    }
  }

  async arrived(request: Parameters<TelemetrySink["arrived"]>[0]): Promise<void> {
    await this.arrive(request);
  }

  /** @throws Refused where it is not known. Ended twice, it is as if once. */
  async ended(request: string): Promise<void> {
    this.#ended(request);
    await this.#journal.sync();
  }

  #ended(request: string): void {
    const known = this.#directory.request(request);
    if (known === undefined) throw new Refused("unknown_request", `no request is called ${request}`);
    if (known.state === "open") this.#take({ kind: "request_ended", request: known.id });
  }

  /** What a user used on average over the `windowMs` that end now. @throws Refused */
  async usage(observation: Parameters<TelemetrySink["usage"]>[0]): Promise<void> {
    this.#used(observation);
    await this.#journal.sync();
  }

  #used({ user, used, windowMs, saturated }: Parameters<TelemetrySink["usage"]>[0]): void {
    this.#take({ kind: "usage_observed", user: this.#user(user), used, windowMs, saturated });
  }

  position(source: string): string | null {
    return this.#directory.position(source);
  }

  /** In one turn of the event loop, so that it is one member of the journal, which a crash leaves whole or takes whole. */
  async takeIn(source: string, position: string, told: readonly Told[]): Promise<readonly LeftOut[]> {
    const leftOut: LeftOut[] = [];
    for (const one of told) {
      try {
        if (one.kind === "usage") this.#used(one);
        else if (one.kind === "arrived") this.#arrived(one);
        else this.#ended(one.request);
      } catch (error) {
        if (!(error instanceof Refused) || error.code === "stopped") throw error;
        leftOut.push({ told: one, why: error.message });
      }
    }
    this.#take({ kind: "source_read", source, position });
    await this.#journal.sync();
    return leftOut;
  }

  /** A new user, or another profile of one that is known: its tier, permissions and preferences count from now on. */
  async profile(user: FleetUser): Promise<void> {
    const id = (this.#directory.find("user", user.name) ?? this.#directory.next("user")) as UserId;
    const event = userEvent(user, id, idsOf([], "tier", this.#directory), idsOf([], "app", this.#directory));
    if (!isKnown(event, this.state)) this.#take(event);
    await this.#journal.sync();
  }

  /** A forecast that is available now. Its numbers are on the disk already: the journal has the reference alone. */
  forecast(issued: Omit<Extract<Unstamped, { kind: "forecast_issued" }>, "kind">): void {
    if (!this.#isStopped) this.#happened({ kind: "forecast_issued", ...issued });
  }

  /** While it is frozen, nothing is done ahead of requests, or taken from anybody. */
  async freeze(frozen: boolean): Promise<void> {
    if (frozen !== this.state.frozen) this.#take({ kind: "freeze_set", frozen });
    await this.#journal.sync();
  }

  /** Moves the candidate that is there on, or back. @throws Refused where there is none. */
  async stage(change: StageChange): Promise<void> {
    const event = stageEvent(this.state, change);
    if (event !== null) this.#take(event);
    await this.#journal.sync();
  }

  /** How far the journal is on the disk, once all that was taken in so far is. */
  mark(): Promise<JournalPosition> {
    return this.#journal.mark();
  }

  /** @throws Refused */
  request(name: string): RequestView {
    const nowMs = Math.max(this.#atMs, this.clock.nowMs());
    const view = viewRequest(name, this.#directory, this.state, this.#expectedReadyAtMs, nowMs);
    if (view === undefined) throw new Refused("unknown_request", `no request is called ${name}`);
    return view;
  }

  #user(name: string): UserId {
    const id = this.#directory.find("user", name);
    if (id === undefined) throw new Refused("unknown_user", `no user is called ${name}`);
    return id as UserId;
  }

  /** Everything that is synced was submitted, an end mark and a snapshot are written, and the platform is left as it is. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#schedule.cancel();
    await this.#submit();
    await this.#platform.stop();
    await this.#snapshot();
    await this.#journal.finish();
    this.#leadership.release();
  }

  /** What the platform says has happened. Of nodes and instances that are not known, nothing is to be said. */
  #report(outcome: Outcome): void {
    if (this.#isStopped) return;
    const event = this.#named(outcome);
    if (event !== null) this.#happened(event);
  }

  /** Nobody waits for an answer: what goes wrong is told to `onFailure` alone. */
  #happened(event: Unstamped): void {
    try {
      this.#take(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #named(outcome: Outcome): Unstamped | null {
    switch (outcome.kind) {
      case "node_ready":
      case "node_shared": {
        const node = (this.#directory.find("node", outcome.node) ?? this.#directory.next("node")) as NodeId;
        return { ...outcome, node, name: outcome.node };
      }
      case "node_draining":
      case "node_lost": {
        const node = this.#directory.find("node", outcome.node) as NodeId | undefined;
        return node === undefined ? null : { kind: outcome.kind, node };
      }
      case "instance_placed": {
        const node = outcome.node === null ? undefined : this.#directory.find("node", outcome.node);
        return { ...outcome, node: (node ?? null) as NodeId | null };
      }
      default:
        return outcome;
    }
  }

  /** One step: what happened → what to do → write it down. What is to be done is submitted once that is synced. */
  #take(event: Unstamped): void {
    if (this.#isStopped) throw new Refused("stopped", "the run is stopping");
    try {
      this.#atMs = Math.max(this.#atMs, this.clock.nowMs());
      const stamped = { ...event, seq: this.#seq, atMs: this.#atMs } as AllocatorEvent;
      const decisions = this.#core.step(stamped);
      this.#seq += 1;
      this.#journal.onStep(stamped, decisions);
      this.#directory.onStep(stamped, decisions);
      this.#outstanding.onStep(stamped, decisions);
      this.watch?.onStep(stamped, decisions);
      this.#expect(stamped, decisions);
      for (const observer of this.#options.observers ?? []) observer.onStep(stamped, decisions);
      this.#unsubmitted.push(...decisions);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.#schedule.plan(this.state.timer);
    this.#submit().catch((error: unknown) => this.#fail(error));
    if (this.#seq >= this.#snapshotAtSeq) {
      this.#snapshotAtSeq = this.#seq + SNAPSHOT_EVENTS;
      this.#snapshot().catch((error: unknown) => this.#fail(error));
    }
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#schedule.cancel();
    this.#leadership.abandon();
    this.#options.onFailure(error);
  }

  /** In the order in which it was decided, and once it is synced. What led to no decision is synced as soon. */
  #submit(): Promise<void> {
    this.#hasNews = true;
    this.#submitting ??= this.#submitAll().finally(() => {
      this.#submitting = null;
    });
    return this.#submitting;
  }

  async #submitAll(): Promise<void> {
    while (this.#hasNews) {
      this.#hasNews = false;
      const decisions = this.#unsubmitted;
      this.#unsubmitted = [];
      await this.#journal.sync();
      if (decisions.length > 0) this.#platform.submit(decisions);
    }
  }

  #expect(event: AllocatorEvent, decisions: readonly Decision[]): void {
    if ("instance" in event && event.kind !== "instance_placed") this.#expectedReadyAtMs.delete(event.instance);
    for (const decision of decisions) {
      if (decision.kind !== "launch" && decision.kind !== "resume") continue;
      const instance = this.state.instances.find(decision.instance);
      if (instance === undefined) continue;
      const app = this.#fleetApps.get(this.#directory.app(instance.app));
      const ms = decision.kind === "launch" ? app?.coldStartMs : app?.resumeMs;
      if (ms !== undefined) this.#expectedReadyAtMs.set(decision.instance, event.atMs + ms);
    }
  }

  /** One at a time. */
  #snapshot(): Promise<void> {
    this.#snapshotting = this.#snapshotting.then(() => this.#writeSnapshot());
    return this.#snapshotting;
  }

  async #writeSnapshot(): Promise<void> {
    const core = this.#core.snapshot();
    const directory = structuredClone(this.#directory.content(this.#atMs));
    const outstanding = this.#outstanding.all();
    const watch = this.watch?.content(Math.max(this.#atMs, this.clock.nowMs())) ?? null;
    const position = await this.#journal.mark();
    const { epoch } = this.#leadership;
    this.#leadership.check();
    await writeSnapshot(join(this.#options.state, "snapshot.prae"), {
      ...{ epoch, position, core, directory, outstanding, watch },
    });
  }
}

const OBSERVED_PHASE: Readonly<Record<Instance["phase"], ObservedInstance["phase"]>> = {
  starting: "starting",
  resuming: "starting",
  ready: "ready",
  suspending: "ready",
  suspended: "suspended",
  stopping: "stopping",
};
