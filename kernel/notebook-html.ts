import { ansiToHtml } from "./ansi.ts";
import { parseCell } from "./cell.ts";
import { chartLibraries } from "./chart-libraries.ts";
import { VEGALITE_MIME } from "./display.ts";
import { escapeHtml } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";
import type { JsonObject } from "./message.ts";
import { type Notebook, type NotebookCell, type NotebookOutput, textOf } from "./notebook.ts";
import { PAGE_STYLE } from "./notebook-style.ts";

/**
 * An executed notebook as one HTML page that needs nothing else: charts are live by scripts inside the page, and pictures where scripts
 * are off. Text and data are escaped; HTML outputs are those of our own tables, and stand in the page only if they hold no script.
 */
export async function notebookPage(notebook: Notebook, title: string): Promise<string> {
  const charts: unknown[] = [];
  const body = notebook.cells.map((cell) => cellHtml(cell, charts)).join("\n");
  const scripts = charts.length === 0 ? "" : await chartScripts(charts);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(titleOf(notebook) ?? title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
${scripts}
</body>
</html>
`;
}

/** The first heading. */
function titleOf(notebook: Notebook): string | undefined {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === "markdown" ? /^#+\s+(.+)$/m.exec(textOf(cell.source)) : null;
    if (heading !== null) return heading[1];
  }
  return undefined;
}

function cellHtml(cell: NotebookCell, charts: unknown[]): string {
  const source = textOf(cell.source);
  if (cell.cell_type === "markdown") return `<section class="text">${renderMarkdown(source)}</section>`;
  if (cell.cell_type !== "code") return "";
  const outputs = (cell.outputs ?? []).map((output) => outputHtml(output, charts)).join("\n");
  const code = source.trim() === "" ? "" : `<pre class="code"><code>${highlight(source)}</code></pre>`;
  return `<section class="cell">${code}${outputs === "" ? "" : `<div class="outputs">${outputs}</div>`}</section>`;
}

function outputHtml(output: NotebookOutput, charts: unknown[]): string {
  if (output.output_type === "stream")
    return `<pre class="${output.name === "stderr" ? "stderr" : "stdout"}">${ansiToHtml(textOf(output.text))}</pre>`;
  if (output.output_type === "error") return `<pre class="error">${ansiToHtml(((output.traceback ?? []) as string[]).join("\n"))}</pre>`;
  return bundleHtml((output.data ?? {}) as JsonObject, charts);
}

function bundleHtml(data: JsonObject, charts: unknown[]): string {
  const text = textOf(data["text/plain"]);
  const png = typeof data["image/png"] === "string" ? data["image/png"].replace(/[^A-Za-z0-9+/=]/g, "") : undefined;
  const image = png && `<img alt="${escapeHtml(text)}" src="data:image/png;base64,${png}">`;
  if (data[VEGALITE_MIME] !== undefined) {
    charts.push(data[VEGALITE_MIME]);
    return `<div class="chart" id="chart-${charts.length - 1}"></div><noscript>${image ?? escapeHtml(text)}</noscript>`;
  }
  const html = data["text/html"] === undefined ? undefined : textOf(data["text/html"]);
  if (html !== undefined && isInert(html)) return html;
  return image ?? `<pre class="stdout">${escapeHtml(text)}</pre>`;
}

/** Only the elements and attributes that tables, plans and progress of this kernel have: nothing that could load or run. */
function isInert(html: string): boolean {
  const tags = [...html.matchAll(/<\/?([^\s>/]*)([^<>]*)>/g)];
  const loads = /url\s*\(|@import|expression\s*\(/i;
  if (tags.length !== html.split("<").length - 1) return false;
  if ([...html.matchAll(/<style>([^<]*)/gi)].some(([, style]) => loads.test(style))) return false;
  return tags.every(
    ([, tag, attributes]) =>
      /^(?:style|div|table|thead|tbody|tr|th|td|pre|small|progress|b|i|em|strong|code|p|br|ul|ol|li|dl|dt|dd|h[1-6])$/i.test(tag) &&
      /^(?:\s+(?:class|style|max|value)="[^"<>]*")*\s*\/?$/i.test(attributes) &&
      !loads.test(attributes),
  );
}

const TOKENS =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*")|(?<magic>^[ \t]*%{1,2}\w+)|(?<number>\b\d[\d_]*(?:\.\d+)?\b)|(?<keyword>\b(?:select|from|where|group|order|by|having|limit|offset|as|with|join|left|right|full|inner|outer|cross|semi|anti|on|using|union|all|intersect|except|distinct|case|when|then|else|end|and|or|not|in|is|null|like|between|create|or|replace|table|view|insert|into|values|drop|describe|summarize|show|set|copy|to|explain|analyze|verify|over|partition|rows|range|filter|asc|desc|nulls|first|last|interval|cast|true|false|exists|window|qualify|asof)\b)/gim;

/** What a cell of `%%function` holds. */
const TYPESCRIPT_TOKENS =
  /(?<magic>^[ \t]*%{1,2}\w+)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|(?<number>\b\d[\d_]*(?:\.\d+)?n?\b)|(?<keyword>\b(?:async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|false|finally|for|from|function|if|import|in|instanceof|interface|let|new|null|of|return|switch|this|throw|true|try|type|typeof|undefined|void|while|yield)\b)/gm;

function highlight(code: string): string {
  let at = 0;
  let html = "";
  for (const match of code.matchAll(parseCell(code).body === undefined ? TOKENS : TYPESCRIPT_TOKENS)) {
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    html += `${escapeHtml(code.slice(at, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`;
    at = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(at));
}

/** The charting libraries and the specs. `<` never stands in the data as it is, so no text in it can end the script. */
async function chartScripts(charts: readonly unknown[]): Promise<string> {
  const libraries = await chartLibraries(["vega", "vega-lite", "vega-embed"]);
  const data = JSON.stringify(charts).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  return [
    ...libraries.map((library) => `<script>${library.replace(/<\/(script)/gi, "<\\/$1")}</script>`),
    `<script type="application/json" id="charts">${data}</script>`,
    `<script>${START_CHARTS}</script>`,
  ].join("\n");
}

/** Data of a spec stands inside it: whatever else a spec names is not loaded. */
const START_CHARTS = `
const refuse = () => Promise.reject(new Error("this page loads nothing"));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: {} };
JSON.parse(document.getElementById("charts").textContent).forEach((spec, i) => {
  vegaEmbed("#chart-" + i, spec, { mode: "vega-lite", actions: false, renderer: "svg", loader }).catch((error) => {
    document.getElementById("chart-" + i).textContent = String(error);
  });
});`;
