import { type Json, positional, tooltip } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, maybe, one } from "../input.ts";

/** A thin bar a lag, with the bounds beyond which chance ends. */
export const correlogram: ChartKind = {
  name: "correlogram",
  doc: "a thin bar of height y at each lag x, with the band from lower to upper around zero",
  required: ["x", "y"],
  optional: ["lower", "upper"],
  settings: [],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  const [lower, upper] = (["lower", "upper"] as const).map((channel) => {
    const column = maybe(input, channel);
    return column && continuous(column, channel);
  });
  const hasBand = lower !== undefined && upper !== undefined;
  const values: Json[] = Array.from({ length: input.rowCount }, (_, row) => ({
    x: cell(x, row),
    y: cell(y, row),
    ...(hasBand && { l: cell(lower, row), u: cell(upper, row) }),
  }));
  const xAxis = axisOf(x, input, "x", { zero: false });
  const yAxis = axisOf(y, input, "y");
  const bar = Math.max(1, Math.min(4, Math.floor((input.width / Math.max(1, input.rowCount)) * 0.4)));
  const encoding = { x: positional("x", xAxis) };
  const height = positional("y", yAxis);
  return {
    values,
    warnings: [],
    content: {
      encoding,
      layer: [
        ...(hasBand
          ? [
              {
                mark: { type: "area", opacity: 0.15, color: "#777", interpolate: "step" },
                encoding: { y: { ...height, field: "l" }, y2: { field: "u" } },
              },
            ]
          : []),
        { mark: { type: "rule", color: "#999" }, encoding: { x: { value: 0 }, x2: { value: "width" }, y: { datum: 0 } } },
        {
          mark: { type: "bar", size: bar },
          encoding: { y: { ...height, stack: null }, tooltip: [tooltip("x", xAxis), tooltip("y", yAxis)] },
        },
        { mark: { type: "point", size: 26, opacity: 1 }, encoding: { y: { ...height } } },
      ],
    },
  };
}
