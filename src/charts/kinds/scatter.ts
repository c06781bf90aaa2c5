import { type Json, positional, tooltip, zoom } from "../frame.ts";
import {
  axisOf,
  type ChartDrawing,
  type ChartInput,
  type ChartKind,
  cell,
  continuous,
  loneDomain,
  maybe,
  needsExactText,
  one,
} from "../input.ts";
import { extentOf, onePerCell } from "../reduce.ts";

/** From here on only one point of each cell of CELL pixels is sent: the others would be hidden behind it. */
const MAX_POINTS = 5000;
const CELL = 3;

export const scatter: ChartKind = {
  name: "scatter",
  doc: "a point per row, coloured and sized by columns",
  required: ["x", "y"],
  optional: ["color", "size"],
  settings: ["log", "reduce"],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  const color = maybe(input, "color");
  const size = maybe(input, "size");
  const extentX = extentOf(x.numbers());
  const extentY = extentOf(y.numbers());
  const reduce = input.rowCount > MAX_POINTS && extentX !== undefined && extentY !== undefined && input.options.reduce !== "none";
  const rows = reduce
    ? onePerCell(x.numbers(), y.numbers(), extentX, extentY, input.width, input.height, CELL)
    : Int32Array.from({ length: input.rowCount }, (_, row) => row);
  const exactX = needsExactText(x);
  const exactY = needsExactText(y);
  const values: Json[] = [];
  for (const row of rows) {
    values.push({
      x: cell(x, row),
      y: cell(y, row),
      ...(color && { c: cell(color, row) }),
      ...(size && { s: cell(continuous(size, "size"), row) }),
      ...(exactX && { tx: x.text(row) }),
      ...(exactY && { ty: y.text(row) }),
    });
  }
  const xAxis = axisOf(x, input, "x", { zero: false, ...loneDomain([x], input.options.log?.includes("x") ?? false) });
  const yAxis = axisOf(y, input, "y", { zero: false, ...loneDomain([y], input.options.log?.includes("y") ?? false) });
  const colorType = color?.role === "measure" ? "quantitative" : color?.role === "time" ? "temporal" : "nominal";
  return {
    values,
    warnings: [],
    note: reduce ? `${rows.length.toLocaleString("en-US")} of ${input.rowCount.toLocaleString("en-US")} points` : undefined,
    content: {
      mark: { type: "point", filled: true, clip: true },
      params: zoom(xAxis, yAxis),
      encoding: {
        x: positional("x", xAxis),
        y: positional("y", yAxis),
        ...(color && { color: { field: "c", type: colorType, title: color.name } }),
        ...(size && { size: { field: "s", type: "quantitative", title: size.name } }),
        tooltip: [
          tooltip("x", xAxis, exactX ? "tx" : undefined),
          tooltip("y", yAxis, exactY ? "ty" : undefined),
          ...(color ? [{ field: "c", type: colorType, title: color.name }] : []),
          ...(size ? [{ field: "s", type: "quantitative", title: size.name }] : []),
        ],
      },
    },
  };
}
