import { bindError } from "../core/errors.ts";
import { isInteger } from "../core/types.ts";
import type { ChartColumn } from "./columns.ts";
import type { Channel, ChartKindName } from "./options.ts";

/** Which column goes on which channel. */
export type Assignment = Partial<Record<Channel, readonly ChartColumn[]>>;

/** Integers that name a place in a calendar or an order are axes, not measures. */
const DIMENSION_NAMES = /^(year|yr|quarter|month|week|day|weekday|dow|hour|minute|bucket|bin|step|iteration|epoch|age|rank|n|i|x)$/i;

const named = (columns: readonly ChartColumn[], pattern: RegExp) =>
  columns.find((column) => column.role === "measure" && pattern.test(column.name));

/** Chooses a kind and channels from the schema: what a person would draw who saw only names and types. */
export function chooseChart(columns: readonly ChartColumn[]): { kind: ChartKindName; assignment: Assignment } {
  const times = columns.filter((column) => column.role === "time");
  const categories = columns.filter((column) => column.role === "category");
  const measures = columns.filter((column) => column.role === "measure");
  const [time] = times;

  const [open, high, low, close] = ["open", "high", "low", "close"].map((word) => named(columns, new RegExp(`(^|_)${word}(_|$)`, "i")));
  if (time && open && high && low && close) {
    return { kind: "candlestick", assignment: { x: [time], open: [open], high: [high], low: [low], close: [close] } };
  }

  const lower = named(columns, /(^|_)(lower|lo|low|min|p5|p10|p25|q1)(_|$)/i);
  const upper = named(columns, /(^|_)(upper|hi|high|max|p95|p90|p75|q3)(_|$)/i);
  const axis = time ?? measures.find((column) => isInteger(column.type) && DIMENSION_NAMES.test(column.name));
  const drawn = measures.filter((column) => column !== axis);
  if (axis && lower && upper && lower !== upper) {
    const middle = drawn.find((column) => column !== lower && column !== upper);
    return { kind: "band", assignment: { x: [axis], lower: [lower], upper: [upper], ...(middle && { y: [middle] }) } };
  }

  if (axis && drawn.length > 0) {
    if (categories.length > 0) return { kind: "line", assignment: { x: [axis], y: [drawn[0]], color: [categories[0]] } };
    return { kind: "line", assignment: { x: [axis], y: drawn.slice(0, 8) } };
  }
  if (categories.length >= 2 && measures.length > 0) {
    return { kind: "heatmap", assignment: { x: [categories[0]], y: [categories[1]], color: [measures[0]] } };
  }
  if (categories.length === 1 && measures.length > 0) {
    // Rows that repeat a category are points of a cloud; one row a category is a bar.
    if (measures.length >= 2 && repeats(categories[0])) {
      return { kind: "scatter", assignment: { x: [measures[0]], y: [measures[1]], color: [categories[0]] } };
    }
    return { kind: "bar", assignment: { x: [categories[0]], y: [measures[0]] } };
  }
  if (measures.length >= 2) return { kind: "scatter", assignment: { x: [measures[0]], y: [measures[1]] } };
  if (measures.length === 1) return { kind: "histogram", assignment: { x: [measures[0]] } };
  if (time) return { kind: "histogram", assignment: { x: [time] } };
  if (categories.length > 0) return { kind: "bar", assignment: { x: [categories[0]] } };
  throw bindError("there is nothing to draw: the result has no columns");
}

function repeats(column: ChartColumn): boolean {
  const seen = new Set<string | null>();
  for (let row = 0; row < Math.min(column.length, 1000); row++) {
    const text = column.text(row);
    if (seen.has(text)) return true;
    seen.add(text);
  }
  return false;
}
