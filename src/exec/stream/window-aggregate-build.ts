import { compilePipeline } from "../../compile/index.ts";
import type { ExpressionReport } from "../../compile/types.ts";
import { unsupported } from "../../core/errors.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../core/vector.ts";
import type { BoundExpr } from "../../plan/expression.ts";
import type { WindowAggregateNode } from "../../plan/stream/window-aggregate.ts";
import { GroupStates } from "../aggregate/group-states.ts";
import { aggregateOptions } from "../aggregate-options.ts";
import type { OperatorTree } from "../driver.ts";
import { ENDED_LAYOUT, timesOf, windowLayout } from "../window-layout.ts";
import type { StreamBuild } from "./build.ts";
import type { PaneKind } from "./panes.ts";
import { retractableCalls } from "./panes-kept-rows.ts";
import { SessionAggregate } from "./session-aggregate.ts";
import { WindowAggregate } from "./window-aggregate.ts";

/** The operator of a grouping over windows. */
export function buildWindowAggregate(node: WindowAggregateNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const { window, time, keys, aggregates, retracting } = node;
  const [input] = node.inputs;
  const { exprs, options } = aggregateOptions({ kind: "aggregate", schema: node.schema, input, groups: keys, aggregates }, context);
  const { keyTypes, inputTypes } = options;
  const calls = retracting ? retractableCalls(inputTypes, options.calls) : options.calls;
  const states = new GroupStates(inputTypes, calls);
  const kind: PaneKind = { keyTypes, inputTypes, calls, retracting };
  const columns = columnsOf(exprs, node, states.keepsInputs, context.compile);
  // A batch's times are through with once its rows are added.
  const memory = new Float64Array(BATCH_ROWS);
  const shift = window === undefined ? 1 : 0;
  const common = {
    kind,
    canMerge: states.canMerge,
    prepare: (batch: RecordBatch) => {
      const all = columns.of(batch);
      const column = batch.columns[time];
      const ascending = shift === 0 && node.watermarked && batch.times !== undefined && batch.watermarks === undefined;
      return {
        // Worked out where they are asked for.
        get times() {
          const times = timesOf(column, memory);
          if (shift !== 0) for (let i = 0; i < times.length; i++) times[i] -= shift;
          return times;
        },
        ascending: ascending ? timeReader(column) : undefined,
        keys: all.slice(0, keys.length),
        inputs: all.slice(keys.length),
      };
    },
    output: {
      types: node.schema.map((field) => field.type),
      groups: node.groups,
      boundType: node.boundType,
      upsert: node.mode === "update",
    },
    mode: node.mode,
    every: node.every,
    lateness: node.lateness,
    watermarked: node.watermarked,
    inputSchema: input.schema,
    late: context.late,
    clock: context.clock,
    reports: columns.reports,
  };
  if (window?.type === "session" && retracting) throw unsupported("a SESSION over rows that change");
  const operator =
    window?.type === "session"
      ? new SessionAggregate({ ...common, gap: window.gap })
      : new WindowAggregate({ ...common, layout: window === undefined ? ENDED_LAYOUT : windowLayout(window) });
  return { operator, inputs, planNodes: [position] };
}

/** Reads the times of a column one by one; undefined where they do not stand in it as microseconds. */
function timeReader(column: Vector): ((row: number) => number) | undefined {
  if (column.layout !== "flat" || !(column.data instanceof BigInt64Array)) return undefined;
  const { data } = column;
  return (row) => Number(data[row]);
}

/** What computes expressions over the input: nothing at all where they are its columns. */
function columnsOf(
  exprs: readonly BoundExpr[],
  node: WindowAggregateNode,
  kept: boolean,
  compile: StreamBuild["context"]["compile"],
): { of: (batch: RecordBatch) => readonly Vector[]; reports: readonly ExpressionReport[] } {
  const plain = exprs.flatMap((expr) => (expr.kind === "column" ? [expr.index] : []));
  if (plain.length === exprs.length) return { of: (batch) => plain.map((index) => batch.columns[index]), reports: [] };
  const inputTypes = node.inputs[0].schema.map((field) => field.type);
  const pipeline = compilePipeline({ exprs, inputTypes, transient: !kept }, compile);
  return { of: ({ columns, length }) => pipeline({ columns, length }).columns, reports: pipeline.report };
}
