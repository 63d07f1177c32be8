import { homedir } from "node:os";
import { join } from "node:path";

/** Where PRAE keeps what it can make again: by the XDG Base Directory Specification. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "prae");
}
