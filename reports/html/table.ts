import { type Fragment, type Html, html } from "./html.ts";

/** A column of a plain table: words stand left, numbers right. */
export interface Head {
  readonly title: Fragment;
  readonly kind: "words" | "number";
}

export function words(title: Fragment): Head {
  return { title, kind: "words" };
}

export function numbers(title: Fragment): Head {
  return { title, kind: "number" };
}

/** A table in a box of its own, which scrolls when the page is narrower. */
export function table(name: string, heads: readonly Head[], rows: readonly (readonly Fragment[])[]): Html {
  const kind = (column: number) => (heads[column]?.kind === "number" ? html` class="number"` : null);
  return html`<div class="wide" tabindex="0" role="region" aria-label="${name}"><table>
    <thead><tr>${heads.map(({ title }, column) => html`<th scope="col"${kind(column)}>${title}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell, column) => html`<td${kind(column)}>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}
