import { bindError } from "../../core/errors.ts";
import { type Json, positional, tooltip } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, continuous, maybe, one } from "../input.ts";
import { extentOf } from "../reduce.ts";

const DEFAULT_BINS = 30;

/** Rows counted in bins of equal, round width; the counting is done here, so that any number of rows is small on the wire. */
export const histogram: ChartKind = {
  name: "histogram",
  doc: "rows counted in bins of x, stacked per color",
  required: ["x"],
  optional: ["color"],
  settings: ["bins", "log"],
  maxY: 0,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const color = maybe(input, "color");
  const numbers = x.numbers();
  const extent = extentOf(numbers);
  if (extent === undefined) throw bindError(`x=${x.name} has no finite value to count`);
  const width = (extent.max - extent.min) / (input.options.bins ?? DEFAULT_BINS);
  const step = (x.role === "time" ? clockStep(width) : roundStep(width)) || 1;
  const start = Math.floor(extent.min / step) * step;
  const bins = Math.floor((extent.max - start) / step) + 1;
  const counts = new Map<string, Float64Array>();
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row];
    if (!Number.isFinite(value)) continue;
    const label = color === undefined ? "" : (color.text(row) ?? "NULL");
    let series = counts.get(label);
    if (series === undefined) {
      series = new Float64Array(bins);
      counts.set(label, series);
    }
    series[Math.min(bins - 1, Math.floor((value - start) / step))]++;
  }
  const values: Json[] = [];
  const tops = new Float64Array(bins);
  for (const [label, series] of counts) {
    series.forEach((count, i) => {
      if (count === 0) return;
      const y0 = tops[i];
      tops[i] += count;
      values.push({ x: start + i * step, x2: start + (i + 1) * step, y: count, y0, y1: tops[i], ...(color && { c: label }) });
    });
  }
  const xAxis = { ...axisOf(x, input, "x", { zero: false }), log: false, ticks: undefined };
  return {
    values,
    warnings: [],
    content: {
      mark: { type: "rect", stroke: "white", strokeWidth: 1 },
      encoding: {
        x: positional("x", xAxis),
        x2: { field: "x2" },
        y: {
          field: "y1",
          type: "quantitative",
          title: "rows",
          scale: { zero: true, ...((input.options.log === "y" || input.options.log === "xy") && { type: "symlog" }) },
        },
        y2: { field: "y0" },
        ...(color && { color: { field: "c", type: "nominal", title: color.name } }),
        tooltip: [
          { ...tooltip("x", xAxis), title: "from" },
          { ...tooltip("x2", xAxis), title: "to" },
          ...(color ? [{ field: "c", type: "nominal", title: color.name }] : []),
          { field: "y", type: "quantitative", title: "rows" },
        ],
      },
    },
  };
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const CLOCK_STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map((seconds) => seconds * SECOND),
  ...[1, 2, 7, 14, 30, 91, 182, 365].map((days) => days * DAY),
];

/** The next width that a clock or calendar knows. */
function clockStep(step: number): number {
  if (step < SECOND) return roundStep(step);
  return CLOCK_STEPS.find((candidate) => candidate >= step) ?? roundStep(step / DAY) * DAY;
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(step: number): number {
  if (!(step > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(step));
  const lead = step / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
