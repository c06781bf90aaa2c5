import type { ResultColumn } from "../src/engine/index.ts";

/** Rows of a table in text/plain; the rest is counted. */
const TEXT_ROWS_MAX = 60;
/** Characters of a cell in text/plain. */
const TEXT_CELL_MAX = 60;

/** A table for terminals: names, types, a rule, rows; numbers to the right. The first line counts the rows. */
export function textTable(table: {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly rowCount: number;
}): string {
  const { columns, rowCount } = table;
  const rows = table.rows.slice(0, TEXT_ROWS_MAX).map((row) => row.map((cell) => oneLine(cell ?? "NULL")));
  const widths = columns.map((column, i) =>
    Math.max(displayWidth(oneLine(column.name)), column.type.length, ...rows.map((row) => displayWidth(row[i]))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => pad(cell, widths[i], columns[i].align))
      .join("  ")
      .trimEnd();
  const lines = [
    rowCountText(rowCount),
    line(columns.map((column) => oneLine(column.name))),
    line(columns.map((column) => column.type)),
    widths.map((width) => "─".repeat(width)).join("  "),
    ...rows.map(line),
  ];
  if (rowCount > rows.length) lines.push(`… ${(rowCount - rows.length).toLocaleString("en-US")} more`);
  return lines.join("\n");
}

export const rowCountText = (count: number): string => `${count.toLocaleString("en-US")} ${count === 1 ? "row" : "rows"}`;

/** Control characters would break the lines of a table. */
function oneLine(text: string): string {
  const shown = text.replace(/\p{Cc}/gu, (char) => (char === "\n" ? "↵" : char === "\t" ? "→" : "·"));
  return shown.length > TEXT_CELL_MAX ? `${[...shown.slice(0, TEXT_CELL_MAX * 2)].slice(0, TEXT_CELL_MAX - 1).join("")}…` : shown;
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? space + text : text + space;
}

/** Columns of a terminal that a text takes: East Asian wide characters and emoji take two, combining marks none. */
function displayWidth(text: string): number {
  if (/^[\u0020-\u02ff]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) {
    if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(char)) continue;
    width +=
      /^[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]$/u.test(char) ||
      /^\p{Emoji_Presentation}$/u.test(char)
        ? 2
        : 1;
  }
  return width;
}
