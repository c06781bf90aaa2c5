import { type Json, positional, tooltip } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, one } from "../input.ts";
import { extentOf } from "../reduce.ts";
import { keep } from "./series.ts";

/** Pixels of a panel at least. */
const LEAST_HEIGHT = 60;

/** A panel below the other for each column, over one axis: a decomposition. */
export const panels: ChartKind = {
  name: "panels",
  doc: "a panel for each column of y, one below the other, over the same x",
  required: ["x", "y"],
  optional: [],
  settings: [],
  maxY: 12,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const ys = (input.assignment.y ?? []).map((column) => continuous(column, "y"));
  const extent = extentOf(x.numbers());
  const all = Int32Array.from({ length: input.rowCount }, (_, row) => row);
  const values: Json[] = ys.flatMap((y, k) =>
    Array.from(keep(x.numbers(), y.numbers(), all, extent, input.width, "m4"), (row) => ({ x: cell(x, row), y: cell(y, row), k })),
  );
  const height = Math.max(LEAST_HEIGHT, Math.floor((input.height * 1.6) / ys.length));
  return {
    values,
    warnings: [],
    content: {
      spacing: 8,
      vconcat: ys.map((y, k) => {
        const isLast = k === ys.length - 1;
        const xAxis = axisOf(x, input, "x", { zero: false });
        const yAxis = axisOf(y, input, "y", { zero: false });
        const shared = positional("x", xAxis);
        // What is left over is drawn from zero, so that its size can be told from the others'.
        const isRest = /^(remainder|residual)/i.test(y.name);
        const encoding = {
          x: isLast ? shared : { ...shared, title: null, axis: { ...(shared.axis as Json), labels: false, ticks: false } },
          y: positional("y", isRest ? { ...yAxis, zero: true } : yAxis),
          tooltip: [tooltip("x", xAxis), tooltip("y", yAxis)],
        };
        return {
          width: input.width,
          height,
          transform: [{ filter: `datum.k === ${k}` }],
          mark:
            isRest && input.rowCount <= input.width
              ? { type: "bar", size: Math.max(1, Math.floor((input.width / input.rowCount) * 0.6)) }
              : { type: "line" },
          encoding,
        };
      }),
    },
  };
}
