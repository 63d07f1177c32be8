/** Where a source of telemetry says what it met, a line each: what it is about, then what happened. */
export interface TelemetryLog {
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
}
