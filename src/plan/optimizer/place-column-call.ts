import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { BoundCall, BoundExpr } from "../expression.ts";
import { collectColumns, expressionKey, isVolatile, some, substituteColumns } from "../expression-tree.ts";
import type { ApplyCall, ApplyPlan, LogicalPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import { column, project } from "./window-bounds.ts";

/** A plan that gives the columns it gave before, perhaps with more behind them, and where among them the call's answer is. */
export interface Placed {
  readonly plan: LogicalPlan;
  readonly column: number;
}

/** `plan` with the answers of a call among its columns: of an equal call that is made already, or of a new one. */
export function addCall(plan: LogicalPlan, call: BoundCall, functions: FunctionRegistry): Placed {
  const shared = isVolatile(call, functions) ? undefined : reuse(plan, call, functions);
  return shared ?? place(plan, call, functions);
}

/** The answers of an equal call further below, brought up. */
function reuse(plan: LogicalPlan, call: BoundCall, functions: FunctionRegistry): Placed | undefined {
  if (plan.kind === "apply") {
    const at = outputOf(plan, call);
    if (at !== undefined) return { plan, column: at };
  }
  return throughNode(plan, call, functions, (input, moved) => reuse(input, moved, functions));
}

/** The column that a call of the same function with the same arguments gives; undefined where there is none. */
function outputOf(plan: ApplyPlan, { output, ...call }: BoundCall): number | undefined {
  const key = expressionKey(call);
  let at = plan.input.schema.length;
  for (const { outputs, ...made } of plan.calls) {
    if (expressionKey({ kind: "call", type: call.type, ...made }) === key) return at + (output?.at ?? 0);
    at += outputs.length;
  }
  return undefined;
}

/**
 * A new call: over the rows before windows multiply them where it asks nothing of their bounds (a grouping then still stands right over its windows),
 * beside the calls of an apply node, or in one of its own.
 */
function place(plan: LogicalPlan, call: BoundCall, functions: FunctionRegistry): Placed {
  if (isOverWindows(plan)) {
    const below = throughNode(plan, call, functions, (input, moved) => place(input, moved, functions));
    if (below !== undefined) return below;
  }
  if (call.args.some((arg) => some(arg, isProctime))) return place(withArguments(plan, call), onColumns(plan, call), functions);
  const { name, overload, args, argNames, output, span } = call;
  const fields = output?.of.map(({ type }, at) => ({ name: printExpression({ ...call, output: { ...output, at } }), type })) ?? [
    { name: printExpression(call), type: call.type },
  ];
  const outputs = fields.map(({ type }) => type);
  const made: ApplyCall = { name, overload, args, ...(argNames !== undefined && { argNames }), outputs, span };
  const schema = [...plan.schema, ...fields];
  const joins = plan.kind === "apply" && reads(call, plan.input);
  const over: ApplyPlan = joins ? { ...plan, schema, calls: [...plan.calls, made] } : { kind: "apply", schema, input: plan, calls: [made] };
  return { plan: over, column: plan.schema.length + (output?.at ?? 0) };
}

const isOverWindows = (plan: LogicalPlan): boolean =>
  plan.kind === "window-tvf" || ((plan.kind === "project" || plan.kind === "apply") && isOverWindows(plan.input));

/** Processing time is given by a projection of its own, to which streams give the clock. */
const isProctime = (expr: BoundExpr): boolean => expr.kind === "call" && expr.name === "proctime";

function withArguments(plan: LogicalPlan, { name, args }: BoundCall): LogicalPlan {
  const own = plan.schema.map((_, i) => column(plan, i));
  return project(plan, [...own, ...args], [...plan.schema, ...args.map(({ type }) => ({ name, type }))]);
}

const onColumns = (plan: LogicalPlan, call: BoundCall): BoundCall => ({
  ...call,
  args: call.args.map(({ type, span }, i): BoundExpr => ({ kind: "column", type, index: plan.schema.length + i, name: call.name, span })),
});

/** Whether all that a call reads is there in `input`, a plan below whose columns come first in the plan the call is over. */
const reads = (call: BoundCall, input: LogicalPlan): boolean => [...collectColumns(call)].every((index) => index < input.schema.length);

/** What `find` makes of a node's input, with the column it gives brought up through the node; undefined where the node does not let it through. */
function throughNode(
  plan: LogicalPlan,
  call: BoundCall,
  functions: FunctionRegistry,
  find: (input: LogicalPlan, call: BoundCall) => Placed | undefined,
): Placed | undefined {
  switch (plan.kind) {
    case "filter":
    case "sort":
    case "top-n":
    case "limit": {
      const below = find(plan.input, call);
      if (below === undefined) return undefined;
      return { plan: below.plan === plan.input ? plan : { ...plan, schema: below.plan.schema, input: below.plan }, column: below.column };
    }
    case "project": {
      if ([...collectColumns(call)].some((index) => isVolatile(plan.exprs[index], functions))) return undefined;
      const below = find(plan.input, substituteColumns(call, plan.exprs) as BoundCall);
      if (below === undefined) return undefined;
      const passed = plan.exprs.findIndex((expr) => expr.kind === "column" && expr.index === below.column);
      if (passed >= 0) return { plan, column: passed };
      const exprs = [...plan.exprs, column(below.plan, below.column)];
      return {
        plan: { ...plan, schema: [...plan.schema, below.plan.schema[below.column]], input: below.plan, exprs },
        column: plan.exprs.length,
      };
    }
    case "apply":
    case "window":
    case "unnest":
    case "window-tvf": {
      const width = plan.input.schema.length;
      if (!reads(call, plan.input)) return undefined;
      const below = find(plan.input, call);
      if (below === undefined || below.plan === plan.input) return below && { plan, column: below.column };
      // More columns below: those of the node itself move on, and the projection puts them back.
      const own = plan.schema.slice(width);
      const wide: LogicalPlan = { ...plan, schema: [...below.plan.schema, ...own], input: below.plan };
      const shift = below.plan.schema.length - width;
      const exprs = plan.schema.map((_, i) => column(wide, i < width ? i : i + shift));
      const names = [...plan.schema, wide.schema[below.column]];
      return { plan: project(wide, [...exprs, column(wide, below.column)], names), column: plan.schema.length };
    }
    default:
      return undefined;
  }
}
