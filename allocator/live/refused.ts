/** Why a live run does not do what it was asked to: a closed set, so that every edge can say it in its own way. */
export type RefusalCode = "unknown_user" | "unknown_app" | "unknown_request" | "conflict" | "too_large" | "stopped";

/** Thrown where somebody asks for what cannot be; nothing has happened. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
