import { CellError } from "../cell-error.ts";
import type { Magic } from "./magic.ts";

export const vegaliteMagic: Magic = {
  name: "vegalite",
  usage: "%%vegalite [result]",
  summary: "draws a Vega-Lite spec of your own over a query's rows, or over a kept result",
  help: [
    "%%vegalite",
    '{"mark": "bar", "encoding": {"x": {"field": "origin"}, "y": {"field": "n", "type": "quantitative"}}}',
    "SELECT origin, count(*) AS n FROM 'flights.parquet' GROUP BY ALL",
    "",
    "The JSON comes first, the query behind it. Without a query the rows are those of the named result, or of `_`.",
    "A spec that names data elsewhere (a url) is refused.",
  ],
  takesJson: true,
  modify(call, plan, json) {
    if (json === undefined) throw new CellError("%%vegalite needs a JSON spec below it", call.span, "see %help vegalite");
    plan.chart = { options: "", spec: parseSpec(json) };
    plan.source = call.args.trim() === "" ? "_" : call.args.trim();
  },
};

function parseSpec(json: { readonly text: string; readonly start: number }): unknown {
  try {
    return JSON.parse(json.text);
  } catch (error) {
    const message = (error as Error).message;
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? json.text.length - 1);
    const at = json.start + position;
    throw new CellError(`the spec is not JSON: ${message.replace(/ in JSON at position.*$| \(line.*$/s, "")}`, { start: at, end: at + 1 });
  }
}
