import type { LivePicture } from "../../src/engine/index.ts";
import { escapeHtml } from "../html.ts";
import type { MimeBundle } from "../message.ts";
import { textTable } from "../text-table.ts";
import type { ShownPicture } from "./screen.ts";
import { statusParts, statusText } from "./status-line.ts";

/** Characters of a cell in a frame. */
const CELL_MAX = 200;
/** Characters that a column keeps room for. */
const WIDTH_MAX = 30;
/** Characters of a frame's rows: wide rows come fewer, so that the frame rate stays. */
const ROWS_SIZE_MAX = 100_000;

/** Colours come from the page, so that light and dark both work; those of states are readable on both. */
const STYLE = `
.weir-live{display:inline-block;min-width:min(46em,100%);max-width:100%;overflow-x:auto;border:1px solid var(--jp-border-color2,rgba(128,128,128,.3));border-radius:6px;vertical-align:top}
.weir-live .s{font-size:85%;padding:.4em .8em;line-height:1.5;box-sizing:border-box;width:0;min-width:100%;font-variant-numeric:tabular-nums;border-bottom:1px solid var(--jp-border-color2,rgba(128,128,128,.3));background:var(--jp-layout-color2,rgba(128,128,128,.08))}
.weir-live .s i{font-style:normal;opacity:.75;margin-right:1em;white-space:nowrap}
.weir-live .s b{font-weight:600;margin-right:1em;white-space:nowrap}
.weir-live .s b::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;margin-right:.5em;background:#8a8f98}
.weir-live .s .running::before{background:#1f9d55}.weir-live .s .failed::before{background:#d64545}
.weir-live .s .warn{opacity:1;color:var(--jp-warn-color0,#b7791f)}
.weir-live .s .bad{color:var(--jp-error-color1,#d64545)}
.weir-live table{border-collapse:collapse;margin:0;table-layout:auto;width:max-content;min-width:100%;font-variant-numeric:tabular-nums;font-size:var(--jp-ui-font-size1,13px)}
.weir-live th,.weir-live td{padding:.22em .8em;text-align:right;white-space:nowrap;border:0}
.weir-live tbody td{max-width:34em;overflow:hidden;text-overflow:ellipsis}
.weir-live .l{text-align:left!important}
.weir-live thead tr:first-child th{padding-bottom:0}
.weir-live thead tr:last-child th{font-weight:normal;font-size:85%;opacity:.65;padding-top:0;box-shadow:inset 0 -1px var(--jp-border-color1,currentColor)}
.weir-live tbody .o td{opacity:.45}
.weir-live .n{opacity:.5;font-style:italic}
.weir-live .f{font-size:85%;opacity:.75;padding:.35em .8em;white-space:pre-wrap}
.weir-live .x{margin:0;padding:.35em .8em;color:var(--jp-error-color1,#d64545);white-space:pre-wrap}`.replaceAll("\n", "");

/** A live table: figures on top, names with types, rows, and what is to be said about them. The same MIME types in every frame. */
export function liveTableBundle(picture: ShownPicture, widths: ColumnWidths): MimeBundle {
  const rows = shownRows(picture);
  widths.widen(rows.rows);
  return { "text/html": html(picture, rows, widths), "text/plain": plain(picture) };
}

/** The widest cells that a table has had: its columns do not move to and fro with every frame. */
export class ColumnWidths {
  readonly #characters: number[] = [];

  widen(rows: Rows): void {
    for (const row of rows) {
      for (let c = 0; c < row.length; c++)
        this.#characters[c] = Math.max(this.#characters[c] ?? 0, Math.min(row[c]?.length ?? 4, WIDTH_MAX));
    }
  }

  /** Attribute of a column's heading. */
  style(column: number): string {
    const width = this.#characters[column];
    return width === undefined ? "" : ` style="min-width:${width}ch"`;
  }
}

/** An ordinary result under the figures of the query that gave it. */
export function withFigures(data: MimeBundle, picture: LivePicture): MimeBundle {
  const figures = statusText(picture);
  return {
    "text/html": `<small>${escapeHtml(figures)}</small>${data["text/html"] ?? ""}`,
    "text/plain": `${figures}\n${data["text/plain"] ?? ""}`,
  };
}

type Rows = NonNullable<LivePicture["table"]>["rows"];

/** The rows that a frame has room for: the newest where the result grows. */
function shownRows({ table }: LivePicture): { readonly rows: Rows; readonly from: number } {
  if (table === undefined) return { rows: [], from: 0 };
  const sizes = table.rows.map((row) => row.reduce((sum, cell) => sum + Math.min(cell?.length ?? 4, CELL_MAX) + 24, 0));
  let from = 0;
  let to = sizes.length;
  let size = sizes.reduce((sum, one) => sum + one, 0);
  while (size > ROWS_SIZE_MAX && to - from > 1) size -= table.isTail ? sizes[from++] : sizes[--to];
  return { rows: table.rows.slice(from, to), from };
}

function html(picture: ShownPicture, { rows, from }: ReturnType<typeof shownRows>, widths: ColumnWidths): string {
  const columns = picture.table?.columns ?? [];
  const side = columns.map((column) => (column.align === "left" ? ' class="l"' : ""));
  const nullSide = columns.map((column) => (column.align === "left" ? ' class="l n"' : ' class="n"'));
  const names = columns.map((column, i) => `<th${side[i]}${widths.style(i)}>${escapeHtml(column.name)}</th>`).join("");
  const types = columns.map((column, i) => `<th${side[i]}>${escapeHtml(column.type)}</th>`).join("");
  const body = rows.map((row, r) => {
    const cells = row.map((cell, i) => (cell === null ? `<td${nullSide[i]}>NULL</td>` : `<td${side[i]}>${escapeHtml(cut(cell))}</td>`));
    return `<tr${picture.table?.open?.[from + r] ? ' class="o"' : ""}>${cells.join("")}</tr>`;
  });
  const notes = notesOf(picture, rows.length);
  return [
    `<style>${STYLE}</style><div class="weir-live"><div class="s">${statusHtml(picture)}</div>`,
    `<table><thead><tr>${names}</tr><tr>${types}</tr></thead><tbody>${body.join("")}</tbody></table>`,
    ...(picture.failure.length === 0 ? [] : [`<pre class="x">${escapeHtml(picture.failure.join("\n"))}</pre>`]),
    ...(notes.length === 0 ? [] : [`<div class="f">${escapeHtml(notes.join("\n"))}</div>`]),
    "</div>",
  ].join("");
}

function statusHtml(picture: LivePicture): string {
  return statusParts(picture)
    .map(({ text, tone }, i) =>
      i === 0
        ? `<b class="${picture.state}">${escapeHtml(text)}</b>`
        : `<i${tone === undefined ? "" : ` class="${tone}"`}>${escapeHtml(text)}</i>`,
    )
    .join(" ");
}

function plain(picture: ShownPicture): string {
  const { table } = picture;
  const notes = notesOf(picture, table?.rows.length ?? 0);
  const lines =
    table === undefined
      ? []
      : [
          textTable({ ...table, rowCount: table.rows.length })
            .split("\n")
            .slice(1)
            .join("\n"),
        ];
  return [statusText(picture), ...lines, ...picture.failure, ...notes].join("\n");
}

/** What stands below the rows. */
export function notesOf({ table, state, rowCount, warnings }: LivePicture, shown: number): string[] {
  const notes = warnings.map((warning) => `warning: ${warning}`);
  if (table !== undefined && shown < rowCount)
    notes.push(`the ${table.isTail ? "last" : "first"} ${shown} of ${rowCount.toLocaleString("en-US")} rows`);
  if (state === "running" && table?.firstCloses !== undefined) {
    const closes = `the first open window closes at ${table.firstCloses}`;
    notes.push(table.open?.some(Boolean) ? `grey: windows still open; ${closes}` : closes);
  }
  return notes;
}

const cut = (text: string): string => (text.length > CELL_MAX ? `${text.slice(0, CELL_MAX)}…` : text);
