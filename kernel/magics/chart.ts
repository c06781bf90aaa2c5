import { CHANNELS, CHART_KINDS, CHART_SETTINGS } from "../../src/engine/index.ts";
import type { Magic } from "./magic.ts";

const OPTIONS = Object.entries(CHART_SETTINGS);
const OPTION_WIDTH = Math.max(...OPTIONS.map(([name]) => name.length));

/** `log = x | y | xy    logarithmic axes` */
const optionLine = ([name, { values, doc }]: (typeof OPTIONS)[number]): string =>
  `  ${name.padEnd(OPTION_WIDTH)}  ${doc}${typeof values === "string" ? "" : `: ${values.join(", ")}`}`;

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
    `Kinds: ${CHART_KINDS.join(", ")}.`,
    `Columns go on ${CHANNELS.join(", ")}; y takes several.`,
    'Names with other characters than letters, digits and _ stand in double quotes: x="departure time".',
    "",
    "Options, each where the kind has a use for it:",
    ...OPTIONS.map(optionLine),
  ],
  modify(call, plan) {
    plan.chart = { options: call.args };
  },
  run: (call, cell) => cell.showChart({ source: "_", options: call.args }),
  givesResult: true,
  suggest({ before, columns }) {
    const word = /\S*$/.exec(before)?.[0] ?? "";
    const option = OPTIONS.find(([name]) => word.startsWith(`${name}=`));
    if (option !== undefined) {
      const { values } = option[1];
      return typeof values === "string" ? [] : values.map((text) => ({ text, type: "option" }));
    }
    if (word.includes("=")) return columns.map((text) => ({ text: nameForOption(text), type: "column" }));
    const first = before.trim().split(/\s+/).length <= 1 && !before.trimStart().includes(" ");
    const channels = [...CHANNELS, ...OPTIONS.map(([name]) => name)].map((name) => ({ text: `${name}=`, type: "option" }));
    return first ? [...CHART_KINDS.map((text) => ({ text, type: "chart" })), ...channels] : channels;
  },
};

const nameForOption = (name: string): string => (/^\w+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
