import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../allocator/live/store/open-store.ts";
import { DOCUMENT_KINDS, type DocumentKind, type Store, StoreError } from "../../allocator/live/store/store.ts";
import { writeNew } from "../../allocator/promotion/write-new.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { registryFolder } from "../../models/registry/registry.ts";
import { printJson, say } from "./output.ts";
import { promotionFolder } from "./promotion-store.ts";
import type { ShareArguments } from "./share.ts";

/** Where documents of a kind are files. */
interface Shelf {
  readonly kind: DocumentKind;
  readonly folder: string;
  readonly suffix: string;
  /** Of an id. */
  readonly form: RegExp;
}

/** @throws InputError where the store cannot be used, or a document is another one here and there. */
export async function runShare({ action, address, promotions, registry, json }: ShareArguments): Promise<void> {
  const store = await asInput(() => openStore(address));
  const shelves = shelvesIn(promotionFolder(promotions), registryFolder(registry));
  try {
    const moved = await asInput(() => (action === "list" ? listed(store) : copied(store, shelves, action)));
    if (json) return printJson({ store: store.name, [action === "list" ? "documents" : action]: moved });
    const words = DOCUMENT_KINDS.map((kind) => `${moved[kind].length} ${kind}${moved[kind].length === 1 ? "" : "s"}`).join(", ");
    say(
      action === "list"
        ? `${store.name}: ${words}`
        : `${action === "push" ? "to" : "from"} ${store.name}: ${words} that were not there`,
    );
  } finally {
    await store.close();
  }
}

type Moved = Readonly<Record<DocumentKind, readonly string[]>>;

async function listed(store: Store): Promise<Moved> {
  const kinds = await Promise.all(DOCUMENT_KINDS.map(async (kind) => [kind, await store.documents(kind)]));
  return Object.fromEntries(kinds) as Moved;
}

/** Nothing is copied where a document differs: its name is its content's, or its place in the history. */
async function copied(store: Store, shelves: readonly Shelf[], action: "push" | "pull"): Promise<Moved> {
  const issues: Issue[] = [];
  const missing: { shelf: Shelf; id: string; content: Uint8Array }[] = [];
  for (const shelf of shelves) {
    const [here, there] = [idsIn(shelf), await store.documents(shelf.kind)];
    for (const id of action === "push" ? here : there) {
      const path = join(shelf.folder, `${id}${shelf.suffix}`);
      const [ours, theirs] = [existsSync(path) ? readFileSync(path) : null, await store.document(shelf.kind, id)];
      const content = action === "push" ? ours : theirs;
      if (!shelf.form.test(id) || content === null) continue;
      if (ours === null || theirs === null) missing.push({ shelf, id, content });
      else if (!ours.equals(theirs)) {
        const hint = "two have gone apart: keep one of them, and move the other away";
        issues.push({
          where: path,
          expected: `what ${store.name} has as the ${shelf.kind} ${id}`,
          found: "something else",
          hint,
        });
      }
    }
  }
  if (issues.length > 0) throw new InputError(issues);
  // Models and promotions before what says that they are in force: whoever looks meanwhile finds all that it names.
  for (const { shelf, id, content } of missing) {
    if (action === "push") await store.putDocument(shelf.kind, id, content);
    else writeNew(join(shelf.folder, `${id}${shelf.suffix}`), content);
  }
  const moved = DOCUMENT_KINDS.map((kind) => [kind, missing.filter(({ shelf }) => shelf.kind === kind).map(({ id }) => id)]);
  return Object.fromEntries(moved) as Moved;
}

function shelvesIn(promotions: string, registry: string): readonly Shelf[] {
  return [
    { kind: "model", folder: registry, suffix: ".prae-model", form: /^[0-9a-f]{64}$/ },
    { kind: "promotion", folder: join(promotions, "promotions"), suffix: ".json", form: /^[0-9a-f]{64}$/ },
    { kind: "activation", folder: join(promotions, "history"), suffix: ".json", form: /^\d{6}$/ },
  ];
}

function idsIn({ folder, suffix, form }: Shelf): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .filter((id) => form.test(id))
    .sort();
}

async function asInput<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { message: found, hint } = error;
    throw new InputError([{ where: "address", expected: "a store that can be used", found, ...(hint === null ? {} : { hint }) }]);
  }
}
