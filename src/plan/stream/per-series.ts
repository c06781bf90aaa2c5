import type { SeriesTableFunction } from "../../catalog/function-types.ts";
import { unsupported, WeirError } from "../../core/errors.ts";
import { struct } from "../../core/types.ts";
import type { BoundExpr, BoundWindow } from "../expression.ts";
import type { LogicalPlan, PerSeriesPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";

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
  if (properties.endless) {
    throw unsupported(
      `${node.name} over a stream without an end, as it needs whole series`,
      node.span,
      "ask it of a table or a window of the stream, or end the stream with UNTIL",
    );
  }
  if (properties.changelog !== "append")
    throw unsupported(`${node.name} over rows that change`, node.span, "write EMIT FINAL, so that each row comes once");
  return { plan: { ...node, input: input.plan }, properties: { ...properties, times: [], key: undefined }, state: "rows" };
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
