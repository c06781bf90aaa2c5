import { type Json, positional, tooltip, zoom } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, maybe, one } from "../input.ts";
import { drawnRows, isMarked } from "../marked-rows.ts";

/** Red that stands out of the line beside it. */
const STRIKING = "#D1242F";

/** A line, the band it was expected in, and the points that are none of it. */
export const anomalies: ChartKind = {
  name: "anomalies",
  doc: "the line y over x with the band from lower to upper and the line expected, and a point where mark is true",
  required: ["x", "y", "mark"],
  optional: ["lower", "upper", "expected"],
  settings: ["log"],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  const mark = one(input, "mark");
  const [lower, upper, expected] = (["lower", "upper", "expected"] as const).map((channel) => {
    const column = maybe(input, channel);
    return column && continuous(column, channel);
  });
  const hasBand = lower !== undefined && upper !== undefined;
  const { rows, note } = drawnRows(input, x, [y, ...(hasBand ? [lower, upper] : [])], mark);
  const values: Json[] = [];
  for (const row of rows) {
    values.push({
      x: cell(x, row),
      y: cell(y, row),
      ...(hasBand && { l: cell(lower, row), u: cell(upper, row) }),
      ...(expected && { e: cell(expected, row) }),
      ...(isMarked(mark, row) && { m: true }),
    });
  }
  const xAxis = axisOf(x, input, "x", { zero: false });
  const yAxis = axisOf(y, input, "y", { zero: false });
  const number = (field: string, title: string) => ({ field, type: "quantitative", title });
  const hover = [
    tooltip("x", xAxis),
    tooltip("y", yAxis),
    ...(expected ? [number("e", expected.name)] : []),
    ...(hasBand ? [number("l", lower.name), number("u", upper.name)] : []),
  ];
  return {
    values,
    note,
    warnings: [],
    content: {
      encoding: { x: positional("x", xAxis) },
      layer: [
        ...(hasBand
          ? [
              {
                mark: { type: "area", opacity: 0.18, color: "#777", clip: true },
                transform: [{ filter: "isValid(datum.l) && isValid(datum.u)" }],
                encoding: { y: positional("l", yAxis), y2: { field: "u" } },
              },
            ]
          : []),
        ...(expected
          ? [{ mark: { type: "line", strokeWidth: 1, strokeDash: [4, 3], color: "#999", clip: true }, encoding: { y: number("e", "") } }]
          : []),
        { mark: { type: "line", clip: true }, params: zoom(xAxis, yAxis), encoding: { y: positional("y", yAxis) } },
        {
          mark: { type: "point", color: STRIKING, size: 70, opacity: 0.9, clip: true },
          transform: [{ filter: "datum.m" }],
          encoding: { y: { field: "y", type: "quantitative" }, tooltip: hover },
        },
      ],
    },
  };
}
