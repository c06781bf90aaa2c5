import { bindError } from "../../core/errors.ts";
import type { Json } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, continuous, one } from "../input.ts";

const DAY = 86_400_000;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/** Pixels of a day at most. */
const WIDEST = 16;

/** A cell a day, weeks across and weekdays down, a row of them a year: the mean of y on each day. */
export const calendar: ChartKind = {
  name: "calendar",
  doc: "a cell for each day of x, coloured by the mean of y: weeks across, weekdays down, a row a year",
  required: ["x", "y"],
  optional: [],
  settings: [],
  maxY: 1,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const y = continuous(one(input, "y"), "y");
  if (x.role !== "time") throw bindError(`a calendar needs a time for x, and ${x.name} is none`);
  const days = new Map<number, { sum: number; count: number }>();
  for (let row = 0; row < input.rowCount; row++) {
    const [time, value] = [x.numbers()[row], y.numbers()[row]];
    if (!Number.isFinite(time) || !Number.isFinite(value)) continue;
    const day = Math.floor(time / DAY);
    const found = days.get(day) ?? { sum: 0, count: 0 };
    days.set(day, { sum: found.sum + value, count: found.count + 1 });
  }
  const values: Json[] = [...days]
    .sort(([a], [b]) => a - b)
    .map(([day, { sum, count }]) => {
      const date = new Date(day * DAY);
      const year = date.getUTCFullYear();
      const first = Date.UTC(year, 0, 1) / DAY;
      // Days from the Monday of the week of January 1st.
      const sinceMonday = day - first + ((new Date(first * DAY).getUTCDay() + 6) % 7);
      return { w: Math.floor(sinceMonday / 7), d: WEEKDAYS[sinceMonday % 7], a: year, t: date.toISOString().slice(0, 10), y: sum / count };
    });
  const side = Math.max(6, Math.min(WIDEST, Math.floor(input.width / 54)));
  const axis = axisOf(y, input, "y");
  return {
    values,
    warnings: [],
    content: {
      facet: { row: { field: "a", type: "ordinal", title: null, header: { labelAngle: 0, labelAlign: "left" } } },
      spacing: 10,
      spec: {
        width: 54 * side,
        height: 7 * side,
        mark: { type: "rect", stroke: "white", strokeWidth: 1 },
        encoding: {
          x: {
            field: "w",
            type: "ordinal",
            title: null,
            scale: { domain: Array.from({ length: 54 }, (_, week) => week) },
            axis: {
              domain: false,
              ticks: false,
              labelAngle: 0,
              labelAlign: "left",
              values: [0, 5, 9, 13, 18, 22, 26, 31, 35, 39, 44, 48],
              labelExpr: "utcFormat(utc(2023, 0, 1 + datum.value * 7 + 3), '%b')",
            },
          },
          y: {
            field: "d",
            type: "ordinal",
            title: null,
            sort: WEEKDAYS,
            axis: { domain: false, ticks: false, values: ["Mon", "Wed", "Fri"] },
          },
          color: { field: "y", type: "quantitative", title: y.name },
          tooltip: [
            { field: "t", type: "nominal", title: x.name },
            { field: "y", type: "quantitative", title: axis.title },
          ],
        },
      },
    },
  };
}
