import type { ResultColumn } from "../src/engine/index.ts";
import { escapeHtml } from "./html.ts";
import { rowCountText } from "./text-table.ts";

/** Rows shown in a page; the whole result stays in the engine. */
export const HTML_ROWS_MAX = 1000;
/** Characters of a cell shown in a page. */
const HTML_CELL_MAX = 1000;

/** Characters of a page's table: front ends drop outputs of more than about a megabyte a second. */
const HTML_SIZE_MAX = 400_000;

/** Colours come from the page (JupyterLab's variables, or the text's own colour), so that light and dark both work. */
const STYLE = `
.weir-table{max-height:26em;overflow:auto;display:inline-block;max-width:100%}
.weir-table table{border-collapse:collapse;margin:0;width:max-content;font-variant-numeric:tabular-nums;font-size:var(--jp-ui-font-size1,13px)}
.weir-table thead{position:sticky;top:0;background:var(--jp-layout-color0,Canvas)}
.weir-table th,.weir-table td{padding:.25em .7em;text-align:right;white-space:pre-wrap;max-width:40em;overflow-wrap:break-word;vertical-align:top}
.weir-table .l{text-align:left!important}
.weir-table thead tr:last-child th{font-weight:normal;font-size:85%;opacity:.65;padding-top:0;border-bottom:0;box-shadow:inset 0 -1px var(--jp-border-color1,currentColor)}
.weir-table thead tr:first-child th{padding-bottom:0;border-bottom:0}
.weir-table .n{opacity:.5;font-style:italic}
.weir-rows{font-size:85%;opacity:.75;margin:.2em 0}`.replaceAll("\n", "");

/** A table as HTML, everything escaped: the row count on top where it is told, then names with types under them, and at most 1000 rows. */
export function htmlTable(table: {
  readonly name: string | undefined;
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** undefined: it is not told. */
  readonly rowCount: number | undefined;
}): string {
  const side = table.columns.map((column) => (column.align === "left" ? ' class="l"' : ""));
  const nullSide = table.columns.map((column) => (column.align === "left" ? ' class="l n"' : ' class="n"'));
  const body: string[] = [];
  let size = 0;
  for (const row of table.rows.slice(0, HTML_ROWS_MAX)) {
    const cells = row.map((cell, i) => (cell === null ? `<td${nullSide[i]}>NULL</td>` : `<td${side[i]}>${escapeHtml(cut(cell))}</td>`));
    const line = `<tr>${cells.join("")}</tr>`;
    size += line.length;
    if (size > HTML_SIZE_MAX && body.length > 0) break;
    body.push(line);
  }
  const heading = (text: (column: ResultColumn) => string) =>
    `<tr>${table.columns.map((column, i) => `<th${side[i]}>${escapeHtml(text(column))}</th>`).join("")}</tr>`;
  return [
    `<style>${STYLE}</style>`,
    table.rowCount === undefined ? "" : `<div class="weir-rows">${escapeHtml(caption(table.rowCount, body.length, table.name))}</div>`,
    `<div class="weir-table"><table><thead>${heading((column) => column.name)}${heading((column) => column.type)}</thead>`,
    `<tbody>${body.join("\n")}</tbody></table></div>`,
  ].join("");
}

function caption(rowCount: number, shown: number, name: string | undefined): string {
  if (shown >= rowCount) return rowCountText(rowCount);
  const whole = name === undefined ? "" : `; all of them are in ${name}`;
  return `${rowCountText(rowCount)}, the first ${shown.toLocaleString("en-US")} shown${whole}`;
}

const cut = (text: string): string => (text.length > HTML_CELL_MAX ? `${text.slice(0, HTML_CELL_MAX)}…` : text);
