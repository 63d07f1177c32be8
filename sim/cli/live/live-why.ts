import { Worker } from "node:worker_threads";
import type { Explainer, WhyOutcome, WhyQuestion } from "../../../allocator/live/explainer.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import type { FromWhy, WhyWork } from "./why-messages.ts";
import { whyWorkerUrl } from "./why-worker-url.ts";

export interface LiveWhyOptions {
  readonly journal: string;
  readonly run: Pick<LiveRun, "mark">;
  /** Questions that wait beside the one that is being answered. */
  readonly mostWaiting?: number;
  /** How long one may take once it is its turn. */
  readonly limitMs?: number;
  /** The built thread. */
  readonly worker?: URL;
}

const MOST_WAITING = 4;
const LIMIT_MS = 60_000;
/** Of who has to come again, at least. */
const LEAST_RETRY_MS = 1_000;
const GIVEN_UP: WhyOutcome = { kind: "given_up" };

interface Waiting {
  readonly question: WhyQuestion;
  readonly signal: AbortSignal;
  readonly settle: (outcome: Promise<WhyOutcome>) => void;
}

/**
 * Answers why in a thread, from the journal's files, up to what is synced when it is the question's turn. One is answered at a time, in the order in
 * which they came; a few wait.
 */
export class LiveWhy implements Explainer {
  readonly #options: Required<LiveWhyOptions>;
  readonly #waiting: Waiting[] = [];
  /** Gives up the one that is being answered; `null`: none is. */
  #giveUp: (() => void) | null = null;
  /** Resolves once the one that is being answered is. */
  #answering: Promise<void> = Promise.resolve();
  /** How long the last one took. */
  #lastMs = 0;
  #isStopped = false;

  constructor({ mostWaiting = MOST_WAITING, limitMs = LIMIT_MS, worker = whyWorkerUrl(), ...options }: LiveWhyOptions) {
    this.#options = { ...options, mostWaiting, limitMs, worker };
  }

  async explain(question: WhyQuestion, signal: AbortSignal): Promise<WhyOutcome> {
    if (this.#isStopped || signal.aborted) return GIVEN_UP;
    if (this.#giveUp !== null && this.#waiting.length >= this.#options.mostWaiting)
      return { kind: "busy", retryAfterMs: Math.max(LEAST_RETRY_MS, this.#lastMs) };
    return new Promise((settle) => {
      const one: Waiting = { question, signal, settle };
      this.#waiting.push(one);
      signal.addEventListener("abort", () => this.#leave(one), { once: true });
      this.#next();
    });
  }

  /** Gives up the question that is being answered, and those that wait. @returns once whoever asked was told. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { settle } of this.#waiting.splice(0)) settle(Promise.resolve(GIVEN_UP));
    this.#giveUp?.();
    await this.#answering;
    await new Promise((resume) => setImmediate(resume));
  }

  #leave(one: Waiting): void {
    const at = this.#waiting.indexOf(one);
    if (at < 0) return; // it is being answered, and gives up by itself
    this.#waiting.splice(at, 1);
    one.settle(Promise.resolve(GIVEN_UP));
  }

  #next(): void {
    if (this.#giveUp !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const over = new AbortController();
    this.#giveUp = () => over.abort();
    next.signal.addEventListener("abort", this.#giveUp, { once: true });
    const outcome = this.#answer(next.question, over.signal).finally(() => {
      this.#giveUp = null;
      this.#next();
    });
    this.#answering = outcome.then(
      () => {},
      () => {},
    );
    next.settle(outcome);
  }

  async #answer({ user, app, at, from }: WhyQuestion, signal: AbortSignal): Promise<WhyOutcome> {
    const { journal, run, limitMs, worker: url } = this.#options;
    const beganMs = performance.now();
    const { byte } = await run.mark();
    if (signal.aborted) return GIVEN_UP;
    const work: WhyWork = { journal, question: { user, app, at, forecasts: undefined, from }, untilByte: byte };
    const worker = new Worker(url, { workerData: work });
    let limit: NodeJS.Timeout | undefined;
    try {
      return await new Promise<WhyOutcome>((resolve, reject) => {
        worker.once("message", (message: FromWhy) => resolve(message));
        worker.once("error", reject);
        worker.once("exit", () => reject(new Error("the thread that explains ended without an answer")));
        limit = setTimeout(() => resolve({ kind: "too_long", limitMs }), limitMs);
        signal.addEventListener("abort", () => resolve(GIVEN_UP), { once: true });
      });
    } finally {
      clearTimeout(limit);
      await worker.terminate();
      this.#lastMs = performance.now() - beganMs;
    }
  }
}
