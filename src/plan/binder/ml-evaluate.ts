import type { AggregateFunction } from "../../catalog/function-types.ts";
import { getFunction } from "../../catalog/functions.ts";
import type { CatalogModel } from "../../catalog/models.ts";
import { commonType } from "../../core/common-type.ts";
import { bindError, nearestName, type Span, WeirError } from "../../core/errors.ts";
import { BOOLEAN, type DataType, DOUBLE, isFloating, isInteger, isNumeric, list, typeName } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Arg, Expr, TableFunction } from "../../sql/ast.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import { isFoldable } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { aliased } from "./aliases.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { resolveCall } from "./functions.ts";
import { literal, nullLiteral, textConstant } from "./literals.ts";
import { columnNamed, modelArguments, type Scored, scored } from "./ml-scored.ts";
import { compare } from "./operators.ts";
import { columnsOf, project, type Relation } from "./relation.ts";
import { sameName, tableScope } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/**
 * `ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, b))`: one row that says how good a model is on rows whose answer is known. The metrics
 * are the aggregates of functions/aggregates/evaluation.ts over the scored table; rows without a label or a prediction are left out.
 */

const SHOWN = "ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(label), DESCRIPTOR(a, b))";

export function bindMlEvaluate(environment: Environment, node: TableFunction): Relation {
  const args = modelArguments(node, "ML_EVALUATE", SHOWN, [
    { name: "input", kind: "tableArg" },
    { name: "model", kind: "modelArg" },
    { name: "label", kind: "descriptor", optional: true },
    { name: "args", kind: "descriptor", optional: true },
    { name: "task", kind: "expression", optional: true },
    { name: "positive", kind: "expression", optional: true },
    { name: "classes", kind: "expression", optional: true },
  ]);
  const table = scored(environment, args, "ML_EVALUATE", SHOWN);
  const binder = new ExpressionBinder(environment, newSelectState(tableScope("", table.plan.schema)), FROM);
  const evaluation = new Evaluation(binder, table, args, node.span);
  const isBigQuery = node.name.length > 1;
  const plan =
    taskOf(args.get("task"), table.model, node.span) === "regression" ? evaluation.regression(isBigQuery) : evaluation.classification();
  return aliased(plan, "ml_evaluate", node.alias);
}

type Task = "classification" | "regression";

const TASKS: readonly Task[] = ["classification", "regression"];

/** As it is said, or by the outputs: probabilities, or a first output that is no fraction, are those of classes. */
function taskOf(arg: Arg | undefined, model: CatalogModel, span: Span): Task {
  if (arg !== undefined) {
    const written = arg.value.kind === "string" ? arg.value.value.toLowerCase() : undefined;
    const task = TASKS.find((one) => one === written);
    if (task !== undefined) return task;
    const near = nearestName(written ?? "", TASKS);
    throw bindError(
      "the task of ML_EVALUATE is 'classification' or 'regression'",
      arg.value.span,
      near === undefined ? undefined : `did you mean '${near}'?`,
    );
  }
  const { name, type } = model.outputs[0];
  if ((model.probabilities?.outputs.length ?? 0) > 0 || isInteger(type) || type.kind === "varchar" || type.kind === "boolean")
    return "classification";
  if (isFloating(type)) return "regression";
  throw bindError(
    `the first output of model "${model.name}", ${name} ${typeName(type)}, is neither a class nor a number`,
    span,
    "ML_EVALUATE compares it with the label",
  );
}

/** A column of the result: an aggregate, or something made of several. */
interface Metric {
  readonly name: string;
  readonly aggregates: readonly BoundAggregate[];
  /** The value, of the aggregates' results. Default: the first. */
  readonly of?: (results: readonly BoundExpr[]) => BoundExpr;
}

class Evaluation {
  readonly #binder: ExpressionBinder;
  readonly #scored: Scored;
  readonly #args: ReadonlyMap<string, Arg>;
  readonly #span: Span;
  readonly #outputs: readonly BoundExpr[];

  constructor(binder: ExpressionBinder, table: Scored, args: ReadonlyMap<string, Arg>, span: Span) {
    this.#binder = binder;
    this.#scored = table;
    this.#args = args;
    this.#span = span;
    this.#outputs = columnsOf(table.plan).slice(table.plan.input.schema.length);
  }

  regression(isBigQuery: boolean): LogicalPlan {
    const label = this.#label();
    const { model } = this.#scored;
    const [output] = this.#outputs;
    const given = [label.type, output.type];
    if (!given.every((type) => isNumeric(type) || type.kind === "null")) {
      throw bindError(
        `label ${typeName(label.type)} and output ${typeName(output.type)} of model "${model.name}" are not both numbers`,
        label.span,
        "task => 'classification' compares classes",
      );
    }
    const pair = [castTo(label, DOUBLE), castTo(output, DOUBLE)];
    const error = this.#binder.call("-", pair, this.#span);
    const squared = this.#binder.call("*", [error, error], this.#span);
    const names = isBigQuery
      ? { mae: "mean_absolute_error", mse: "mean_squared_error", rmse: "root_mean_squared_error", r2: "r2_score" }
      : { mae: "mae", mse: "mse", rmse: "rmse", r2: "r2" };
    return this.#row([
      { name: "row_count", aggregates: [this.#aggregate("count_star", [])] },
      { name: names.rmse, aggregates: [this.#aggregate("rmse", pair)] },
      { name: names.mae, aggregates: [this.#aggregate("mae", pair)] },
      { name: names.mse, aggregates: [this.#aggregate("avg", [squared])] },
      { name: names.r2, aggregates: [this.#aggregate("r2_score", pair)] },
    ]);
  }

  classification(): LogicalPlan {
    const { model } = this.#scored;
    const [output] = this.#outputs;
    const written = this.#label();
    // Truth values beside a model's 0 and 1
    const label = written.type.kind === "boolean" && isInteger(output.type) ? castTo(written, output.type) : written;
    const common = commonType(label.type, output.type);
    if (common === undefined || (label.type.kind === "varchar") !== (output.type.kind === "varchar")) {
      throw bindError(
        `label ${typeName(written.type)} and output ${model.outputs[0].name} ${typeName(output.type)} of model "${model.name}" cannot be compared`,
        written.span,
        `cast one of them in a subquery: CAST(${label.kind === "column" ? label.name : "label"} AS ${typeName(output.type)})`,
      );
    }
    const classes = this.#classes(output.type).map((value) =>
      literal(common, this.#cast(literal(output.type, value, this.#span), common), this.#span),
    );
    const pair = [castTo(label, common), castTo(output, common)];
    const positive = this.#positive(classes, common);
    const average = positive === undefined ? [textConstant("macro", this.#span)] : [textConstant("binary", this.#span), positive];
    const score = (name: string, aggregate: string): Metric => ({ name, aggregates: [this.#aggregate(aggregate, [...pair, ...average])] });
    return this.#row([
      { name: "row_count", aggregates: [this.#aggregate("count_star", [])] },
      { name: "accuracy", aggregates: [this.#aggregate("accuracy", pair)] },
      score("precision", "precision_score"),
      score("recall", "recall_score"),
      score("f1_score", "f1_score"),
      ...this.#ofProbabilities(pair[0], classes, positive),
      { name: "confusion_matrix", aggregates: [this.#aggregate("confusion_matrix", pair)] },
    ]);
  }

  /** Area under the curve and log loss; NULL, with a notice, where the model does not say which probability is whose. */
  #ofProbabilities(label: BoundExpr, classes: readonly BoundExpr[], positive: BoundExpr | undefined): Metric[] {
    const probability = this.#probabilities(classes);
    if (probability === undefined) {
      const { model } = this.#scored;
      const what =
        model.probabilities === undefined
          ? "gives no class probabilities"
          : "does not say which class each probability is of (classes => [0, 1] does)";
      this.#binder.environment.context.notice?.(`roc_auc and log_loss are NULL: model ${model.name} ${what}`);
      const none = () => castTo(nullLiteral(this.#span), DOUBLE);
      return ["roc_auc", "log_loss"].map((name) => ({ name, aggregates: [], of: none }));
    }
    const is = (one: BoundExpr) => compare("=", label, one, this.#span);
    const areaOf = (one: BoundExpr, i: number) => this.#aggregate("roc_auc", [is(one), probability[i]]);
    const right = this.#binder.caseOf(classes.map(is), probability, literal(DOUBLE, 0, this.#span), this.#span);
    const loss: Metric = { name: "log_loss", aggregates: [this.#aggregate("log_loss", [literal(BOOLEAN, true, this.#span), right])] };
    const at = positive?.kind === "literal" ? classes.findIndex((one) => one.kind === "literal" && one.value === positive.value) : -1;
    if (at >= 0) return [{ name: "roc_auc", aggregates: [areaOf(classes[at], at)] }, loss];
    const mean = (areas: readonly BoundExpr[]): BoundExpr => {
      const sum = areas.reduce((all, area) => this.#binder.call("+", [all, area], this.#span));
      return this.#binder.call("/", [sum, literal(DOUBLE, areas.length, this.#span)], this.#span);
    };
    return [{ name: "roc_auc", aggregates: classes.map(areaOf), of: mean }, loss];
  }

  /** The probability of each class as a DOUBLE; undefined where it is not known which is whose. */
  #probabilities(classes: readonly BoundExpr[]): BoundExpr[] | undefined {
    const { model } = this.#scored;
    const columns = (model.probabilities?.outputs ?? []).map((at) => this.#outputs[at]);
    const [one] = columns;
    if (one === undefined || classes.length === 0) return undefined;
    const double = (expr: BoundExpr) => castTo(expr, DOUBLE);
    if (columns.length === classes.length && columns.length > 1) return columns.map(double);
    switch (one.type.kind) {
      case "map": {
        const { key } = one.type;
        return classes.map((name) => double(this.#binder.call("map_extract_value", [one, castTo(name, key)], this.#span)));
      }
      case "list":
        return classes.map((_, i) =>
          double(this.#binder.call("list_extract", [one, literal({ kind: "bigint" }, BigInt(i + 1), this.#span)], this.#span)),
        );
      default: {
        // One column beside two classes is that of the second
        if (classes.length !== 2) return undefined;
        const rest = this.#binder.call("-", [literal(DOUBLE, 1, this.#span), double(one)], this.#span);
        return [rest, double(one)];
      }
    }
  }

  /** What the probabilities are of, in their order: as the model says, or as is said of it. */
  #classes(type: DataType): readonly Value[] {
    const known = this.#scored.model.probabilities?.classes;
    const arg = this.#args.get("classes");
    if (arg === undefined) return known ?? [];
    if (known !== undefined) throw bindError(`model "${this.#scored.model.name}" says its classes: ${known.join(", ")}`, arg.span);
    const bound = this.#binder.bind(arg.value as Expr);
    const { context } = this.#binder.environment;
    if (bound.type.kind !== "list" || !isFoldable(bound, context.functions)) {
      throw bindError("the classes of ML_EVALUATE are a constant list", bound.span, "classes => [0, 1], in the order of the probabilities");
    }
    return (this.#cast(bound, list(type)) ?? []) as readonly Value[];
  }

  #cast(constant: BoundExpr, type: DataType): Value {
    return this.#binder.environment.context.evaluateConstant(castTo(constant, type));
  }

  /** Of two classes the second, or the one that is said. */
  #positive(classes: readonly BoundExpr[], type: BoundExpr["type"]): BoundExpr | undefined {
    const arg = this.#args.get("positive");
    if (arg === undefined) return classes.length === 2 ? classes[1] : undefined;
    const bound = this.#binder.bind(arg.value as Expr);
    if (bound.kind !== "literal") throw bindError("the positive class of ML_EVALUATE must be a constant", bound.span);
    if (classes.length > 2) {
      const { name } = this.#scored.model;
      throw bindError(
        `a positive class is for models of two classes, and model "${name}" has ${classes.length}`,
        bound.span,
        "without it the metrics are means over the classes",
      );
    }
    const value = this.#cast(bound, type);
    if (classes.length > 0 && !classes.some((one) => one.kind === "literal" && one.value === value)) {
      const known = classes.map((one) => (one.kind === "literal" ? String(one.value) : ""));
      throw bindError(
        `model "${this.#scored.model.name}" has no class ${String(value)}`,
        bound.span,
        `its classes are ${known.join(", ")}`,
      );
    }
    return literal(type, value, bound.span);
  }

  /** The column that holds what is true: the one that is named, or else one called as the model's first output, or "label". */
  #label(): BoundExpr {
    const { plan, model } = this.#scored;
    const arg = this.#args.get("label");
    if (arg?.value.kind === "descriptor") {
      const { columns, span } = arg.value;
      if (columns.length !== 1) throw bindError("the label of ML_EVALUATE is one column", span, SHOWN);
      return columnNamed(plan.input, columns[0]);
    }
    for (const name of [model.outputs[0].name, "label"]) {
      const found = plan.input.schema.find((field) => sameName(field.name, name));
      if (found !== undefined) return columnNamed(plan.input, { name, quoted: false, span: this.#span });
    }
    throw bindError("ML_EVALUATE needs the column with the true answers", this.#span, "DESCRIPTOR(label) behind the model names it");
  }

  #aggregate(name: string, args: readonly BoundExpr[]): BoundAggregate {
    const definition = getFunction(this.#binder.environment.context.functions, name, this.#span) as AggregateFunction;
    try {
      const resolved = resolveCall(this.#binder, definition, args, this.#span);
      return { name: definition.name, distinct: false, filter: undefined, orderBy: [], span: this.#span, ...resolved };
    } catch (error) {
      if (error instanceof WeirError) error.span ??= this.#span;
      throw error;
    }
  }

  #row(metrics: readonly Metric[]): LogicalPlan {
    const label = this.#label();
    const present = [label, this.#outputs[0]].map(
      (input): BoundExpr => ({ kind: "is-null", type: BOOLEAN, input, negated: true, span: this.#span }),
    );
    const known: LogicalPlan = {
      kind: "filter",
      schema: this.#scored.plan.schema,
      input: this.#scored.plan,
      predicate: { kind: "and", type: BOOLEAN, args: present, span: this.#span },
    };
    const aggregates = metrics.flatMap((metric) => metric.aggregates);
    const schema = aggregates.map(({ name, type }) => ({ name, type }));
    const row: LogicalPlan = { kind: "aggregate", schema, input: known, groups: [], aggregates };
    const results = columnsOf(row);
    let at = 0;
    const exprs = metrics.map(({ aggregates: own, of }) => {
      const mine = results.slice(at, at + own.length);
      at += own.length;
      return of === undefined ? mine[0] : of(mine);
    });
    return project(
      row,
      exprs,
      metrics.map(({ name }) => name),
    );
  }
}
