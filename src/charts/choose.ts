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

  const known = knownShape(columns);
  if (known !== undefined) return known;

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

/** The results of functions of time series, which have pictures of their own: known by the names of their columns. */
function knownShape(columns: readonly ChartColumn[]): { kind: ChartKindName; assignment: Assignment } | undefined {
  const [time] = columns.filter((column) => column.role === "time");
  const by = (pattern: RegExp, role: ChartColumn["role"] = "measure") =>
    columns.find((column) => column.role === role && pattern.test(column.name));
  const [lower, upper] = [by(/^(lower|lower_bound|lower_\d+)$/i), by(/^(upper|upper_bound|upper_\d+)$/i)];
  const bounds = lower && upper ? { lower: [lower], upper: [upper] } : undefined;
  const optional = (channel: Channel, column: ChartColumn | undefined) => (column === undefined ? {} : { [channel]: [column] });

  const forecast = by(/^(forecast_value|forecast)$/i);
  const when = by(/^(forecast_timestamp|forecast_time)$/i, "time") ?? time;
  if (when && forecast && bounds) {
    // Models and statuses are the same all over; what tells series apart is an id.
    const id = columns.find(
      (column) => column.role === "category" && !/^(model|fitted_model|status|series_type)$/i.test(column.name) && differs(column),
    );
    const model = by(/^model$/i, "category");
    const color = id ?? (model !== undefined && differs(model) ? model : undefined);
    const actual = optional("actual", by(/^(actual|actual_value|y|value)$/i));
    const level = optional("level", by(/^(confidence_level|level)$/i));
    return { kind: "forecast", assignment: { x: [when], y: [forecast], ...bounds, ...actual, ...level, ...optional("color", color) } };
  }

  const flagged = (pattern: RegExp) => columns.find((column) => column.type.kind === "boolean" && pattern.test(column.name));
  const isAnomaly = flagged(/^(is_anomaly|anomaly)$/i);
  const isChange = flagged(/^(is_)?change(_?point)?$/i);
  const own = /^(anomaly_score|expected_value|expected|forecast_value|actual_value|(lower|upper)(_bound)?|position|score)$/i;
  const value = columns.find((column) => column.role === "measure" && !own.test(column.name)) ?? by(/^actual_value$/i);
  if (time && value && isAnomaly) {
    const expected = optional("expected", by(/^(expected_value|expected|forecast_value)$/i));
    return { kind: "anomalies", assignment: { x: [time], y: [value], mark: [isAnomaly], ...bounds, ...expected } };
  }
  if (time && value && isChange) return { kind: "changes", assignment: { x: [time], y: [value], mark: [isChange] } };

  const [trend, rest] = [by(/^trend$/i), by(/^(remainder|residual)$/i)];
  if (time && trend && rest) {
    const seasons = columns.filter((column) => column.role === "measure" && /^seasonal(_\d+)?$/i.test(column.name));
    const each = seasons.length > 1 ? seasons.filter((column) => column.name.toLowerCase() !== "seasonal") : seasons;
    const parts = [trend, ...each, rest];
    const whole = columns.find((column) => column.role === "measure" && !parts.includes(column) && !seasons.includes(column));
    return { kind: "panels", assignment: { x: [time], y: [...(whole ? [whole] : []), ...parts] } };
  }

  const lag = by(/^lag$/i);
  const correlation = by(/^(acf|pacf|ccf|autocorrelation|correlation)$/i);
  if (lag && correlation) return { kind: "correlogram", assignment: { x: [lag], y: [correlation], ...bounds } };
  return undefined;
}

/** Whether a column has more than one text, in its first rows. */
function differs(column: ChartColumn): boolean {
  for (let row = 1; row < Math.min(column.length, 10_000); row++) if (column.text(row) !== column.text(0)) return true;
  return false;
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
