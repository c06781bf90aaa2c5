import { type Json, labelAxis, tooltip } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, needsExactText, one } from "../input.ts";

/** A cell per pair of x and y, coloured by a measure. Axes keep the order of the query. */
export const heatmap: ChartKind = {
  name: "heatmap",
  doc: "a cell per x and y, coloured by the measure color",
  required: ["x", "y", "color"],
  optional: [],
  settings: [],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = one(input, "x");
  const y = one(input, "y");
  const color = continuous(one(input, "color"), "color");
  const exact = needsExactText(color);
  const values: Json[] = [];
  for (let row = 0; row < input.rowCount; row++) {
    values.push({ x: x.text(row) ?? "NULL", y: y.text(row) ?? "NULL", c: cell(color, row), ...(exact && { t: color.text(row) }) });
  }
  const colorAxis = axisOf(color, input, "y");
  // Numbers and times are in order of value, names in the order of the query.
  const labels = (column: typeof x) => [...new Set(Array.from({ length: input.rowCount }, (_, row) => column.text(row) ?? "NULL"))];
  const discrete = (field: "x" | "y", column: typeof x) => ({
    field,
    type: "ordinal",
    title: column.name,
    sort:
      column.role === "measure"
        ? [...new Set(column.numbers())].sort((a, b) => a - b).map(String)
        : column.role === "time"
          ? "ascending"
          : null,
  });
  return {
    values,
    warnings: [],
    content: {
      mark: { type: "rect" },
      encoding: {
        x: { ...discrete("x", x), axis: labelAxis(labels(x), input.width) },
        y: discrete("y", y),
        color: { field: "c", type: "quantitative", title: color.name },
        tooltip: [
          { field: "x", type: "nominal", title: x.name },
          { field: "y", type: "nominal", title: y.name },
          tooltip("c", colorAxis, exact ? "t" : undefined),
        ],
      },
    },
  };
}
