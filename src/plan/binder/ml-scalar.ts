import type { ScalarFunction } from "../../catalog/function-types.ts";
import type { CatalogModel, ModelRegistry } from "../../catalog/models.ts";
import { bindError, unsupported } from "../../core/errors.ts";
import { struct } from "../../core/types.ts";
import type { Arg, Call, Expr } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { isFoldable, some } from "../expression-tree.ts";
import type { Environment } from "./environment.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { textConstant } from "./literals.ts";
import { byName, byPosition, modelName, takes } from "./ml-inputs.ts";
import { SCORED } from "./ml-names.ts";

/**
 * `predict('churn', age, fare)` and its kin: the model is a constant, its inputs follow by position, by name (`age => a`), as one STRUCT whose fields
 * have the names, or as one LIST where the model takes a tensor. What is bound has the inputs in order, and is an output of one call for all of them.
 */
export function bindModelCall(binder: ExpressionBinder, { name }: ScalarFunction, call: Call): BoundExpr {
  const { span } = call;
  const { models } = binder.environment.context;
  if (models === undefined) throw unsupported(`${name} in this place`, span);
  const [first, ...rest] = call.args;
  if (first === undefined) throw bindError(`${name} takes the name of a model, and its inputs`, span, `${name}('churn', …)`);
  const written = modelText(binder, models, first, name);
  const model = models.get(written, first.span);
  const inputs = inputsOf(binder, model, rest, call);
  const args = [textConstant(modelName(written, model), first.span), ...inputs];
  const places = outputsOf(model, name, first);
  const outputs = places.map(
    (at): BoundExpr => ({
      kind: "call",
      type: model.outputs[at].type,
      name: SCORED,
      overload: 0,
      args,
      output: { of: model.outputs, at },
      span,
    }),
  );
  if (name !== "predict_all" && outputs.length === 1) return outputs[0];
  const fields = places.map((at) => model.outputs[at]);
  return { kind: "call", type: struct(fields), name, overload: 0, args: outputs, argNames: fields.map((field) => field.name), span };
}

/** Positions in the model's outputs of what a function gives. */
function outputsOf(model: CatalogModel, name: string, { span }: Arg): readonly number[] {
  if (name === "predict") return [0];
  const known = model.outputs.map((output) => output.name);
  if (name === "predict_all") return [...known.keys()];
  const { probabilities } = model;
  if (probabilities !== undefined && probabilities.outputs.length > 0) return probabilities.outputs;
  throw bindError(
    `model "${model.name}" gives no class probabilities`,
    span,
    `its outputs are ${known.join(", ")}: predict_all gives them all`,
  );
}

/** The model's name, which is known before any row is. */
function modelText(binder: ExpressionBinder, models: ModelRegistry, { name: argName, value }: Arg, name: string): string {
  if (value.kind === "modelArg") return value.name.name;
  const hint = `${name}('churn', …)`;
  if (value.kind === "tableArg" || value.kind === "descriptor")
    throw bindError(`${name} takes the name of a model first`, value.span, hint);
  if (argName !== undefined) throw bindError(`the model of ${name} is its first argument, and stands without a name`, argName.span, hint);
  if (value.kind === "column" && value.parts.length === 1 && models.lookup(value.parts[0].name) !== undefined) {
    throw bindError(`the model of ${name} is given as text`, value.span, `${name}('${value.parts[0].name}', …)`);
  }
  return constantText(binder.environment, binder.bind(value), `the model of ${name}`, hint);
}

export function constantText(environment: Environment, bound: BoundExpr, what: string, hint?: string): string {
  const { context } = environment;
  if (!isFoldable(bound, context.functions) || some(bound, (part) => part.kind === "subquery")) {
    throw bindError(`${what} must be a constant`, bound.span, hint);
  }
  const value = context.evaluateConstant(bound);
  if (typeof value !== "string") throw bindError(`${what} must be text`, bound.span, hint);
  return value;
}

function inputsOf(binder: ExpressionBinder, model: CatalogModel, args: readonly Arg[], { span }: Call): BoundExpr[] {
  const bound = args.map(({ name, value, span: at }) => {
    if (value.kind === "tableArg" || value.kind === "modelArg" || value.kind === "descriptor") {
      throw bindError("TABLE, MODEL and DESCRIPTOR are arguments of table functions, as ML_PREDICT", at);
    }
    return { name, expr: binder.bind(value as Expr) };
  });
  const named = bound.flatMap(({ name, expr }) => (name === undefined ? [] : [{ name: name.name, expr, span: name.span }]));
  if (named.length > 0 && named.length < bound.length) {
    const [unnamed] = bound.filter(({ name }) => name === undefined);
    throw bindError("some inputs are given by name, and this one by position", unnamed.expr.span, `name all or none: ${takes(model)}`);
  }
  if (named.length > 0) return byName(model, named, span);
  const exprs = bound.map(({ expr }) => expr);
  const [one] = exprs;
  if (exprs.length !== 1 || one.type.kind !== "struct" || model.inputs.some(({ type }) => type.kind === "struct")) {
    return byPosition(model, exprs, span);
  }
  const fields = one.type.fields.map(({ name }) => ({ name, expr: binder.field(one, name, one.span), span: one.span }));
  return byName(model, fields, one.span, "ignore");
}
