import type { ChartColumn } from "./columns.ts";
import type { ChartInput } from "./input.ts";
import { keep } from "./kinds/series.ts";
import { extentOf } from "./reduce.ts";

/** Whether a row is marked: true, a number other than 0, or any time. */
export function isMarked(mark: ChartColumn, row: number): boolean {
  if (mark.role === "category") return mark.text(row) === "true";
  const value = mark.numbers()[row];
  return Number.isFinite(value) && (value !== 0 || mark.role === "time");
}

/** The rows that a picture of this width needs, ascending in x: those that lines through the columns need, and all that are marked. */
export function drawnRows(
  input: ChartInput,
  x: ChartColumn,
  lines: readonly ChartColumn[],
  mark: ChartColumn,
): { rows: Int32Array; note: string | undefined } {
  const all = Int32Array.from({ length: input.rowCount }, (_, row) => row).filter((row) => Number.isFinite(x.numbers()[row]));
  const extent = extentOf(x.numbers());
  const kept = new Set(lines.flatMap((line) => [...keep(x.numbers(), line.numbers(), all, extent, input.width, "m4")]));
  for (const row of all) if (isMarked(mark, row)) kept.add(row);
  const at = x.numbers();
  const rows = Int32Array.from(kept).sort((a, b) => at[a] - at[b] || a - b);
  const note =
    rows.length < all.length ? `${rows.length.toLocaleString("en-US")} of ${all.length.toLocaleString("en-US")} points` : undefined;
  return { rows, note };
}
