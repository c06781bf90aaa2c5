import type { ChartColumn } from "../columns.ts";
import { type Axis, type Json, labelAxis, positional, tooltip } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, maybe, needsExactText, one } from "../input.ts";

const MAX_BARS = 500;
/** From here on categories stand on the y axis, where their names can be read. */
const HORIZONTAL_FROM = 9;

/** One bar a row: categories on x, a measure on y; several measures or a color stack. Without y, rows are counted. */
export const bar: ChartKind = {
  name: "bar",
  doc: "a bar per x of height y, stacked per color or per y column; without y, rows are counted",
  required: ["x"],
  optional: ["y", "color"],
  settings: ["log", "sort", "stack"],
  maxY: 20,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = one(input, "x");
  const color = maybe(input, "color");
  const ys = input.assignment.y ?? [];
  const warnings: string[] = [];
  const { values, categories, exact } = ys.length === 0 ? counted(input, x, color) : listed(input, x, ys, color);
  let shown = values;
  if (categories.length > MAX_BARS && x.role !== "time") {
    warnings.push(`${categories.length} bars are more than can be read; the first ${MAX_BARS} are drawn`);
    const kept = new Set(categories.slice(0, MAX_BARS));
    shown = values.filter((value) => kept.has(value.x as string));
  }
  const several = color !== undefined || ys.length > 1;
  // A discrete axis for whole numbers too: a bar a value, not a stretch of a scale.
  const barWidth = x.role === "time" ? timeBarWidth(values, input.width) : undefined;
  const categoryAxis: Axis = {
    title: x.name,
    kind: barWidth === undefined ? "category" : "time",
    log: false,
    ...(barWidth !== undefined && { padding: barWidth * 0.6 }),
  };
  const measureAxis: Axis =
    ys.length === 0
      ? { title: "rows", kind: "measure", log: input.options.log === "y" }
      : { ...axisOf(ys[0], input, "y"), title: ys.length > 1 ? "value" : ys[0].name };
  const horizontal =
    categoryAxis.kind === "category" && (categories.length >= HORIZONTAL_FROM || categories.some((label) => label.length > 14));
  const legend = color?.name ?? "series";
  const discrete = { sort: sortOf(input), axis: horizontal ? LONG_LABELS : labelAxis(categories, input.width) };
  const categoryEncoding = { ...positional("x", categoryAxis), ...(categoryAxis.kind === "category" && discrete) };
  // Stacks of several colours reach further than any value
  const stacked = several && input.options.stack !== "false" && !measureAxis.log;
  const position = positional("y", stacked ? { ...measureAxis, ticks: undefined } : measureAxis);
  const floor = measureAxis.log ? logFloor(shown) : undefined;
  const measureEncoding =
    floor === undefined
      ? { ...position, stack: measureAxis.log ? null : stackOf(input) }
      : { ...position, scale: { type: "log", domainMin: floor }, stack: null };
  const end = horizontal ? "x2" : "y2";
  const offset = horizontal ? "yOffset" : "xOffset";
  return {
    values: shown,
    warnings,
    content: {
      mark: { type: "bar", ...(barWidth !== undefined && { width: barWidth }) },
      ...(categoryAxis.kind === "time" && { params: [{ name: "zoom", select: { type: "interval", encodings: ["x"] }, bind: "scales" }] }),
      encoding: {
        [horizontal ? "y" : "x"]: categoryEncoding,
        [horizontal ? "x" : "y"]: measureEncoding,
        ...(floor !== undefined && { [end]: { datum: floor } }),
        ...(measureAxis.log && several && categoryAxis.kind === "category" && { [offset]: { field: "c" } }),
        ...(several && { color: { field: "c", type: "nominal", title: legend, ...(ys.length > 1 && { sort: ys.map((y) => y.name) }) } }),
        tooltip: [
          tooltip("x", categoryAxis),
          ...(several ? [{ field: "c", type: "nominal", title: legend }] : []),
          tooltip("y", measureAxis, exact ? "t" : undefined),
        ],
      },
    },
  };
}

interface Bars {
  readonly values: Json[];
  readonly categories: string[];
  readonly exact: boolean;
}

function listed(input: ChartInput, x: ChartColumn, ys: readonly ChartColumn[], color: ChartColumn | undefined): Bars {
  const exact = ys.some(needsExactText);
  const values: Json[] = [];
  const categories = new Set<string>();
  for (let row = 0; row < input.rowCount; row++) {
    const label = x.role === "time" ? cell(x, row) : (x.text(row) ?? "NULL");
    categories.add(String(label));
    for (const y of ys) {
      const value: Record<string, unknown> = { x: label, y: cell(continuous(y, "y"), row) };
      if (ys.length > 1) value.c = y.name;
      else if (color !== undefined) value.c = color.text(row) ?? "NULL";
      if (exact) value.t = y.text(row);
      values.push(value);
    }
  }
  return { values, categories: [...categories], exact };
}

function counted(input: ChartInput, x: ChartColumn, color: ChartColumn | undefined): Bars {
  const counts = new Map<string, { x: number | string | null; c?: string; y: number }>();
  const categories = new Set<string>();
  for (let row = 0; row < input.rowCount; row++) {
    const label = x.role === "time" ? cell(x, row) : (x.text(row) ?? "NULL");
    const c = color === undefined ? undefined : (color.text(row) ?? "NULL");
    const key = JSON.stringify([label, c]);
    const found = counts.get(key);
    if (found === undefined) counts.set(key, { x: label, ...(c !== undefined && { c }), y: 1 });
    else found.y++;
    categories.add(String(label));
  }
  return { values: [...counts.values()], categories: [...categories], exact: false };
}

/** Names too long for the axis lose their middle, so that those that begin alike can be told apart. */
const LONG_LABELS: Json = {
  labelLimit: 300,
  maxExtent: 340,
  labelExpr: "length(datum.label) > 44 ? slice(datum.label, 0, 26) + '…' + slice(datum.label, -16) : datum.label",
};

/** Pixels of a bar at a time: most of the shortest distance between two of them, so that no bar covers another. */
function timeBarWidth(values: readonly Json[], plotWidth: number): number {
  const times = Float64Array.from(new Set(values.flatMap(({ x }) => (typeof x === "number" ? [x] : [])))).sort();
  let least = Infinity;
  for (let i = 1; i < times.length; i++) least = Math.min(least, times[i] - times[i - 1]);
  const share = times.length < 2 ? 0.1 : least / (times[times.length - 1] - times[0] + least);
  return Math.max(1, Math.round(0.9 * share * plotWidth * 10) / 10);
}

/** Where bars of a logarithmic axis begin: the power of ten below the least. */
function logFloor(values: readonly Json[]): number | undefined {
  const least = values.reduce((low, { y }) => (typeof y === "number" && y > 0 ? Math.min(low, y) : low), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(least)) return undefined;
  const power = 10 ** Math.floor(Math.log10(least));
  return power < least ? power : power / 10;
}

function sortOf(input: ChartInput): unknown {
  const { sort } = input.options;
  if (sort === undefined || sort === "none") return null;
  const direction = sort.startsWith("-") ? "descending" : "ascending";
  return sort.endsWith("y") ? { field: "y", op: "sum", order: direction } : direction;
}

function stackOf(input: ChartInput): unknown {
  if (input.options.stack === "false") return null;
  return input.options.stack === "normalize" ? "normalize" : "zero";
}
