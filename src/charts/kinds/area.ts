import type { ChartKind } from "../input.ts";
import { drawSeries } from "./series.ts";

export const area: ChartKind = {
  name: "area",
  doc: "filled y over x, stacked per color or per y column",
  required: ["x", "y"],
  optional: ["color"],
  settings: ["log", "reduce", "stack"],
  maxY: 50,
  build: (input) => drawSeries(input, "area"),
};
