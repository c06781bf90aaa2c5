import type { Assignment } from "./choose.ts";
import type { ChartColumn } from "./columns.ts";
import type { Channel, ChartOptions } from "./options.ts";

/** Channels whose values stand on the y axis. */
const ON_Y: readonly string[] = ["y", "lower", "upper", "open", "high", "low", "close", "actual", "expected"];

/** The columns as far as they can be drawn, and what cannot: a logarithmic axis has no place for zero and below. */
export function drawable(assignment: Assignment, options: ChartOptions): { assignment: Assignment; warnings: string[] } {
  const warnings: string[] = [];
  const drawn: Assignment = {};
  for (const [channel, columns] of Object.entries(assignment) as [Channel, readonly ChartColumn[]][]) {
    drawn[channel] = columns.map((column) => {
      if (column.role === "category" || column.length === 0) return column;
      const axis = channel === "x" ? "x" : ON_Y.includes(channel) ? "y" : undefined;
      const onLog = axis !== undefined && column.role === "measure" && options.log?.includes(axis);
      const shown = onLog ? positive(column, warnings) : column;
      if (!shown.numbers().some(Number.isFinite)) warnings.push(`${channel}=${column.name} has no value that can be drawn`);
      return shown;
    });
  }
  return { assignment: drawn, warnings };
}

function positive(column: ChartColumn, warnings: string[]): ChartColumn {
  const numbers = column.numbers();
  const count = numbers.reduce((sum, value) => sum + (value <= 0 ? 1 : 0), 0);
  if (count === 0) return column;
  const values = count === 1 ? "1 value" : `${count.toLocaleString("en-US")} values`;
  warnings.push(`${values} of ${column.name} left out: a logarithmic axis has no place for zero and below`);
  const above = numbers.map((value) => (value <= 0 ? Number.NaN : value));
  return { ...column, numbers: () => above };
}
