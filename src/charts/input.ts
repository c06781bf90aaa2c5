import { bindError, nearestName } from "../core/errors.ts";
import { isInteger, typeName } from "../core/types.ts";
import type { Assignment } from "./choose.ts";
import type { ChartColumn } from "./columns.ts";
import type { Axis, Json } from "./frame.ts";
import type { Channel, ChartKindName, ChartOptions } from "./options.ts";
import { type Extent, extentOf } from "./reduce.ts";

/** What a chart kind draws from: columns on channels, and the options as settled. */
export interface ChartInput {
  readonly assignment: Assignment;
  readonly options: ChartOptions;
  readonly rowCount: number;
  readonly width: number;
  readonly height: number;
  /** See `ChartEnvironment.live`. */
  readonly live?: LiveChart;
}

export interface LiveChart {
  /** About as many points are drawn, where the kind can leave some out. */
  readonly maxPoints: number;
  /** The part of x that is looked at; kinds that leave points out spend them there. */
  readonly range?: readonly [number, number];
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
  if (column.role === "category") {
    const hint =
      column.type.kind === "varchar"
        ? `if it holds dates, make them so in the query: "${column.name}"::DATE, or strptime("${column.name}", '%b %d %Y'); for names there is the bar chart`
        : "a bar chart takes anything for x";
    throw bindError(`${channel}=${column.name} must be a number or a time, and is ${typeName(column.type)}`, undefined, hint);
  }
  return column;
}

export function axisOf(column: ChartColumn, input: ChartInput, which: "x" | "y", extra: Partial<Axis> = {}): Axis {
  const log = column.role === "measure" && (input.options.log === which || input.options.log === "xy");
  if (input.live !== undefined)
    return { title: column.name, kind: column.role, log, ...(column.role === "time" && { wholeTimes: true }), ...extra };
  const format = column.role === "time" ? clockFormat(column) : /^(?:year|yr)$/i.test(column.name) ? "d" : undefined;
  const ticks = isInteger(column.type) ? wholeTicks(column, extra.zero !== false) : undefined;
  return { title: column.name, kind: column.role, log, ...(format !== undefined && { format }), ...(ticks && { ticks }), ...extra };
}

/** A tick each for a few whole numbers (Vega-Lite does not honour a least step). */
function wholeTicks(column: ChartColumn, fromZero: boolean): number | undefined {
  const extent = extentOf(column.numbers());
  if (extent === undefined) return undefined;
  const span = fromZero ? Math.max(0, extent.max) - Math.min(0, extent.min) : extent.max - extent.min;
  return span > 0 && span <= 10 ? span : undefined;
}

/** Labels of a few seconds name the whole time: parts of it, as `.800`, would say nothing where neighbours are left out. */
function clockFormat(column: ChartColumn): string | undefined {
  const extent = extentOf(column.numbers());
  if (column.type.kind === "date" || extent === undefined) return undefined;
  const span = extent.max - extent.min;
  if (span === 0 || span > 120_000) return undefined;
  return span < 10_000 ? "%H:%M:%S.%L" : "%H:%M:%S";
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Where all values are one, a domain around it: the scale's own would have no labels but a rounded one. */
export function loneDomain(columns: readonly ChartColumn[], log: boolean): { domain?: Extent } {
  const extents = columns.map((column) => extentOf(column.numbers())).filter((extent) => extent !== undefined);
  const min = Math.min(...extents.map((extent) => extent.min));
  const max = Math.max(...extents.map((extent) => extent.max));
  if (extents.length === 0 || min !== max) return {};
  if (columns[0].role === "time") {
    const margin = columns[0].type.kind === "date" ? DAY : HOUR;
    return { domain: { min: min - margin, max: max + margin } };
  }
  if (log) return min > 0 ? { domain: { min: min / 10, max: max * 10 } } : {};
  const margin = min === 0 ? 1 : Math.abs(min) / 2;
  return { domain: { min: min - margin, max: max + margin } };
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
