import { type Json, positional, tooltip, zoom } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, maybe, one } from "../input.ts";

/** A shaded band between two bounds, and a line within it. */
export const band: ChartKind = {
  name: "band",
  doc: "the band between lower and upper over x, with a line for y",
  required: ["x", "lower", "upper"],
  optional: ["y"],
  settings: ["log"],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const lower = continuous(one(input, "lower"), "lower");
  const upper = continuous(one(input, "upper"), "upper");
  const y = maybe(input, "y");
  const values: Json[] = [];
  for (let row = 0; row < input.rowCount; row++) {
    values.push({ x: cell(x, row), l: cell(lower, row), u: cell(upper, row), ...(y && { y: cell(continuous(y, "y"), row) }) });
  }
  const xAxis = axisOf(x, input, "x", { zero: false });
  const yAxis = { ...axisOf(y ?? upper, input, "y", { zero: false }), title: y?.name ?? `${lower.name} to ${upper.name}` };
  const hover = [
    tooltip("x", xAxis),
    { field: "l", type: "quantitative", title: lower.name },
    ...(y ? [{ field: "y", type: "quantitative", title: y.name }] : []),
    { field: "u", type: "quantitative", title: upper.name },
  ];
  return {
    values,
    warnings: [],
    content: {
      encoding: { x: positional("x", xAxis) },
      layer: [
        {
          mark: { type: "area", opacity: 0.25, clip: true },
          params: zoom(xAxis, yAxis),
          encoding: { y: positional("l", yAxis), y2: { field: "u" }, tooltip: hover },
        },
        ...(y ? [{ mark: { type: "line", clip: true }, encoding: { y: { field: "y", type: "quantitative" } } }] : []),
      ],
    },
  };
}
