/** What `--what-if` takes, for its help and for who wrote something else. */
export const WHAT_IF_FORMS = [
  "demand=1.2[@TIME]",
  "users=2[@TIME]",
  "burst=APP@TIME+DURATION×FACTOR",
  "start-up=2[@TIME]",
  "fail=POOL|NODE|20%[@TIME][+DURATION]",
] as const;

/** What `--faults` takes, for its help and for who wrote something else. */
export const FAULT_FORMS = [
  "seed=7",
  "launch-failure=2%",
  "node-loss=0.1/h[+BACK-AFTER]",
  "spot-reclaim=0.5/h[~NOTICE]",
  "late=1%[+UP-TO]",
  "duplicate=1%[+UP-TO]",
  "clock-jump=0.1/h[+UP-TO]",
  "stale-forecast=5%",
] as const;
