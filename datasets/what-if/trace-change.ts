/**
 * How a trace would have to look if something had been otherwise, from an instant on. Factors are in parts per million. Rows before
 * `fromMs` stay as they are, and nobody's id changes.
 */
export type TraceChange = DemandChange | UsersChange | StartUpChange;

interface Stated {
  /** As a person wrote it: "demand=1.2". */
  readonly text: string;
}

/** More or less of what is asked for: as many times as many requests; of usage, amounts as many times as large. */
export interface DemandChange extends Stated {
  readonly kind: "demand";
  readonly factorPpm: number;
  /** Requests of `[fromMs, toMs)`, samples of `(fromMs, toMs]`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Index of the app that it concerns; `null`: all of them, and usage. */
  readonly app: number | null;
}

/** More users, copies of those that are there; or fewer, where the others ask for nothing any more. */
export interface UsersChange extends Stated {
  readonly kind: "users";
  readonly factorPpm: number;
  readonly fromMs: number;
}

/** Cold starts and resumptions that take as many times as long, of every app, from the trace's start. */
export interface StartUpChange extends Stated {
  readonly kind: "start-up";
  readonly factorPpm: number;
}
