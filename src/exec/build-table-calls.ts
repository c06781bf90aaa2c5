import type { BindContext } from "../catalog/function-types.ts";
import { compilePipeline } from "../compile/index.ts";
import type { LogicalPlan } from "../plan/logical-plan.ts";
import type { BuildContext } from "./context.ts";
import type { WantedColumns } from "./row-store.ts";
import { TableCalls } from "./table-calls.ts";

/** The operator of an unnest over a table function of the user's; undefined for any other. */
export function tableCalls(
  plan: Extract<LogicalPlan, { kind: "unnest" }>,
  { compile, checkInterrupt }: BuildContext,
  wanted: WantedColumns,
): TableCalls | undefined {
  const [call] = plan.lists;
  if (plan.lists.length !== 1 || call.kind !== "call") return undefined;
  const definition = compile.functions.lookup(call.name);
  if (definition?.kind !== "scalar" || definition.tableCall === undefined) return undefined;
  const args = call.args.flatMap((arg) => (arg.kind === "lambda" ? [] : [arg]));
  const { timeZone, nowMicros, models, uses } = compile;
  const bind: BindContext = {
    types: args.map((arg) => arg.type),
    constants: args.map((arg) => (arg.kind === "literal" ? arg.value : undefined)),
    names: args.map(() => undefined),
    timeZone,
    nowMicros,
    models,
    uses,
  };
  const width = plan.input.schema.length;
  return new TableCalls({
    call: definition.tableCall(bind),
    args: compilePipeline({ exprs: args, inputTypes: plan.input.schema.map((field) => field.type) }, compile),
    rowType: plan.schema[width].type,
    outer: plan.outer,
    wanted,
    checkInterrupt,
  });
}
