import type { ChartKind } from "../input.ts";
import { drawSeries } from "./series.ts";

export const line: ChartKind = {
  name: "line",
  doc: "y over x, one line per color or per y column",
  required: ["x", "y"],
  optional: ["color"],
  settings: ["log", "reduce"],
  maxY: 50,
  build: (input) => drawSeries(input, "line"),
};
