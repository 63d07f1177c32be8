import { existsSync } from "node:fs";
import type { Activation } from "../../allocator/promotion/activation.ts";
import { makeSigningKey, readSigningKey, SHORT_DIGITS, trustKey } from "../../allocator/promotion/keys.ts";
import type { Promotion } from "../../allocator/promotion/promotion.ts";
import type { Opened } from "../../allocator/promotion/signed-document.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { printJson, say, sayTable } from "./output.ts";
import type { PoliciesArguments } from "./policies.ts";
import { sayPromotion } from "./promote-words.ts";
import { differencesOf } from "./promotion-diff.ts";
import { type OpenedStore, openStore, refusals } from "./promotion-store.ts";

/** What `prae policies` does: an action says its result to people, or prints one JSON document. */
export function runPolicies(args: PoliciesArguments): void {
  const opened = openStore(args);
  if (args.reason !== undefined && args.action !== "rollback") {
    throw new InputError([
      { where: "--reason", expected: `an option of prae policies ${args.action}`, found: "one of rollback" },
    ]);
  }
  const [fewest, most] = ID_COUNTS[args.action];
  const ids = args.ids.map(String);
  if (ids.length < fewest || ids.length > most) {
    const expected = most === 0 ? "no ids" : fewest === most ? `${most} ids` : `${fewest} to ${most} ids`;
    const found = ids.length === 0 ? "none" : ids.join(" ");
    throw new InputError([{ where: `prae policies ${args.action}`, expected, found, hint: "prae policies list shows the ids" }]);
  }
  const actions = { list, show, diff, verify, rollback, keygen };
  actions[args.action](opened, ids, args);
}

type Action = (opened: OpenedStore, ids: readonly string[], args: PoliciesArguments) => void;

const ID_COUNTS: Readonly<Record<PoliciesArguments["action"], readonly [fewest: number, most: number]>> = {
  list: [0, 0],
  show: [0, 1],
  diff: [1, 2],
  verify: [0, Number.POSITIVE_INFINITY],
  rollback: [0, 1],
  keygen: [0, 0],
};

/** A promotion that does not verify is listed with what is wrong: the others can still be used. */
const list: Action = ({ store, trusted }, _ids, { json }) => {
  const keys = trusted();
  const history = refusals(() => store.history(keys));
  const problems: { readonly id: string; readonly problem: string }[] = [];
  const promotions = new Map<string, Promotion>();
  for (const id of store.ids()) {
    try {
      promotions.set(id, refusals(() => store.read(id, keys)).body);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ id, problem: error.message });
    }
  }
  const active = history.at(-1)?.body.promotion ?? null;
  if (json) {
    const summaries = [...promotions].map(([id, promotion]) => summary(id, promotion));
    printJson({ store: store.folder, active, history: history.map(entryOf), promotions: summaries, problems });
    return;
  }
  if (history.length === 0) say(`No promotions in ${store.folder}. prae promote makes one.`);
  const rows = history.toReversed().map(({ body }) => {
    const policy = promotions.get(body.promotion);
    return [
      String(body.sequence),
      body.promotion.slice(0, SHORT_DIGITS),
      body.action,
      policy?.policy.text ?? "does not verify",
      policy?.incumbent.text ?? "–",
      body.at.slice(0, 16).replace("T", " "),
      body.by,
      body.reason ?? "",
    ];
  });
  if (rows.length > 0) sayTable([["", "ID", "BY", "POLICY", "AGAINST", "AT (UTC)", "WHO", "WHY"], ...rows]);
  if (active !== null) say(`\nIn force: ${active}`);
  for (const { problem } of problems) say(`does not verify: ${problem}`);
};

const show: Action = ({ store, trusted }, [id], { json }) => {
  const found = refusals(() => (id === undefined ? store.active(trusted()) : store.read(store.resolve(id, SHOW), trusted())));
  if (found === null) throw none(SHOW);
  if (json) printJson({ store: store.folder, id: found.id, signedBy: found.signedBy, ...found.body });
  else sayPromotion(found);
};
const SHOW = "prae policies show";

const diff: Action = ({ store, trusted }, ids, { json }) => {
  const where = "prae policies diff";
  const keys = trusted();
  const read = (id: string): Opened<Promotion> => refusals(() => store.read(store.resolve(id, where), keys));
  const second = read(ids.at(-1) as string);
  const first = ids.length === 2 ? read(ids[0] as string) : refusals(() => store.active(keys));
  if (first === null) throw none(where);
  const differences = differencesOf(first.body, second.body);
  if (json) {
    printJson({ store: store.folder, from: first.id, to: second.id, differences });
    return;
  }
  say(
    `${first.id.slice(0, SHORT_DIGITS)} “${first.body.policy.text}” → ${second.id.slice(0, SHORT_DIGITS)} “${second.body.policy.text}”\n`,
  );
  if (differences.length === 0) say("They differ in nothing that decides.");
  else sayTable([["WHERE", "FROM", "TO"], ...differences.map(({ path, from, to }) => [path, shown(from), shown(to)])]);
};

/** Everything that does not verify, at once. */
const verify: Action = ({ store, trusted }, ids, { json }) => {
  const keys = trusted();
  const where = "prae policies verify";
  const chosen = ids.length === 0 ? store.ids() : ids.map((id) => refusals(() => store.resolve(id, where)));
  const issues: Issue[] = [];
  const attempt = <T>(act: () => T): T | null => {
    try {
      return refusals(act);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      issues.push(...error.issues);
      return null;
    }
  };
  const verified = chosen.flatMap((id) => attempt(() => store.read(id, keys)) ?? []);
  const history = ids.length > 0 ? [] : (attempt(() => store.history(keys)) ?? []);
  for (const { body } of history) {
    if (store.ids().includes(body.promotion)) continue;
    issues.push({
      where: `entry ${body.sequence} of the history`,
      expected: `the promotion ${body.promotion}`,
      found: "nothing",
    });
  }
  if (issues.length > 0) throw new InputError(issues);
  const signers = verified.map(({ id, signedBy }) => ({ id, signedBy }));
  if (json) printJson({ store: store.folder, verified: signers, entries: history.length });
  else {
    for (const { id, signedBy } of signers)
      say(`${id.slice(0, SHORT_DIGITS)}  whole, signed by ${signedBy.slice(0, SHORT_DIGITS)}`);
    say(ids.length > 0 ? "" : `${history.length} entries of the history follow one another.`);
  }
};

const rollback: Action = (opened, [id], { json, reason }) => {
  const { store, trusted, signingKey, by } = opened;
  const where = "prae policies rollback";
  const history = refusals(() => store.history(trusted()));
  const active = history.at(-1)?.body.promotion;
  if (active === undefined) throw none(where);
  const promotion = id === undefined ? beforeThat(history) : refusals(() => store.resolve(id, where));
  if (promotion === null) {
    throw new InputError([
      { where, expected: "another promotion that was in force before", found: "none", hint: "prae promote" },
    ]);
  }
  if (promotion === active) {
    throw new InputError([
      { where, expected: "another promotion than the one in force", found: promotion.slice(0, SHORT_DIGITS) },
    ]);
  }
  if (!history.some(({ body }) => body.promotion === promotion)) {
    throw new InputError([{ where, expected: "a promotion that was in force before", found: promotion.slice(0, SHORT_DIGITS) }]);
  }
  opened.checkKey();
  const key = signingKey();
  const at = new Date().toISOString();
  const entry = refusals(() => store.activate({ promotion, action: "rollback", by, at, reason: reason ?? null }, key, trusted()));
  const { policy } = refusals(() => store.read(promotion, trusted())).body;
  if (json) printJson({ store: store.folder, ...entryOf(entry), policy });
  else say(`In force again, by entry ${entry.body.sequence}: “${policy.text}”, ${promotion}`);
};

/** What was in force before what is: the last entry about another promotion. */
function beforeThat(history: readonly Opened<Activation>[]): string | null {
  const active = history.at(-1)?.body.promotion;
  return history.findLast(({ body }) => body.promotion !== active)?.body.promotion ?? null;
}

/** A key that is there already is not replaced: its public half is trusted. */
const keygen: Action = ({ store, trustedFolder }, _ids, { key: path = store.keyPath, json }) => {
  const isThere = existsSync(path);
  const key = refusals(() => (isThere ? readSigningKey(path) : makeSigningKey(path)));
  trustKey(trustedFolder, key);
  if (json) printJson({ key: path, made: !isThere, fingerprint: key.fingerprint, trusted: trustedFolder });
  else say(`${isThere ? "Trusted" : "Made and trusted"}: ${key.fingerprint}\nprivate  ${path}\ntrusted  ${trustedFolder}`);
};

function summary(id: string, { policy, incumbent, models, evidence, made }: Promotion): object {
  return {
    id,
    policy: policy.text,
    policyDigest: policy.digest,
    incumbent: incumbent.text,
    models: models.map(({ digest }) => digest),
    traces: evidence.map(({ trace }) => trace.name),
    made,
  };
}

function entryOf({ id, body, signedBy }: Opened<Activation>): object {
  const { sequence, previous, promotion, action, by, at, reason } = body;
  return { entry: id, sequence, previous, promotion, action, by, at, reason, signedBy };
}

function none(where: string): InputError {
  return new InputError([{ where, expected: "a promotion in force", found: "none", hint: "prae promote makes one" }]);
}

function shown(value: unknown): string {
  const text = value === undefined ? "–" : (JSON.stringify(value) ?? String(value));
  return text.length > 70 ? `${text.slice(0, 69)}…` : text;
}
