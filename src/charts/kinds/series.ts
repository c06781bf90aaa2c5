import type { ChartColumn } from "../columns.ts";
import { type Axis, type Json, positional, tooltip, zoom } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, cell, continuous, loneDomain, maybe, needsExactText, one } from "../input.ts";
import { extentOf, lttb, m4 } from "../reduce.ts";

/** Points a series may have before it is reduced: four a pixel column is what M4 gives at most. */
const POINTS_PER_PIXEL = 4;
const MAX_SERIES = 50;

/** Lines and areas over a continuous x: one series a value of `color`, or one a column of `y`. */
export function drawSeries(input: ChartInput, mark: "line" | "area"): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const ys = (input.assignment.y ?? []).map((column) => continuous(column, "y"));
  const color = maybe(input, "color");
  const stacked = mark === "area" && input.options.stack !== "false";
  // Stacks add rows of equal x, so rows cannot be left out one series at a time.
  const mode = stacked && (color !== undefined || ys.length > 1) ? "none" : (input.options.reduce ?? "m4");

  const groups = seriesOf(input, ys, color);
  const warnings =
    groups.length > MAX_SERIES ? [`${groups.length} series are more than can be told apart; the first ${MAX_SERIES} are drawn`] : [];
  const shown = groups.slice(0, MAX_SERIES);
  const pixels = input.live === undefined ? input.width : livePixels(input, shown.length);
  const whole = extentOf(x.numbers());
  const range = input.live?.range;
  const extent = range === undefined ? whole : { min: range[0], max: range[1] };
  const exact = ys.some(needsExactText);

  const values: Json[] = [];
  let reduced = false;
  let hasLone = input.live !== undefined;
  for (const { label, y, rows: all } of shown) {
    const rows = range === undefined ? all : within(all, x.numbers(), range);
    const kept = keep(x.numbers(), y.numbers(), rows, extent, pixels, mode);
    if (kept.length < rows.length) reduced ||= rows.length > pixels * POINTS_PER_PIXEL;
    const isDrawn = (row: number | undefined) => row !== undefined && Number.isFinite(y.numbers()[row]);
    for (let i = 0; i < kept.length; i++) {
      const row = kept[i];
      const point: Record<string, unknown> = { x: cell(x, row), y: cell(y, row) };
      // Between gaps, a line of one point is nothing to see
      if (isDrawn(row) && !isDrawn(kept[i - 1]) && !isDrawn(kept[i + 1])) {
        point.lone = true;
        hasLone = true;
      }
      if (label !== undefined) point.c = label;
      if (exact) point.t = y.text(row);
      values.push(point);
    }
  }

  const several = shown.length > 1 || color !== undefined;
  const own = (columns: readonly ChartColumn[], log: boolean) => (input.live === undefined ? loneDomain(columns, log) : {});
  const exactDomain = reduced && extent && input.live === undefined ? { domain: extent } : undefined;
  const xAxis = axisOf(x, input, "x", exactDomain ?? { zero: false, ...own([x], false) });
  const yTitle = ys.length === 1 ? ys[0].name : "value";
  const measured = axisOf(ys[0], input, "y");
  const yAxis: Axis = { ...measured, title: yTitle, ...(mark === "line" && { zero: false, ...own(ys, measured.log) }) };
  const legend = color?.name ?? "series";
  const encoding = {
    x: positional("x", xAxis),
    y: { ...positional("y", yAxis), ...(mark === "area" && { stack: stackOf(input) }) },
    ...(several && {
      color: { field: "c", type: "nominal", title: legend, sort: shown.map((group) => group.label), ...colours(shown.length) },
    }),
  };
  const hover = [
    tooltip("x", xAxis),
    ...(several ? [{ field: "c", type: "nominal", title: legend }] : []),
    tooltip("y", yAxis, exact ? "t" : undefined),
  ];
  const drawn = values.length;
  return {
    values,
    warnings,
    note: reduced ? `${drawn.toLocaleString("en-US")} of ${(input.rowCount * ys.length).toLocaleString("en-US")} points` : undefined,
    content:
      mark === "area"
        ? {
            mark: { type: "area", opacity: several && stacked ? 0.85 : 0.5, line: !several, clip: true },
            params: zoom(xAxis, yAxis),
            encoding: { ...encoding, tooltip: hover },
          }
        : {
            encoding,
            layer: [
              { mark: { type: "line", clip: true }, params: zoom(xAxis, yAxis) },
              ...(hasLone ? [{ mark: { type: "point", clip: true }, transform: [{ filter: "datum.lone" }] }] : []),
              {
                mark: { type: "point", clip: true, size: 50 },
                params: [{ name: "hover", select: { type: "point", on: "pointerover", clear: "pointerout", nearest: true } }],
                encoding: { opacity: { condition: { param: "hover", empty: false, value: 1 }, value: 0 }, tooltip: hover },
              },
            ],
          },
  };
}

/** Rows within a range of x, and one more on each side, so that lines go on to the edges. */
function within(rows: Int32Array, x: Float64Array, [from, to]: readonly [number, number]): Int32Array {
  let before = -1;
  let after = -1;
  const kept = rows.filter((row) => {
    if (x[row] < from && (before === -1 || x[row] > x[before])) before = row;
    if (x[row] > to && (after === -1 || x[row] < x[after])) after = row;
    return x[row] >= from && x[row] <= to;
  });
  return Int32Array.from([...(before === -1 ? [] : [before]), ...kept, ...(after === -1 ? [] : [after])]);
}

/** Columns of pixels that a live picture is reduced for, so that all its series together have about as many points as it may. */
const livePixels = (input: ChartInput, series: number): number =>
  Math.max(10, Math.min(input.width, Math.floor((input.live?.maxPoints ?? 0) / POINTS_PER_PIXEL / Math.max(1, series))));

/** More series than the theme has colours take a longer scheme, and a legend in columns beside the plot. */
function colours(series: number): Json {
  if (series <= 8) return {};
  return { scale: { scheme: "tableau20" }, legend: { columns: Math.ceil(series / 18), symbolLimit: MAX_SERIES, labelLimit: 100 } };
}

function stackOf(input: ChartInput): unknown {
  if (input.options.stack === "false") return null;
  return input.options.stack === "normalize" ? "normalize" : "zero";
}

interface Series {
  readonly label: string | undefined;
  readonly y: ChartColumn;
  readonly rows: Int32Array;
}

function seriesOf(input: ChartInput, ys: readonly ChartColumn[], color: ChartColumn | undefined): Series[] {
  if (color === undefined) {
    const all = Int32Array.from({ length: input.rowCount }, (_, row) => row);
    return ys.map((y) => ({ label: ys.length > 1 ? y.name : undefined, y, rows: all }));
  }
  const byLabel = new Map<string, number[]>();
  for (let row = 0; row < input.rowCount; row++) {
    const label = color.text(row) ?? "NULL";
    const rows = byLabel.get(label);
    if (rows === undefined) byLabel.set(label, [row]);
    else rows.push(row);
  }
  const several = ys.length > 1;
  // The rows of a live picture come and go: its colours must not follow their order.
  const labels = input.live === undefined ? [...byLabel] : [...byLabel].sort(([a], [b]) => (a < b ? -1 : 1));
  return labels.flatMap(([label, rows]) =>
    ys.map((y) => ({ label: several ? `${label} ${y.name}` : label, y, rows: Int32Array.from(rows) })),
  );
}

/** Rows that a line needs at its width, in the order of x where some are left out. */
export function keep(
  x: Float64Array,
  y: Float64Array,
  rows: Int32Array,
  extent: ReturnType<typeof extentOf>,
  width: number,
  mode: "m4" | "lttb" | "none",
): Int32Array {
  if (mode === "none" || extent === undefined || rows.length <= width * POINTS_PER_PIXEL) return rows;
  return mode === "m4" ? m4(x, y, rows, extent.min, extent.max, width) : lttb(x, y, rows, width * 2);
}
