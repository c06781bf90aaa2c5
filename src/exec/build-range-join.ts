import type { BindContext } from "../catalog/function-types.ts";
import { compileExpression } from "../compile/index.ts";
import type { DataType, Schema } from "../core/types.ts";
import type { RangeJoinPlan } from "../plan/logical-plan.ts";
import { DistinctAccumulator } from "./aggregate/distinct-accumulator.ts";
import { aggregateDefinition } from "./aggregate-options.ts";
import type { BuildContext } from "./context.ts";
import type { RangeCall } from "./join/range-aggregates.ts";
import type { RangeJoinOptions } from "./join/range-join.ts";

type Parts = Pick<RangeJoinPlan, "leftTime" | "keys" | "nullSafe" | "low" | "high" | "prevailing" | "aggregates">;

/** What the operators of a WINDOW JOIN do, over sides of these columns. */
export function rangeJoinOptions(plan: Parts, left: Schema, right: Schema, context: BuildContext): RangeJoinOptions {
  const typesOf = (schema: Schema): DataType[] => schema.map((field) => field.type);
  const { leftTime, low, high, prevailing } = plan;
  return {
    rightTypes: typesOf(right),
    leftTime,
    keys: plan.keys.map((key, i) => ({
      left: compileExpression(key, typesOf(left), context.compile),
      type: key.type,
      nullSafe: plan.nullSafe[i],
    })),
    low,
    high,
    prevailing,
    calls: plan.aggregates.map((aggregate): RangeCall => {
      const { call, args, filter } = aggregate;
      const bind: BindContext = {
        types: call.args.map((arg) => arg.type),
        constants: call.args.map((arg) => (arg.kind === "literal" ? arg.value : undefined)),
        names: call.args.map(() => undefined),
        timeZone: context.compile.timeZone,
        nowMicros: context.compile.nowMicros,
        uses: context.compile.uses,
      };
      const { create } = aggregateDefinition(call, context).overloads[call.overload];
      const isDistinct = call.distinct && args.length > 0;
      return { create: () => (isDistinct ? new DistinctAccumulator(create(bind), bind.types) : create(bind)), args, filter };
    }),
    checkInterrupt: context.checkInterrupt,
  };
}
