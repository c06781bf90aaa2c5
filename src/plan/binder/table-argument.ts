import { bindError } from "../../core/errors.ts";
import type { Arg, OrderBy, TableArg } from "../../sql/ast.ts";
import { starQuery } from "../../sql/star-query.ts";
import type { BoundExpr } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { type Scope, tableScope } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/** The table that a table function is given, bound. */
export interface TableArgument {
  readonly plan: LogicalPlan;
  /** The name of the table, where it has one. */
  readonly table: string | undefined;
  readonly scope: Scope;
  readonly partitionBy: readonly BoundExpr[];
  /** As it is written: what it means is the function's to say. */
  readonly orderBy: readonly OrderBy[];
}

/** Binds `TABLE t` or `TABLE (SELECT …)`. @param name of the function, for errors; @param shown how it is written. */
export function bindTableArgument(environment: Environment, arg: Arg, name: string, shown: string): TableArgument {
  const { source, partitionBy, orderBy } = tableArgOf(arg, name, shown);
  const query = source.kind === "query" ? source : starQuery([source], source.span);
  const { plan } = environment.bindQuery(query, { ...environment, correlation: undefined });
  const table =
    source.kind === "tableName"
      ? (source.alias?.name.name ?? source.name[source.name.length - 1].name)
      : source.kind === "file"
        ? source.alias?.name.name
        : undefined;
  const scope = tableScope(table ?? "", plan.schema);
  const binder = new ExpressionBinder(environment, newSelectState(scope), FROM);
  return { plan, table, scope, partitionBy: partitionBy.map((expr) => binder.bind(expr)), orderBy };
}

/** The table of an argument; a bare name is one too. */
function tableArgOf({ value, span }: Arg, name: string, shown: string): TableArg {
  if (value.kind === "tableArg") return value;
  if (value.kind === "column") {
    return { kind: "tableArg", source: { kind: "tableName", name: value.parts, span }, partitionBy: [], orderBy: [], span };
  }
  throw bindError(`the data of ${name} is a table`, span, shown);
}
