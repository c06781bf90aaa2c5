import type { CatalogModel } from "../../catalog/models.ts";
import { bindError, nearestName, type Span } from "../../core/errors.ts";
import { type Schema, typeName } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { castTo } from "../types/cast.ts";
import { sameName } from "./scope.ts";

/** An argument or column for a model, under the name by which it is given. */
export interface NamedInput {
  readonly name: string;
  readonly expr: BoundExpr;
  /** Where the name is written. */
  readonly span: Span;
}

/** `churn@2` where a version was written, else `churn`: what a query keeps of the name, so that a newer version may take its place or not. */
export const modelName = (written: string, model: CatalogModel): string =>
  written.includes("@") ? `${model.name}@${model.version}` : model.name;

/** Arguments in the order of the model's inputs, cast to what it takes. Errors of number and type stand at the call or the argument. */
export function byPosition(model: CatalogModel, args: readonly BoundExpr[], span: Span): BoundExpr[] {
  const taken = model.inputsFor(
    args.map(({ type }) => type),
    span,
    args.map((arg) => arg.span),
  );
  return args.map((arg, i) => castTo(arg, taken[i].type));
}

/** The same of arguments that name the inputs, each once and all of them. @param extra "ignore" where further names mean nothing. */
export function byName(model: CatalogModel, given: readonly NamedInput[], span: Span, extra: "refuse" | "ignore" = "refuse"): BoundExpr[] {
  const { inputs } = model;
  for (const [i, one] of given.entries()) {
    const isInput = inputs.some((input) => sameName(input.name, one.name));
    if (!isInput && extra === "refuse") throw noInput(model, one);
    if (isInput && given.findIndex((other) => sameName(other.name, one.name)) < i) {
      throw bindError(`input "${one.name}" of model "${model.name}" is given twice`, one.span);
    }
  }
  const ordered = inputs.map((input) => given.find((one) => sameName(one.name, input.name))?.expr);
  const missing = inputs.filter((_, i) => ordered[i] === undefined);
  if (missing.length > 0) {
    const [one] = missing;
    const near = nearestName(
      one.name,
      given.map(({ name }) => name),
    );
    const what = missing.map(({ name }) => `"${name}"`).join(", ");
    throw bindError(
      `${missing.length === 1 ? "input" : "inputs"} ${what} of model "${model.name}" ${missing.length === 1 ? "is" : "are"} missing`,
      span,
      extra === "ignore" && near !== undefined ? `there is "${near}": name it so, as ${near} AS "${one.name}"` : takes(model),
    );
  }
  return byPosition(model, ordered as BoundExpr[], span);
}

function noInput(model: CatalogModel, { name, span }: NamedInput): Error {
  const near = nearestName(
    name,
    model.inputs.map((input) => input.name),
  );
  return bindError(`model "${model.name}" has no input "${name}"`, span, near === undefined ? takes(model) : `did you mean "${near}"?`);
}

/** `its inputs are age FLOAT, sex VARCHAR`. */
export const takes = (model: CatalogModel): string => `its inputs are ${shown(model.inputs)}`;

function shown(schema: Schema): string {
  const parts = schema.slice(0, 12).map(({ name, type }) => `${name} ${typeName(type)}`);
  return schema.length > 12 ? `${parts.join(", ")} and ${schema.length - 12} more` : parts.join(", ");
}
