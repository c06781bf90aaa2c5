import type { AggregateFunction } from "../catalog/function-types.ts";
import { WeirError } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import type { BoundAggregate, BoundExpr } from "../plan/expression.ts";
import { sameExpression } from "../plan/expression-tree.ts";
import type { LogicalPlan } from "../plan/logical-plan.ts";
import type { AggregateCall } from "./aggregate/group-states.ts";
import type { HashAggregateOptions } from "./aggregate/hash-aggregate.ts";
import type { BuildContext } from "./context.ts";

export type AggregatePlan = Extract<LogicalPlan, { kind: "aggregate" }>;

/** The definition of a bound aggregate. */
export function aggregateDefinition(aggregate: BoundAggregate, context: BuildContext): AggregateFunction {
  const definition = context.compile.functions.lookup(aggregate.name);
  if (definition?.kind !== "aggregate") throw new WeirError("internal", `${aggregate.name} is not an aggregate`, { span: aggregate.span });
  return definition;
}

/** What a pipeline must compute for an aggregate (its keys, then every argument, filter and sort key once), and the aggregate over that. */
export function aggregateOptions(plan: AggregatePlan, context: BuildContext): { exprs: BoundExpr[]; options: HashAggregateOptions } {
  const inputs: BoundExpr[] = [];
  const inputOf = (expr: BoundExpr): number => {
    const known = inputs.findIndex((input) => sameExpression(input, expr));
    return known >= 0 ? known : inputs.push(expr) - 1;
  };
  const calls = plan.aggregates.map((aggregate): AggregateCall => {
    const { overloads } = aggregateDefinition(aggregate, context);
    const bind = {
      types: aggregate.args.map((arg) => arg.type),
      constants: aggregate.args.map((arg) => (arg.kind === "literal" ? arg.value : undefined)),
      names: aggregate.args.map(() => undefined),
      timeZone: context.compile.timeZone,
      nowMicros: context.compile.nowMicros,
      uses: context.compile.uses,
    };
    return {
      create: () => overloads[aggregate.overload].create(bind),
      args: aggregate.args.map(inputOf),
      filter: aggregate.filter === undefined ? undefined : inputOf(aggregate.filter),
      distinct: aggregate.distinct,
      orderBy: aggregate.orderBy.map(({ expr, descending, nullsFirst }) => ({ column: inputOf(expr), descending, nullsFirst })),
    };
  });
  const keys = plan.groups.length;
  const typeOf = (expr: BoundExpr): DataType => expr.type;
  return {
    exprs: [...plan.groups, ...inputs],
    options: {
      keyTypes: plan.groups.map(typeOf),
      keys: (batch) => batch.columns.slice(0, keys),
      inputTypes: inputs.map(typeOf),
      inputs: (batch) => batch.columns.slice(keys),
      calls,
      sets: plan.sets,
      checkInterrupt: context.checkInterrupt,
    },
  };
}
