import { bindError } from "../../core/errors.ts";
import { type Json, positional } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, one } from "../input.ts";

const DAY = 86_400_000;

/** Phases that a series may be cut by: what names a row's, and which there are, in order. */
interface Phases {
  readonly name: string;
  readonly of: (time: Date) => number;
  readonly labels: readonly string[];
}

const two = (n: number) => String(n).padStart(2, "0");
const MONTHS: Phases = {
  name: "month",
  of: (time) => time.getUTCMonth(),
  labels: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
};
const QUARTERS: Phases = { name: "quarter", of: (time) => Math.floor(time.getUTCMonth() / 3), labels: ["Q1", "Q2", "Q3", "Q4"] };
const WEEKDAYS: Phases = {
  name: "weekday",
  of: (time) => (time.getUTCDay() + 6) % 7,
  labels: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};
const HOURS: Phases = { name: "hour", of: (time) => time.getUTCHours(), labels: Array.from({ length: 24 }, (_, h) => two(h)) };

/** Each phase of a season for itself, one cycle after another, with its mean: months of years, weekdays of weeks, hours of days. */
export const seasonal: ChartKind = {
  name: "seasonal",
  doc: "y over the cycles of each phase of a season, with the phase's mean: months, quarters, weekdays or hours, by the distance of the rows",
  required: ["x", "y"],
  optional: [],
  settings: [],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  if (x.role !== "time") throw bindError(`a seasonal chart needs a time for x, and ${x.name} is none`);
  const times = x.numbers();
  const rows = Int32Array.from({ length: input.rowCount }, (_, row) => row)
    .filter((row) => Number.isFinite(times[row]) && Number.isFinite(y.numbers()[row]))
    .sort((a, b) => times[a] - times[b]);
  const phases = phasesOf(times, rows);
  const cycles = new Int32Array(phases.labels.length);
  const sums = new Float64Array(phases.labels.length);
  const values: Json[] = [];
  for (const row of rows) {
    const phase = phases.of(new Date(times[row]));
    sums[phase] += y.numbers()[row];
    values.push({ x: cycles[phase]++, y: cell(y, row), p: phases.labels[phase], t: x.text(row) });
  }
  for (let phase = 0; phase < cycles.length; phase++) {
    if (cycles[phase] === 0) continue;
    const mean = sums[phase] / cycles[phase];
    values.push({ x: 0, e: Math.max(1, cycles[phase] - 1), m: mean, p: phases.labels[phase] });
  }
  const present = phases.labels.filter((_, phase) => cycles[phase] > 0);
  const yAxis = axisOf(y, input, "y", { zero: false });
  const width = Math.max(18, Math.floor(input.width / present.length) - 6);
  return {
    values,
    warnings: [],
    content: {
      facet: {
        column: {
          field: "p",
          type: "nominal",
          sort: present,
          title: phases.name,
          header: { labelOrient: "bottom", titleOrient: "bottom", titleFontWeight: "normal", labelPadding: 4 },
        },
      },
      spacing: 6,
      spec: {
        width,
        height: input.height,
        encoding: { x: { field: "x", type: "quantitative", axis: null, scale: { nice: false } } },
        layer: [
          {
            mark: { type: "line" },
            transform: [{ filter: "isValid(datum.y)" }],
            encoding: {
              y: positional("y", yAxis),
              tooltip: [
                { field: "t", type: "nominal", title: x.name },
                { field: "y", type: "quantitative", title: y.name },
              ],
            },
          },
          {
            mark: { type: "rule", strokeWidth: 2, color: "#D55E00" },
            transform: [{ filter: "isValid(datum.m)" }],
            encoding: {
              x2: { field: "e" },
              y: { field: "m", type: "quantitative" },
              tooltip: [{ field: "m", type: "quantitative", title: "mean" }],
            },
          },
        ],
      },
    },
  };
}

/** By the usual distance of the rows. */
function phasesOf(times: Float64Array, rows: Int32Array): Phases {
  const steps = Float64Array.from({ length: Math.max(0, rows.length - 1) }, (_, i) => times[rows[i + 1]] - times[rows[i]]).sort();
  const step = steps[steps.length >> 1] ?? DAY;
  if (step > 45 * DAY) return QUARTERS;
  if (step > 4 * DAY) return MONTHS;
  return step > DAY / 2 ? WEEKDAYS : HOURS;
}
