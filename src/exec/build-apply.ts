import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { BindContext } from "../catalog/function-types.ts";
import type { FunctionUses } from "../catalog/user-functions.ts";
import { compilePipeline, evaluateConstant } from "../compile/index.ts";
import { WeirError } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import { collectColumns, columnarOverload, isFoldable, isVolatile } from "../plan/expression-tree.ts";
import type { ApplyCall, ApplyPlan } from "../plan/logical-plan.ts";
import { Apply } from "./apply.ts";
import type { BuildContext } from "./context.ts";
import type { OperatorTree } from "./driver.ts";

/** One operator a call, the first call's lowest: calls of different functions are under way side by side, each with bounds of its own. */
export function buildApply(plan: ApplyPlan, input: OperatorTree, position: number, context: BuildContext): OperatorTree {
  const inputTypes = plan.input.schema.map((field) => field.type);
  return plan.calls.reduce<OperatorTree>((tree, call, i) => {
    const argTypes = call.args.map((arg) => arg.type);
    const constants = constantsOf(call, context);
    const operator = new Apply({
      name: call.name,
      span: call.span,
      call: columnFunction(call, constants, context, plan.retracts === true),
      args: compilePipeline({ exprs: call.args.filter((_, i) => constants[i] === undefined), inputTypes }, context.compile),
      argTypes,
      constants,
      outputs: call.outputs,
      constant: isConstant(call, context.compile.functions),
    });
    return { operator, inputs: [tree], planNodes: i === plan.calls.length - 1 ? [position] : [] };
  }, input);
}

/** Values of the arguments that are constant, undefined for the others. */
const constantsOf = ({ args }: ApplyCall, { compile }: BuildContext): (Value | undefined)[] =>
  args.map((arg) => (arg.kind !== "lambda" && isFoldable(arg, compile.functions) ? evaluateConstant(arg, compile) : undefined));

/** The function of a call, made for this query. */
function columnFunction(call: ApplyCall, constants: readonly (Value | undefined)[], { compile }: BuildContext, retracts: boolean) {
  const { name, overload, args, argNames, wanted, span } = call;
  const expr = { kind: "call", type: call.outputs[0], name, overload, args, span } as const;
  const columnar = columnarOverload(expr, compile.functions)?.columnar;
  if (columnar === undefined) throw new WeirError("internal", `${name} is not a function of whole columns`, { span });
  const { timeZone, nowMicros, models, uses } = compile;
  const bind: BindContext = {
    types: args.map((arg) => arg.type),
    constants,
    names: argNames ?? args.map(() => undefined),
    timeZone,
    nowMicros,
    ...(wanted !== undefined && { outputs: wanted }),
    models,
    uses: retracts ? keeping(uses) : uses,
  };
  try {
    return columnar(bind);
  } catch (error) {
    if (error instanceof WeirError) error.span ??= span;
    throw error;
  }
}

/** Uses that stay with their definition: what it said of a row must be said again when the row is taken back. */
const keeping = (uses: FunctionUses | undefined): FunctionUses | undefined =>
  uses && { ...uses, add: (use) => uses.add({ ...use, replacement: () => "rows that it was called for may be taken back" }) };

/** The same arguments for every row, and the same answer to them. */
function isConstant({ name, args }: ApplyCall, functions: FunctionRegistry): boolean {
  const definition = functions.lookup(name);
  if (definition?.kind !== "scalar" || definition.volatility === "volatile") return false;
  return args.every((arg) => collectColumns(arg).size === 0 && !isVolatile(arg, functions));
}
