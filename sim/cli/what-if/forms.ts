/** What `--what-if` takes, for its help and for who wrote something else. */
export const WHAT_IF_FORMS = [
  "demand=1.2[@TIME]",
  "users=2[@TIME]",
  "burst=APP@TIME+DURATION×FACTOR",
  "start-up=2[@TIME]",
  "fail=POOL|NODE|20%[@TIME][+DURATION]",
] as const;
