import { bindError } from "../../core/errors.ts";
import type { Expr, TableFunction } from "../../sql/ast.ts";
import { aliased } from "./aliases.ts";
import { FROM } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { bindMlEvaluate } from "./ml-evaluate.ts";
import { modelTable } from "./ml-names.ts";
import { modelArguments, scored } from "./ml-scored.ts";
import type { Relation } from "./relation.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { newSelectState } from "./select-state.ts";

/**
 * Models over tables: `ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b))` as Flink has it, `ML.PREDICT(MODEL m, TABLE t)` as BigQuery does. The table's
 * columns come out as they are, with the model's outputs behind them.
 */

/** A table function of models, as `modelTable` knows it. */
export const bindModelTable = (environment: Environment, node: TableFunction): Relation =>
  modelTable(node.name) === "ml_evaluate" ? bindMlEvaluate(environment, node) : bindMlPredict(environment, node);

const PREDICT_SHOWN = "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b))";

function bindMlPredict(environment: Environment, node: TableFunction): Relation {
  const args = modelArguments(node, "ML_PREDICT", PREDICT_SHOWN, [
    { name: "input", kind: "tableArg" },
    { name: "model", kind: "modelArg" },
    { name: "args", kind: "descriptor", optional: true },
    { name: "config", kind: "expression", optional: true },
  ]);
  const config = args.get("config");
  if (config !== undefined) refuseConfig(environment, config.value as Expr);
  const { plan, table } = scored(environment, args, "ML_PREDICT", PREDICT_SHOWN);
  return aliased(plan, table ?? "ml_predict", node.alias);
}

/** Flink's options. Rows leave in order and calls run beside the query as it is; what is not so cannot be asked for. */
function refuseConfig(environment: Environment, value: Expr): void {
  const binder = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), FROM);
  const bound = binder.bind(value);
  if (bound.type.kind !== "map") throw bindError("the config of ML_PREDICT is a MAP of text", value.span, "MAP {'async': 'true'}");
  const entries = (environment.context.evaluateConstant(bound) ?? []) as readonly (readonly [unknown, unknown])[];
  for (const [key, option] of entries) {
    const [name, text] = [String(key).toLowerCase(), String(option).toLowerCase()];
    if ((name === "async" && text === "true") || (name === "output-mode" && text === "ordered")) continue;
    throw bindError(
      `ML_PREDICT does not take '${key}' = '${option}'`,
      value.span,
      MENDS[name] ?? "it takes 'async' = 'true' and 'output-mode' = 'ordered'",
    );
  }
}

const MENDS: Readonly<Record<string, string>> = {
  async: "models always run beside the query",
  "output-mode": "rows always leave in the order they came in",
  timeout: "SET model_timeout says how long a call may take",
  capacity: "how many rows are under way is settled by the size of batches",
  "max-concurrent-operations":
    "how many batches are under way at once is the engine's to say; CREATE MODEL … WITH ('threads' = 4) spreads one over threads",
};
