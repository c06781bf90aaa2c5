import { type Json, positional, tooltip, zoom } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, one } from "../input.ts";
import { drawnRows, isMarked } from "../marked-rows.ts";

/** A line, a rule where it changes, and its mean between two changes. */
export const changes: ChartKind = {
  name: "changes",
  doc: "the line y over x, with a rule where mark is true and the mean between two rules",
  required: ["x", "y", "mark"],
  optional: [],
  settings: ["log"],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  const mark = one(input, "mark");
  const { rows, note } = drawnRows(input, x, [y], mark);
  const values: Json[] = Array.from(rows, (row) => ({ x: cell(x, row), y: cell(y, row), ...(isMarked(mark, row) && { m: true }) }));
  values.push(...means(input));
  const xAxis = axisOf(x, input, "x", { zero: false });
  const yAxis = axisOf(y, input, "y", { zero: false });
  return {
    values,
    note,
    warnings: [],
    content: {
      encoding: { x: positional("x", xAxis) },
      layer: [
        {
          mark: { type: "rule", color: "#D55E00", strokeDash: [4, 3], clip: true },
          transform: [{ filter: "datum.m" }],
          encoding: { tooltip: [tooltip("x", xAxis)] },
        },
        {
          mark: { type: "line", opacity: 0.75, clip: true },
          params: zoom(xAxis, yAxis),
          transform: [{ filter: "isValid(datum.y)" }],
          encoding: { y: positional("y", yAxis), tooltip: [tooltip("x", xAxis), tooltip("y", yAxis)] },
        },
        {
          mark: { type: "rule", strokeWidth: 2.5, color: "#222", clip: true },
          transform: [{ filter: "isValid(datum.b)" }],
          encoding: {
            x2: { field: "z" },
            y: { field: "b", type: "quantitative" },
            tooltip: [{ field: "b", type: "quantitative", title: `mean of ${y.name}` }],
          },
        },
      ],
    },
  };
}

/** A piece of line for the mean of each stretch: a change is the first row of the next one. */
function means(input: ChartInput): Json[] {
  const x = one(input, "x").numbers();
  const y = one(input, "y").numbers();
  const mark = one(input, "mark");
  const rows = Int32Array.from({ length: input.rowCount }, (_, row) => row)
    .filter((row) => Number.isFinite(x[row]) && Number.isFinite(y[row]))
    .sort((a, b) => x[a] - x[b] || a - b);
  const pieces: Json[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && !isMarked(mark, rows[end])) end++;
    let sum = 0;
    for (let i = start; i < end; i++) sum += y[rows[i]];
    pieces.push({ x: x[rows[start]], z: x[rows[Math.min(end, rows.length - 1)]], b: sum / (end - start) });
    start = end;
  }
  return pieces;
}
