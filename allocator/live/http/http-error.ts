/** An answer other than a good one, with what to say. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly statusCode: number;
  readonly code: string;
  /** After which it may be asked again; `null`: nothing is said of that. */
  readonly retryAfterMs: number | null;

  constructor(statusCode: number, code: string, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
