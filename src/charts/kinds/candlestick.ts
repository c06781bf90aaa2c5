import { type Json, positional, tooltip, zoom } from "../frame.ts";
import { axisOf, type ChartDrawing, type ChartInput, type ChartKind, cell, continuous, one } from "../input.ts";

const UP = "#009E73";
const DOWN = "#D55E00";
/** Pixels of a candle at most, which is also what is free at both ends. */
const WIDEST = 14;

export const candlestick: ChartKind = {
  name: "candlestick",
  doc: "open, high, low and close over time",
  required: ["x", "open", "high", "low", "close"],
  optional: [],
  settings: ["log"],
  maxY: 0,
  build,
};

function build(input: ChartInput): ChartDrawing {
  const x = continuous(one(input, "x"), "x");
  const [open, high, low, close] = (["open", "high", "low", "close"] as const).map((channel) => continuous(one(input, channel), channel));
  const values: Json[] = [];
  for (let row = 0; row < input.rowCount; row++) {
    const [o, c] = [cell(open, row), cell(close, row)];
    values.push({ x: cell(x, row), o, h: cell(high, row), l: cell(low, row), k: c, up: c !== null && o !== null && c >= o });
  }
  // A candle fills most of its share of the width, and is never thinner than a pixel.
  const candleWidth = Math.max(1, Math.min(WIDEST, Math.floor((input.width / Math.max(1, input.rowCount)) * 0.7)));
  const xAxis = { ...axisOf(x, input, "x", { zero: false }), ...(x.role === "time" && { padding: WIDEST }) };
  const priceAxis = { ...axisOf(close, input, "y", { zero: false }), title: "price" };
  const color = { condition: { test: "datum.up", value: UP }, value: DOWN };
  const price = positional("l", priceAxis);
  return {
    values,
    warnings: [],
    content: {
      encoding: {
        x: positional("x", xAxis),
        color,
        tooltip: [
          tooltip("x", xAxis),
          ...[
            ["o", open],
            ["h", high],
            ["l", low],
            ["k", close],
          ].map(([field, column]) => ({ field, type: "quantitative", title: (column as typeof open).name })),
        ],
      },
      layer: [
        { mark: { type: "rule", clip: true }, params: zoom(xAxis, priceAxis), encoding: { y: price, y2: { field: "h" } } },
        { mark: { type: "bar", size: candleWidth, clip: true }, encoding: { y: { field: "o", type: "quantitative" }, y2: { field: "k" } } },
      ],
    },
  };
}
