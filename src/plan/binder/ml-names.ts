import type { QualifiedName } from "../../sql/ast.ts";

/** Functions whose first argument names a model. */
export const MODEL_FAMILY = "model";

/** The one of them that scores: a call gives the model's outputs, however the query says it. */
export const SCORED = "predict";

/** Those that give tables. */
export const MODEL_TABLES: readonly string[] = ["ml_predict", "ml_evaluate"];

/** Which of MODEL_TABLES a call names: BigQuery's `ML.PREDICT` is `ML_PREDICT`. */
export function modelTable(name: QualifiedName): string | undefined {
  const joined = name.map((part) => part.name.toLowerCase()).join("_");
  return MODEL_TABLES.find((known) => known === joined);
}
