import { escapeHtml } from "./html.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape character begins every ANSI code
const CODES = /\u001b\[([\d;]*)m/g;

export const stripAnsi = (text: string): string => text.replace(CODES, "");

/** Text with ANSI colours as escaped HTML with classes: `ansi-31` and its kin. */
export function ansiToHtml(text: string): string {
  let open = false;
  let at = 0;
  let html = "";
  for (const match of text.matchAll(CODES)) {
    html += escapeHtml(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (open) html += "</span>";
    const color = /(?:^|;)(3[0-7])(?:;|$)/.exec(match[1])?.[1];
    open = color !== undefined;
    if (open) html += `<span class="ansi-${color}">`;
  }
  html += escapeHtml(text.slice(at));
  return open ? `${html}</span>` : html;
}
