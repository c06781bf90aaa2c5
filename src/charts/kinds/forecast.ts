import type { ChartColumn } from "../columns.ts";
import { type Json, positional, tooltip, zoom } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, maybe, one } from "../input.ts";
import { extentOf } from "../reduce.ts";
import { keep } from "./series.ts";

/** Series drawn at most: bands over bands are nothing to see. */
const MOST_SERIES = 8;

/** What was, what comes next, and a band for each level of confidence: the fan. */
export const forecast: ChartKind = {
  name: "forecast",
  doc: "the line y with a band from lower to upper for each level, behind the line of actual values; one of each a color",
  required: ["x", "y", "lower", "upper"],
  optional: ["actual", "level", "color"],
  settings: ["log"],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  const lower = continuous(one(input, "lower"), "lower");
  const upper = continuous(one(input, "upper"), "upper");
  const [actual, level] = [optional(input, "actual"), optional(input, "level")];
  const color = maybe(input, "color");
  const labels = color === undefined ? [] : [...new Set(Array.from({ length: input.rowCount }, (_, row) => color.text(row) ?? "NULL"))];
  const shown = labels.slice(0, MOST_SERIES);
  const warnings = shown.length < labels.length ? [`the first ${MOST_SERIES} of ${labels.length} series are drawn`] : [];
  const groups = color === undefined ? [undefined] : shown;
  const extent = extentOf(x.numbers());
  const values: Json[] = [];
  for (const label of groups) {
    const rows = Int32Array.from({ length: input.rowCount }, (_, row) => row).filter(
      (row) => label === undefined || (color?.text(row) ?? "NULL") === label,
    );
    const named = label === undefined ? {} : { c: label };
    const isAhead = (row: number) => cell(lower, row) !== null && cell(upper, row) !== null;
    const past = actual === undefined ? rows.subarray(0, 0) : rows.filter((row) => cell(actual, row) !== null);
    const kept = actual === undefined ? past : keep(x.numbers(), actual.numbers(), past, extent, input.width, "m4");
    for (const row of kept) values.push({ x: cell(x, row), a: cell(actual as ChartColumn, row), ...named });
    // The forecast's line begins where the past ends, unless what is forecast is known by now.
    const last = kept[kept.length - 1];
    const first = rows.reduce((least, row) => (isAhead(row) ? Math.min(least, x.numbers()[row]) : least), Infinity);
    if (last !== undefined && x.numbers()[last] < first) values.push({ x: cell(x, last), y: cell(actual as ChartColumn, last), ...named });
    const seen = new Set<number>();
    for (const row of rows) {
      if (!isAhead(row)) continue;
      const at = x.numbers()[row];
      values.push({ x: cell(x, row), l: cell(lower, row), u: cell(upper, row), ...(level && { p: cell(level, row) }), ...named });
      if (!seen.has(at)) values.push({ x: cell(x, row), y: cell(y, row), ...named });
      seen.add(at);
    }
  }
  const xAxis = axisOf(x, input, "x", { zero: false });
  const yAxis = { ...axisOf(y, input, "y", { zero: false }), title: actual?.name ?? y.name };
  const colored = color !== undefined && { color: { field: "c", type: "nominal", title: color.name, sort: shown } };
  const value = positional("y", yAxis);
  const hover = [
    tooltip("x", xAxis),
    ...(color === undefined ? [] : [{ field: "c", type: "nominal", title: color.name }]),
    ...(level === undefined ? [] : [{ field: "p", type: "quantitative", title: level.name }]),
    { field: "l", type: "quantitative", title: lower.name },
    { field: "u", type: "quantitative", title: upper.name },
  ];
  return {
    values,
    warnings,
    content: {
      encoding: { x: positional("x", xAxis), ...colored },
      layer: [
        {
          mark: { type: "area", opacity: 0.18, clip: true },
          params: zoom(xAxis, yAxis),
          transform: [{ filter: "isValid(datum.l)" }],
          encoding: {
            y: positional("l", yAxis),
            y2: { field: "u" },
            tooltip: hover,
            // A band each, the wide ones below the narrow.
            detail: { field: "p" },
          },
        },
        ...(actual === undefined
          ? []
          : [
              {
                mark: { type: "line", clip: true, ...(color === undefined && { color: "#444" }) },
                transform: [{ filter: "isValid(datum.a)" }],
                encoding: {
                  y: { field: "a", type: "quantitative" },
                  tooltip: [tooltip("x", xAxis), tooltip("a", { ...yAxis, title: actual.name })],
                },
              },
            ]),
        {
          mark: { type: "line", clip: true, ...(actual !== undefined && color !== undefined && { strokeDash: [5, 3] }) },
          transform: [{ filter: "isValid(datum.y)" }],
          encoding: { y: value, tooltip: [tooltip("x", xAxis), tooltip("y", { ...yAxis, title: y.name })] },
        },
      ],
    },
  };
}

function optional(input: ChartInput, channel: "actual" | "level"): ChartColumn | undefined {
  const column = maybe(input, channel);
  return column && continuous(column, channel);
}
