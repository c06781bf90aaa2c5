import { bindError, nearestName } from "../core/errors.ts";
import type { Assignment } from "./choose.ts";
import type { ChartColumn } from "./columns.ts";
import type { Axis, Json } from "./frame.ts";
import type { Channel, ChartKindName, ChartOptions } from "./options.ts";

/** What a chart kind draws from: columns on channels, and the options as settled. */
export interface ChartInput {
  readonly assignment: Assignment;
  readonly options: ChartOptions;
  readonly rowCount: number;
  readonly width: number;
  readonly height: number;
}

/** A chart kind: which channels it takes, and its spec without the frame. */
export interface ChartKind {
  readonly name: ChartKindName;
  readonly doc: string;
  readonly required: readonly Channel[];
  readonly optional: readonly Channel[];
  /** Settings it honours beside title, width and height. */
  readonly settings: readonly ("log" | "sort" | "stack" | "bins" | "reduce")[];
  /** How many columns `y` takes at most. */
  readonly maxY: number;
  build(input: ChartInput): ChartDrawing;
}

export interface ChartDrawing {
  readonly values: Json[];
  readonly content: Json;
  /** "1,200 of 1,000,000 rows", where points were reduced. */
  readonly note?: string;
  readonly warnings: readonly string[];
}

export const one = (input: ChartInput, channel: Channel): ChartColumn => {
  const column = input.assignment[channel]?.[0];
  if (column === undefined) throw bindError(`the chart needs ${channel}=column`);
  return column;
};

export const maybe = (input: ChartInput, channel: Channel): ChartColumn | undefined => input.assignment[channel]?.[0];

/** A measure or a time, or a clear error. */
export function continuous(column: ChartColumn, channel: Channel): ChartColumn {
  if (column.role === "category") throw bindError(`${channel}=${column.name} must be a number or a time, and is ${column.type.kind}`);
  return column;
}

export function axisOf(column: ChartColumn, input: ChartInput, which: "x" | "y", extra: Partial<Axis> = {}): Axis {
  const log = column.role === "measure" && (input.options.log === which || input.options.log === "xy");
  return { title: column.name, kind: column.role, log, ...extra };
}

/** The cell as the chart's data: a number where the axis is continuous, else its text. */
export function cell(column: ChartColumn, row: number): number | string | null {
  if (column.role === "category") return column.text(row);
  const value = column.numbers()[row];
  return Number.isFinite(value) ? value : null;
}

/** True when some value of the column is an integer or decimal that a double rounds. */
export function needsExactText(column: ChartColumn): boolean {
  if (column.type.kind !== "bigint" && column.type.kind !== "ubigint" && column.type.kind !== "hugeint" && column.type.kind !== "decimal")
    return false;
  const numbers = column.numbers();
  const scale = column.type.kind === "decimal" ? 10 ** column.type.scale : 1;
  return numbers.some((value) => Math.abs(value * scale) > Number.MAX_SAFE_INTEGER);
}

/** Finds columns by the names in the options; names compare without regard to case. */
export function assignColumns(options: ChartOptions, columns: readonly ChartColumn[]): Assignment {
  const assignment: Assignment = {};
  for (const [channel, names] of Object.entries(options.columns) as [Channel, readonly string[]][]) {
    assignment[channel] = names.map((name) => {
      const found =
        columns.find((column) => column.name === name) ?? columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
      if (found !== undefined) return found;
      const all = columns.map((column) => column.name);
      const near = nearestName(name, all);
      throw bindError(
        `no column "${name}" for ${channel}`,
        undefined,
        near ? `did you mean ${near}?` : `the columns are ${all.join(", ")}`,
      );
    });
  }
  return assignment;
}
