import { bindError } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import { chooseChart } from "./choose.ts";
import { chartColumns } from "./columns.ts";
import { drawable } from "./drawable.ts";
import { frame, type Json } from "./frame.ts";
import { assignColumns, type ChartDrawing, type ChartInput, type ChartKind, type LiveChart } from "./input.ts";
import { anomalies } from "./kinds/anomalies.ts";
import { area } from "./kinds/area.ts";
import { band } from "./kinds/band.ts";
import { bar } from "./kinds/bar.ts";
import { calendar } from "./kinds/calendar.ts";
import { candlestick } from "./kinds/candlestick.ts";
import { changes } from "./kinds/changes.ts";
import { correlogram } from "./kinds/correlogram.ts";
import { forecast } from "./kinds/forecast.ts";
import { heatmap } from "./kinds/heatmap.ts";
import { histogram } from "./kinds/histogram.ts";
import { line } from "./kinds/line.ts";
import { panels } from "./kinds/panels.ts";
import { scatter } from "./kinds/scatter.ts";
import { seasonal } from "./kinds/seasonal.ts";
import { type Channel, type ChartKindName, parseChartOptions } from "./options.ts";

/** Every chart kind. A new one is a file in kinds/, a name in options.ts and a line here. */
export const KINDS: Readonly<Record<ChartKindName, ChartKind>> = {
  ...{ line, area, bar, scatter, histogram, heatmap, candlestick, band },
  ...{ forecast, anomalies, changes, panels, correlogram, seasonal, calendar },
};

export interface Chart {
  readonly kind: ChartKindName;
  /** A Vega-Lite 5 spec with its data inside. */
  readonly spec: Json;
  /** "line chart: 2,560 of 1,000,000 points" */
  readonly summary: string;
  readonly warnings: readonly string[];
}

export interface ChartEnvironment {
  readonly timeZone: string;
  /** Pixels of the plot where the options name none. */
  readonly width: number;
  readonly formatValue: (type: DataType, value: Value) => string;
  /**
   * The chart is one of a row of pictures: a spec whose structure does not depend on the rows (no domains, tick counts or
   * formats taken from them), so that only its data changes from one to the next.
   */
  readonly live?: LiveChart;
}

const DEFAULT_HEIGHT = 300;

/** Draws a table. `optionText` is what stands after `%%chart`; kinds and channels that it leaves out are chosen from the schema. */
export function buildChart(table: Table, optionText: string, environment: ChartEnvironment): Chart {
  const options = parseChartOptions(optionText);
  const columns = chartColumns(table, environment.timeZone, (type, value) => environment.formatValue(type, value));
  const given = assignColumns(options, columns);
  const chosen = settle(options.kind, given, columns);
  const kind = KINDS[chosen.kind];
  check(kind, chosen.assignment, options);
  const { assignment, warnings: missing } = drawable(chosen.assignment, options);
  const input: ChartInput = {
    assignment,
    options,
    rowCount: table.rowCount,
    width: options.width ?? environment.width,
    height: options.height ?? DEFAULT_HEIGHT,
    ...(environment.live !== undefined && { live: environment.live }),
  };
  const rows = table.rowCount === 1 ? "1 row" : `${table.rowCount.toLocaleString("en-US")} rows`;
  const isEmpty = table.rowCount === 0 && (input.live === undefined || !DRAWS_EMPTY.includes(kind.name));
  const drawing = isEmpty ? emptyDrawing() : kind.build(input);
  return {
    kind: kind.name,
    spec: frame(
      { title: options.title, width: input.width, height: input.height },
      input.live === undefined ? drawing.values : drawing.values.map(shorter),
      drawing.content,
    ),
    summary: `${kind.name} chart: ${drawing.note ?? rows}`,
    warnings: [...missing, ...drawing.warnings],
  };
}

/** Seven digits are more than a picture shows, and half of what it would weigh; times stay exact to the microsecond. */
const short = (value: number): number => (Math.abs(value) < 1e7 ? Number(value.toPrecision(7)) : Math.round(value * 1000) / 1000);
const shorter = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key, typeof part === "number" ? short(part) : part]));

/** Kinds that have axes before there are rows. */
const DRAWS_EMPTY: readonly ChartKindName[] = ["line", "area", "candlestick", "band", "scatter"];

/** An empty result is drawn as what it is, so that a notebook runs on. */
function emptyDrawing(): ChartDrawing {
  const mark = { type: "text", text: "the result has no rows", fontSize: 14, color: "#777" };
  return { values: [{}], content: { mark }, note: "the result has no rows", warnings: [] };
}

type Columns = ReturnType<typeof chartColumns>;

/** Fills in what the options leave out: the kind, and the channels the kind needs, from the columns not yet used. */
function settle(
  kind: ChartKindName | undefined,
  given: ReturnType<typeof assignColumns>,
  columns: Columns,
): ReturnType<typeof chooseChart> {
  const nothingGiven = Object.keys(given).length === 0;
  if (kind === undefined) {
    if (nothingGiven) return chooseChart(columns);
    const wanted = [...new Set(Object.values(given).flat())];
    const guess = chooseChart(wanted.length > 1 ? wanted : columns);
    return { kind: guess.kind, assignment: { ...guess.assignment, ...given } };
  }
  if (nothingGiven) {
    const guess = chooseChart(columns);
    if (guess.kind === kind) return guess;
  }
  const used = new Set(Object.values(given).flat());
  const assignment: Partial<Record<Channel, readonly Columns[number][]>> = { ...given };
  for (const channel of KINDS[kind].required) {
    if (assignment[channel] !== undefined) continue;
    const column =
      columns.find((candidate) => !used.has(candidate) && suits(kind, channel, candidate)) ??
      columns.find((candidate) => !used.has(candidate));
    if (column === undefined) continue;
    used.add(column);
    assignment[channel] = [column];
  }
  const category = columns.find((column) => !used.has(column) && column.role === "category");
  if (assignment.color === undefined && category !== undefined && (kind === "line" || kind === "area") && assignment.y?.length === 1) {
    assignment.color = [category];
  }
  if (kind === "bar" && assignment.y === undefined) {
    const measure = columns.find((column) => !used.has(column) && column.role === "measure");
    if (measure !== undefined) assignment.y = [measure];
  }
  return { kind, assignment };
}

/** Whether a column is what a person would put on a channel. */
function suits(kind: ChartKindName, channel: Channel, column: Columns[number]): boolean {
  const name = column.name.toLowerCase();
  if (["open", "high", "low", "close", "lower", "upper"].includes(channel)) return column.role === "measure" && name.includes(channel);
  if (channel === "mark") return column.type.kind === "boolean";
  if (channel === "color") return column.role === "measure";
  if (channel === "y") return kind === "heatmap" ? column.role === "category" : column.role === "measure";
  if (kind === "bar" || kind === "heatmap") return column.role === "category";
  if (kind === "scatter" || kind === "histogram") return column.role === "measure";
  return column.role === "time";
}

function check(kind: ChartKind, assignment: ReturnType<typeof assignColumns>, options: ReturnType<typeof parseChartOptions>): void {
  for (const channel of kind.required) {
    if (assignment[channel] === undefined)
      throw bindError(`a ${kind.name} chart needs ${channel}=column`, undefined, `${kind.name}: ${kind.doc}`);
  }
  const allowed = [...kind.required, ...kind.optional];
  for (const [channel, columns] of Object.entries(assignment) as [Channel, readonly unknown[]][]) {
    if (!allowed.includes(channel)) throw bindError(`a ${kind.name} chart has no ${channel}`, undefined, `it takes ${allowed.join(", ")}`);
    if (channel === "y" && columns.length > kind.maxY)
      throw bindError(`a ${kind.name} chart takes at most ${kind.maxY} y column, not ${columns.length}`);
  }
  for (const setting of ["log", "sort", "stack", "bins", "reduce"] as const) {
    if (options[setting] !== undefined && !kind.settings.includes(setting)) {
      throw bindError(
        `a ${kind.name} chart has no option ${setting}`,
        undefined,
        `it takes title, width, height${kind.settings.map((name) => `, ${name}`).join("")}`,
      );
    }
  }
}
