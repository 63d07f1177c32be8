/** Markup that is safe to put in a page as it stands. Only `html` and `trusted` make it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Fragment = string | number | Html | null | readonly Fragment[];

/** Markup with values: every string is escaped, markup is not, `null` is nothing, a list is its parts one after another. */
export function html(markup: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(markup.map((text, index) => text + (index < values.length ? render(values[index] as Fragment) : "")).join(""));
}

/** Text of our own making (style, script, drawings) that is markup already. Never for anything that came from data. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** Safe in element content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for a `<script type="application/json">`: no text in it can close the element. */
export function scriptJson(document: unknown): Html {
  return new Html(JSON.stringify(document).replace(/</g, "\\u003c"));
}

/** Code for a `<script>`: strings in it that would close or confuse the element mean the same, escaped. */
export function scriptCode(code: string): string {
  return code.replace(/<(\/script|!--)/gi, "<\\$1");
}

function render(value: Fragment): string {
  if (value === null) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(render).join("");
  return escapeHtml(String(value));
}
