import type { SeriesTableFunction } from "../../catalog/function-types.ts";
import { unsupported, WeirError } from "../../core/errors.ts";
import { struct } from "../../core/types.ts";
import type { BoundExpr, BoundWindow } from "../expression.ts";
import type { LogicalPlan, PerSeriesPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";

/**
 * A function of whole series over a stream. One that has a running form becomes a window function of the stream: each row gets what is known once it has
 * come. Others wait for the end, where there is one.
 */
export function planPerSeries(node: PerSeriesPlan, plan: PlanInput, context: StreamContext): Planned {
  const definition = context.functions.lookup(node.name);
  if (definition?.kind !== "table" || definition.series === undefined)
    throw new WeirError("internal", `${node.name} is not a function of series`, { span: node.span });
  const { series } = definition;
  if (series.running !== undefined && node.gives === "points" && context.emit?.mode !== "final") return plan(overOf(node, series));
  const input = plan(node.input);
  const { properties } = input;
  if (properties.endless && series.live !== undefined && context.emit?.mode !== "final") {
    // What cannot go on is refused now.
    series.live(node.bind);
    return liveSeries(node, input);
  }
  if (properties.endless) {
    throw unsupported(
      `${node.name} needs whole series, and this stream has no end`,
      node.span,
      "ask it of a table or a window of the stream, or end the stream with UNTIL",
    );
  }
  if (properties.changelog !== "append")
    throw unsupported(`${node.name} over rows that change`, node.span, "write EMIT FINAL, so that each row comes once");
  return { plan: { ...node, input: input.plan }, properties: { ...properties, times: [], key: undefined }, state: "rows" };
}

/** Rows of each series of a stream, those of one anew whenever it has gone on. Output: the ids, then the function's columns. */
export interface LiveSeriesNode extends StreamNodeBase<"live-series"> {
  readonly call: PerSeriesPlan;
}

function liveSeries(call: PerSeriesPlan, input: Planned): Planned {
  const { time, span, name, ids } = call;
  if (input.properties.changelog !== "append")
    throw unsupported(
      `${name} over rows that change`,
      span,
      "ask it of the rows before they are aggregated, or aggregate over a window, which gives each row once",
    );
  const column = time.kind === "cast" ? time.input : time;
  if (column.kind !== "column" || !input.properties.times.includes(column.index)) {
    throw unsupported(
      `${name} over a stream by a time that has no watermark`,
      time.span,
      "declare a WATERMARK on the stream's time column, and name it as timestamp_col",
    );
  }
  const properties = { ...input.properties, changelog: "retract" as const, times: [], key: undefined, window: undefined };
  const state = ids.length === 0 ? "bounded" : "keys";
  const node: LiveSeriesNode = {
    kind: "stream",
    op: "live-series",
    schema: call.schema,
    inputs: [input.plan],
    properties,
    state,
    facts: [
      ["function", `${name}(${call.shown.join(", ")})`],
      ["ids", ids.map(printExpression)],
      ["time", printExpression(time)],
      ["values", call.values.map(printExpression)],
    ],
    call,
  };
  return { plan: node, properties, state };
}

/** `f(values) OVER (PARTITION BY ids ORDER BY time)`, and its fields as columns. */
function overOf(node: PerSeriesPlan, { outputs }: SeriesTableFunction): LogicalPlan {
  const { input, ids, values, time, name, span, bind } = node;
  const fields = outputs(bind);
  const window: BoundWindow = {
    name,
    overload: 0,
    aggregate: false,
    args: values,
    series: bind,
    type: struct(fields),
    distinct: false,
    filter: undefined,
    ignoreNulls: false,
    partitionBy: ids,
    orderBy: [{ expr: time, descending: false, nullsFirst: false }],
    frame: { unit: "rows", start: { kind: "unbounded-preceding" }, end: { kind: "current-row" }, exclude: "no-others" },
    span,
  };
  const width = input.schema.length;
  const over: LogicalPlan = { kind: "window", schema: [...input.schema, { name, type: window.type }], input, windows: [window] };
  const result: BoundExpr = { kind: "column", type: window.type, index: width, name, span };
  const exprs = node.schema.map(({ name: column, type }, i): BoundExpr => {
    if (i < width) return { kind: "column", type, index: i, name: column, span };
    const field = fields[i - width].name;
    const key: BoundExpr = { kind: "literal", type: { kind: "varchar" }, value: field, span };
    return { kind: "call", type, name: "struct_extract", overload: 0, args: [result, key], span };
  });
  return { kind: "project", schema: node.schema, input: over, exprs };
}
