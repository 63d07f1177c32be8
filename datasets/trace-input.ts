import type { Resources } from "../allocator/core/resources.ts";
import type { ContextRow, TraceManifest } from "./trace.ts";

/** What the manifest says that the rows cannot. */
export interface TraceDescription {
  readonly name: string;
  readonly source: TraceManifest["source"];
  readonly license: string;
  readonly citation: string;
  readonly homePage?: string | null;
  readonly epochMs?: number | null;
  readonly synthetic?: boolean;
  readonly composite?: boolean;
}

export interface UserInput {
  readonly name: string;
  /** Tier name. */
  readonly tier?: string | undefined;
  readonly role?: string | undefined;
  readonly timeZone?: string | undefined;
  /** Names of the apps that the user may run; `null`, the default: any. */
  readonly permissions?: readonly string[] | null | undefined;
}

export interface AppInput {
  readonly name: string;
  /** What it leaves out is the largest amount that the app's requests ask for. */
  readonly shape?: Partial<Resources> | undefined;
  readonly coldStartMs?: number | undefined;
  readonly resumeMs?: number | undefined;
  /** Default `false`. */
  readonly shared?: boolean | undefined;
  /** Default 1. */
  readonly concurrency?: number | undefined;
}

export interface RequestInput {
  /** The source's id: every request has one, or none. */
  readonly name?: string;
  readonly user: string;
  readonly app: string;
  readonly submitMs: number;
  readonly runMs: number;
  /** What it leaves out is the app's shape, or the default. */
  readonly requested?: Partial<Resources>;
  /** Tier name; default: the user's. */
  readonly tier?: string;
}

export interface UsageInput {
  readonly user: string;
  readonly atMs: number;
  readonly windowMs: number;
  readonly used: Resources;
}

export interface ContextInput extends Omit<ContextRow, "user"> {
  /** Name of the user it concerns; `null`: everybody. */
  readonly user: string | null;
}

export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}
