import { compileExpression, compilePipeline } from "../compile/index.ts";
import type { DataType } from "../core/types.ts";
import type { RecordBatch, Vector } from "../core/vector.ts";
import type { BoundExpr } from "../plan/expression.ts";
import type { WindowTvfPlan } from "../plan/logical-plan.ts";
import type { BuildContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { RowNumbers } from "./row-numbers.ts";
import type { WantedColumns } from "./row-store.ts";
import { SessionTvf } from "./session-tvf.ts";
import { windowLayout } from "./window-layout.ts";
import { placedByTime, WindowTvf } from "./window-tvf.ts";

/** The operator that puts rows into windows. `wanted`: which output columns are read downstream. */
export function buildWindowTvf(plan: WindowTvfPlan, context: BuildContext, wanted: WantedColumns): Operator {
  const { window, time, input, schema } = plan;
  const types = input.schema.map((field) => field.type);
  const boundType = schema[types.length].type;
  const { late } = context;
  const common = { boundType, wanted, inputSchema: input.schema, late };
  switch (window.type) {
    case "session": {
      const partitionBy = window.partitionBy.map((expr) => ({ value: compileExpression(expr, types, context.compile), type: expr.type }));
      return new SessionTvf({ types, time, gap: window.gap, partitionBy, boundType });
    }
    case "count": {
      const keyTypes = window.partitionBy.map((expr) => expr.type);
      const places = new RowNumbers(keyTypes, keyColumns(window.partitionBy, types, context));
      return new WindowTvf({ layout: windowLayout(window), places, hasTime: false, ...common });
    }
    default:
      return new WindowTvf({ layout: windowLayout(window), places: placedByTime(time), hasTime: true, ...common });
  }
}

function keyColumns(
  exprs: readonly BoundExpr[],
  types: readonly DataType[],
  context: BuildContext,
): (batch: RecordBatch) => readonly Vector[] {
  if (exprs.length === 0) return () => [];
  const computed = compilePipeline({ exprs, inputTypes: types }, context.compile);
  return ({ columns, length }) => computed({ columns, length }).columns;
}
