import { createHash } from "node:crypto";
import { type Html, html, trusted } from "./html.ts";

/**
 * The head of every page, to be followed by its body.
 * @param scripts all the code that the page runs, as `scriptCode` gives it: nothing else may.
 */
export function pageHead(title: string, style: string, scripts: readonly string[]): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>`;
}

/**
 * Nothing is fetched and only the two scripts below run, known by their digests. Vega turns its expressions into functions,
 * hence unsafe-eval; they are all ours, written when the report was made, and data never becomes one.
 */
function policyOf(scripts: readonly string[]): string {
  const digests = scripts.map((code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`);
  return `default-src 'none'; script-src ${digests.join(" ")} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}
