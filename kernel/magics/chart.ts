import type { Magic } from "./magic.ts";

const KINDS = ["line", "area", "bar", "scatter", "histogram", "heatmap", "candlestick", "band"];
const CHANNELS = ["x", "y", "color", "size", "title", "width", "height"];

export const chartMagic: Magic = {
  name: "chart",
  usage: "%%chart [kind] [x=column] [y=column,…] [color=column] [title='…']",
  summary: "shows the cell's last result as a chart; %chart shows the result before",
  help: [
    "%%chart                                       -- chosen from the columns",
    "%%chart line x=day y=high,low color=symbol title='Prices'",
    "SELECT day, symbol, high, low FROM prices",
    "",
    "%chart bar x=origin y=n                       -- of the last result, `_`",
    "",
    `Kinds: ${KINDS.join(", ")}.`,
    'Names with other characters than letters, digits and _ stand in double quotes: x="departure time".',
  ],
  modify(call, plan) {
    plan.chart = { options: call.args };
  },
  run: (call, cell) => cell.showChart({ source: "_", options: call.args }),
  givesResult: true,
  suggest({ before, columns }) {
    const word = /\S*$/.exec(before)?.[0] ?? "";
    if (word.includes("=")) return columns.map((text) => ({ text: nameForOption(text), type: "column" }));
    const first = before.trim().split(/\s+/).length <= 1 && !before.trimStart().includes(" ");
    const channels = CHANNELS.map((name) => ({ text: `${name}=`, type: "option" }));
    return first ? [...KINDS.map((text) => ({ text, type: "chart" })), ...channels] : channels;
  },
};

const nameForOption = (name: string): string => (/^\w+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
