import type { CatalogModel } from "../../catalog/models.ts";
import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import type { Arg, Identifier, TableFunction } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import type { ApplyPlan, LogicalPlan } from "../logical-plan.ts";
import { dedupeNames } from "./dedupe-names.ts";
import type { Environment } from "./environment.ts";
import { textConstant } from "./literals.ts";
import { byName, byPosition, modelName, type NamedInput, takes } from "./ml-inputs.ts";
import { SCORED } from "./ml-names.ts";
import { columnsOf } from "./relation.ts";
import { sameName, shortList } from "./scope.ts";
import { bindTableArgument, type TableArgument } from "./table-argument.ts";

/** What ML_PREDICT and ML_EVALUATE share: their arguments, and the table that is scored. */

/** What an argument of these functions is called and holds; those that are not named stand in this order. */
export interface ArgumentShape {
  readonly name: string;
  readonly kind: "tableArg" | "modelArg" | "descriptor" | "expression";
  readonly optional?: boolean;
}

/** Arguments by lower-case name. BigQuery has the model in front of the table, and a descriptor is told from a table by its kind: both orders are taken. */
export function modelArguments(
  node: TableFunction,
  name: string,
  shown: string,
  shapes: readonly ArgumentShape[],
): ReadonlyMap<string, Arg> {
  const found = new Map<string, Arg>();
  let isNamed = false;
  for (const arg of node.args) {
    const shape =
      arg.name === undefined ? shapes.find((one) => !found.has(one.name) && one.kind === kindOf(arg)) : shapeNamed(arg.name, shapes, name);
    if (arg.name !== undefined) isNamed = true;
    else if (isNamed) throw bindError("an argument without a name stands behind one with a name", arg.span, "name it, or put it in front");
    if (shape === undefined) throw strangeArgument(arg, name, shown, !found.has("model"));
    if (found.has(shape.name)) throw bindError(`argument "${shape.name}" of ${name} is given twice`, arg.span);
    if (shape.kind !== kindOf(arg)) throw bindError(`argument "${shape.name}" of ${name} is no ${KINDS[kindOf(arg)]}`, arg.span, shown);
    found.set(shape.name, arg);
  }
  const missing = shapes.find((shape) => shape.optional !== true && !found.has(shape.name));
  if (missing !== undefined) throw bindError(`${name} needs its ${KINDS[missing.kind]}`, node.span, shown);
  return found;
}

/** A bare name behind the table is most often the model's. */
function strangeArgument({ value, span }: Arg, name: string, shown: string, wantsModel: boolean): Error {
  if (wantsModel && value.kind === "column")
    return bindError(`a model is named as MODEL ${value.parts.map((part) => part.name).join(".")}`, span, shown);
  if (wantsModel && value.kind === "string") return bindError(`a model is named as MODEL ${value.value}`, span, shown);
  return bindError(`${name} does not take this argument`, span, shown);
}

function shapeNamed({ name: written, span }: Identifier, shapes: readonly ArgumentShape[], name: string): ArgumentShape {
  const shape = shapes.find((one) => sameName(one.name, written));
  if (shape !== undefined) return shape;
  const names = shapes.map((one) => one.name);
  const near = nearestName(written, names);
  throw bindError(
    `${name} has no argument "${written}"`,
    span,
    near === undefined ? `its arguments are ${names.join(", ")}` : `did you mean "${near}"?`,
  );
}

/** A bare name is a table. */
function kindOf({ value }: Arg): ArgumentShape["kind"] {
  if (value.kind === "tableArg" || value.kind === "modelArg" || value.kind === "descriptor") return value.kind;
  return value.kind === "column" ? "tableArg" : "expression";
}

const KINDS: Readonly<Record<ArgumentShape["kind"], string>> = {
  tableArg: "TABLE",
  modelArg: "MODEL",
  descriptor: "DESCRIPTOR of columns",
  expression: "value",
};

/** A table with a model's outputs behind its columns. */
export interface Scored {
  readonly plan: ApplyPlan;
  readonly model: CatalogModel;
  readonly table: string | undefined;
}

/** Scores the table of argument "input" by the model of "model": on the columns of "args", or on those that have the names of its inputs. */
export function scored(environment: Environment, args: ReadonlyMap<string, Arg>, name: string, shown: string): Scored {
  const { models } = environment.context;
  const modelArg = args.get("model")!.value;
  if (modelArg.kind !== "modelArg" || models === undefined) throw unsupported(`${name} in this place`, args.get("model")!.span);
  const written = modelArg.name;
  const model = models.get(written.name, written.span);
  const input = bindTableArgument(environment, args.get("input")!, name, shown);
  const [clause] = [...input.partitionBy.map(({ span }) => span), ...input.orderBy.map(({ span }) => span)];
  if (clause !== undefined) throw bindError(`${name} takes no PARTITION BY or ORDER BY`, clause, "a model looks at each row alone");
  const descriptor = args.get("args")?.value;
  const inputs =
    descriptor?.kind === "descriptor"
      ? inputsOfDescriptor(environment, model, input, descriptor.columns, descriptor.span)
      : inputsOfTable(model, input.plan, args.get("input")!.span);
  const outputs = outputNames(environment, model, input);
  const call = {
    name: SCORED,
    overload: 0,
    args: [textConstant(modelName(written.name, model), written.span), ...inputs],
    outputs: model.outputs.map(({ type }) => type),
    span: args.get("model")!.span,
  };
  const schema = [...input.plan.schema, ...model.outputs.map(({ type }, i) => ({ name: outputs[i], type }))];
  return { plan: { kind: "apply", schema, input: input.plan, calls: [call] }, model, table: input.table };
}

/** Columns by the names of the inputs. */
function inputsOfTable(model: CatalogModel, plan: LogicalPlan, span: Span): BoundExpr[] {
  const columns = namedColumns(plan);
  if (columns.some(({ name }) => model.inputs.some((input) => sameName(input.name, name)))) return byName(model, columns, span, "ignore");
  throw bindError(
    `no column has the name of an input of model "${model.name}"`,
    span,
    `${takes(model)}; DESCRIPTOR(a, b, …) behind it says which columns they are`,
  );
}

const namedColumns = (plan: LogicalPlan): NamedInput[] =>
  columnsOf(plan).map((expr, i) => ({ name: plan.schema[i].name, expr, span: expr.span }));

/** Columns by name where they have the names of inputs, by position where none has; some of each is an error. */
function inputsOfDescriptor(
  environment: Environment,
  model: CatalogModel,
  { plan }: TableArgument,
  columns: readonly Identifier[],
  span: Span,
): BoundExpr[] {
  const given = columns.map((column) => ({ name: column.name, expr: columnNamed(plan, column), span: column.span }));
  const isInput = ({ name }: NamedInput) => model.inputs.some((input) => sameName(input.name, name));
  const strange = given.filter((one) => !isInput(one));
  if (strange.length === 0) return byName(model, given, span);
  if (strange.length < given.length) {
    const [one] = strange;
    throw bindError(
      `column "${one.name}" is no input of model "${model.name}", and the other columns are`,
      one.span,
      `${takes(model)}; give a column an input's name in a subquery: TABLE (SELECT ${one.name} AS ${freeInput(model, given)}, …)`,
    );
  }
  const exprs = byPosition(
    model,
    given.map(({ expr }) => expr),
    span,
  );
  environment.context.notice?.(positionNotice(model, given));
  return exprs;
}

const freeInput = (model: CatalogModel, given: readonly NamedInput[]): string =>
  model.inputs.find((input) => !given.some((one) => sameName(one.name, input.name)))?.name ?? "input";

function positionNotice(model: CatalogModel, given: readonly NamedInput[]): string {
  const list = (names: readonly string[]) => (names.length > 12 ? `${names.slice(0, 12).join(", ")}, …` : names.join(", "));
  const [columns, inputs] = [given.map(({ name }) => name), model.inputs.map(({ name }) => name)];
  const one = columns.length === 1 ? "column" : "columns";
  const other = inputs.length === 1 ? "input" : "inputs";
  return `${one} ${list(columns)} went to ${other} ${list(inputs)} of model ${model.name} by position`;
}

/** A column of a table, by the name that stands in a DESCRIPTOR. */
export function columnNamed(plan: LogicalPlan, { name, span }: Identifier): BoundExpr {
  const index = plan.schema.findIndex((field) => sameName(field.name, name));
  if (index >= 0) return { kind: "column", type: plan.schema[index].type, index, name: plan.schema[index].name, span };
  const names = plan.schema.map((field) => field.name);
  const near = nearestName(name, names);
  throw bindError(
    `column "${name}" does not exist`,
    span,
    near === undefined ? `columns here: ${shortList(names)}` : `did you mean "${near}"?`,
  );
}

/** Outputs under names that no column of the table has: `label` beside a column of that name is `predicted_label`. The result says so. */
function outputNames(environment: Environment, model: CatalogModel, { plan }: TableArgument): readonly string[] {
  const free = model.outputs.map((output) => {
    const taken = plan.schema.some((field) => sameName(field.name, output.name));
    return { ...output, name: taken ? `predicted_${output.name}` : output.name };
  });
  const all = dedupeNames([...plan.schema, ...free]).slice(plan.schema.length);
  for (const [i, { name }] of all.entries()) {
    const { name: own } = model.outputs[i];
    if (name !== own) environment.context.notice?.(`output ${own} of model ${model.name} is called ${name}: the table has a column ${own}`);
  }
  return all.map(({ name }) => name);
}
