import type { BindContext } from "../../catalog/function-types.ts";
import { WeirError } from "../../core/errors.ts";
import { addIntervalInZone } from "../../core/interval.ts";
import { findZone } from "../../core/time-zone.ts";
import { TIMESTAMP } from "../../core/types.ts";
import { runningCompute } from "../../functions/running/define.ts";
import type { BoundExpr, BoundWindow, FrameBound } from "../../plan/expression.ts";
import { sameExpression } from "../../plan/expression-tree.ts";
import { castTo } from "../../plan/types/cast.ts";
import { DistinctAccumulator } from "../aggregate/distinct-accumulator.ts";
import type { BuildContext } from "../context.ts";
import type { WindowCall, WindowOptions } from "./window-operator.ts";

/** What must be computed for the calls of a window node (each expression once), and the operator's options over that. */
export function windowOptions(
  windows: readonly BoundWindow[],
  context: Pick<BuildContext, "compile" | "checkInterrupt">,
): { exprs: BoundExpr[]; options: Omit<WindowOptions, "computed"> } {
  const exprs: BoundExpr[] = [];
  const columnOf = (expr: BoundExpr): number => {
    const known = exprs.findIndex((other) => sameExpression(other, expr));
    return known >= 0 ? known : exprs.push(expr) - 1;
  };
  const bound = ({ kind, offset }: FrameBound) => ({ kind, ...(offset === undefined ? {} : { offset: columnOf(offset) }) });
  const calls = windows.map((window): WindowCall => {
    const { start, end, unit, exclude } = window.frame;
    return {
      apply: applied(window, context),
      type: window.type,
      args: rowArguments(window, context).map(columnOf),
      filter: window.filter === undefined ? undefined : columnOf(window.filter),
      ignoreNulls: window.ignoreNulls,
      partitionBy: window.partitionBy.map(columnOf),
      orderBy: window.orderBy.map(({ expr, descending, nullsFirst }) => ({ column: columnOf(expr), descending, nullsFirst })),
      frame: { unit, start: bound(start), end: bound(end), exclude },
    };
  });
  const zone = findZone(context.compile.timeZone);
  return {
    exprs,
    options: {
      computedTypes: exprs.map((expr) => expr.type),
      calls,
      // Past the range of timestamps every row is within the bound.
      shift: (micros, by) =>
        BigInt(addIntervalInZone(micros, by, zone) ?? (by.months + by.days + by.micros < 0 ? -(2n ** 63n) : 2n ** 63n)),
      checkInterrupt: context.checkInterrupt,
    },
  };
}

/** Arguments with a value a row: not the constants of a running function, but the time of one that takes it. */
function rowArguments(window: BoundWindow, { compile }: Pick<BuildContext, "compile">): readonly BoundExpr[] {
  const { argNames } = window;
  const args = argNames === undefined ? window.args : window.args.filter((_, i) => argNames[i] === undefined);
  const definition = compile.functions.lookup(window.name);
  const asksTime = definition?.kind === "window" && definition.overloads[window.overload].takesTime?.(bindOf(window, compile)) === true;
  if (!asksTime && window.series === undefined) return args;
  const [{ expr }] = window.orderBy;
  return [...args, expr.type.kind === "date" ? castTo(expr, TIMESTAMP) : expr];
}

const bindOf = (window: BoundWindow, compile: BuildContext["compile"]): BindContext => ({
  types: window.args.map((arg) => arg.type),
  constants: window.args.map((arg) => (arg.kind === "literal" ? arg.value : undefined)),
  names: window.argNames ?? window.args.map(() => undefined),
  timeZone: compile.timeZone,
  nowMicros: compile.nowMicros,
  uses: compile.uses,
});

function applied(window: BoundWindow, { compile }: Pick<BuildContext, "compile">): WindowCall["apply"] {
  const definition = compile.functions.lookup(window.name);
  const bind = bindOf(window, compile);
  const { types } = bind;
  if (definition?.kind === "aggregate") {
    const { create } = definition.overloads[window.overload];
    return {
      kind: "aggregate",
      create: () => (window.distinct && types.length > 0 ? new DistinctAccumulator(create(bind), types) : create(bind)),
    };
  }
  if (definition?.kind === "window") {
    const { begin, compute, running } = definition.overloads[window.overload];
    begin?.(bind);
    return { kind: "window", compute, running, bind };
  }
  if (definition?.kind === "table" && definition.series?.running !== undefined && window.series !== undefined) {
    const { running } = definition.series;
    const { series } = window;
    const run = () => running(series);
    return { kind: "window", compute: runningCompute(run), running: run, bind };
  }
  throw new WeirError("internal", `${window.name} is not a window function`, { span: window.span });
}
