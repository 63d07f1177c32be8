/** What the verbs that replay have in common, as given. */
export interface ScenarioArguments {
  readonly trace: string;
  readonly cluster: string | undefined;
  readonly seed: number;
  readonly evaluateFrom: string | undefined;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly whatIf: readonly string[] | undefined;
  readonly set: readonly string[] | undefined;
  /** Of verbs whose worlds may fail by chance. */
  readonly faults?: string | undefined;
  /** Of verbs that may go on from a run. */
  readonly fork?: string | undefined;
  readonly at?: string | undefined;
}
