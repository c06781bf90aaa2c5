import type { BindContext, ColumnFunction, ScalarFunction, ScalarOverload } from "../catalog/function-types.ts";
import type { CatalogModel } from "../catalog/models.ts";
import { bindError, WeirError } from "../core/errors.ts";
import { type DataType, type Schema, struct, typesEqual } from "../core/types.ts";
import type { Vector } from "../core/vector.ts";
import { doc } from "../functions/define.ts";

/**
 * Scoring as functions of whole columns. The binder (plan/binder/ml-scalar.ts, ml-table.ts) makes all of them one call: of `predict` with the model's
 * name and its inputs by position, checked, in order and cast to what the model takes, which gives the model's outputs as columns of their own. What
 * gives a STRUCT of several is a call over those columns.
 */

/** A STRUCT of some outputs of a model. A row that got none of them (it was not scored) is NULL. */
function structOf(columns: readonly Vector[], type: DataType, length: number): readonly Vector[] {
  return [{ layout: "struct", type, length, validity: anyValid(columns, length), children: columns }];
}

function anyValid(columns: readonly Vector[], length: number): Uint8Array | null {
  const validities = columns.map(({ validity }) => validity);
  if (validities.some((validity) => validity === null)) return null;
  const valid = new Uint8Array(length);
  for (const validity of validities as readonly Uint8Array[]) {
    for (let i = 0; i < length; i++) valid[i] |= validity[i];
  }
  return valid;
}

function modelOf({ constants, models }: BindContext): CatalogModel {
  const [name] = constants;
  if (typeof name !== "string") throw bindError("the name of a model must be a constant", undefined, "predict('model', …)");
  if (models === undefined) throw new WeirError("internal", `models are not at hand where "${name}" is scored`);
  return models.get(name);
}

const sameSchema = (a: Schema, b: Schema): boolean =>
  a.length === b.length && a.every((field, i) => field.name === b[i].name && typesEqual(field.type, b[i].type));

/** Why a query cannot go on with another version of its model; undefined if it can. */
function difference(before: CatalogModel, after: CatalogModel, types: readonly DataType[]): string | undefined {
  if (!sameSchema(before.inputs, after.inputs)) return "its inputs changed";
  if (!sameSchema(before.outputs, after.outputs)) return "its outputs changed";
  if (String(before.probabilities?.outputs) !== String(after.probabilities?.outputs)) return "its probabilities changed";
  const taken = (model: CatalogModel) => {
    try {
      return model.inputsFor(types);
    } catch (error) {
      if (error instanceof WeirError) return undefined;
      throw error;
    }
  };
  const now = taken(after);
  return now === undefined || !sameSchema(taken(before) ?? [], now) ? "it takes its inputs in another way" : undefined;
}

/** A model as the query uses it. Another version takes its place between two batches, where inputs and outputs are the same. */
function scoring(bind: BindContext): ColumnFunction {
  const name = bind.constants[0] as string;
  const types = bind.types.slice(1);
  let model = modelOf(bind);
  const wanted = bind.outputs ?? model.outputs.map((_, i) => i);
  let opened = model.open(wanted);
  let underWay = 0;
  let done: ColumnFunction[] = [];
  const warnings: string[] = [];
  /** Ends what was replaced, once none of its calls is under way. */
  const endReplaced = (): void => {
    if (underWay > 0) return;
    for (const one of done) {
      warnings.push(...(one.warnings?.() ?? []));
      one.close?.();
    }
    done = [];
  };
  bind.uses?.add({
    kind: "model",
    name,
    hash: model.hash,
    replacement: (definition) => {
      const next = definition as CatalogModel;
      const differs = difference(model, next, types);
      if (differs !== undefined) return differs;
      return () => {
        done.push(opened);
        model = next;
        opened = model.open(wanted);
        endReplaced();
      };
    },
  });
  const { batchRows, concurrency, ordered } = opened;
  return {
    ...(batchRows !== undefined && { batchRows }),
    ...(concurrency !== undefined && { concurrency }),
    ...(ordered !== undefined && { ordered }),
    call: (args, length, signal) => {
      const outputs = opened.call(args.slice(1), length, signal);
      if (!(outputs instanceof Promise)) return outputs;
      underWay++;
      return outputs.finally(() => {
        underWay--;
        endReplaced();
      });
    },
    close: () => {
      underWay = 0;
      endReplaced();
      opened.close?.();
    },
    warnings: () => [...warnings, ...(opened.warnings?.() ?? [])],
  };
}

const scored: ScalarOverload = {
  args: ["varchar"],
  variadic: "any",
  returns: (bind) => modelOf(bind).outputs[0].type,
  nulls: "handles",
  mayReturnNull: true,
  columnar: scoring,
};

/** Over outputs of a model, whose names are those of the arguments. */
const gathered: ScalarOverload = {
  args: [],
  variadic: "any",
  returns: ({ types, names }) => struct(types.map((type, i) => ({ name: names[i] ?? "", type }))),
  nulls: "handles",
  mayReturnNull: true,
  columnar: ({ types, names }) => {
    const type = struct(types.map((one, i) => ({ name: names[i] ?? "", type: one })));
    return { call: (columns, length) => structOf(columns, type, length) };
  },
};

const scorer = (name: string, overload: ScalarOverload, summary: string, example: string, result: string): ScalarFunction => ({
  kind: "scalar",
  family: "model",
  name,
  doc: doc(summary, ["model", "inputs"], example, result),
  overloads: [overload],
});

/** What they do with a name that is no constant, or with other arguments, is the binder's to say. */
export const modelFunctions: readonly ScalarFunction[] = [
  scorer(
    "predict",
    scored,
    "The first output of a model, from its inputs by position or by name (age => a). The model's name is a constant, with a version where one is wanted: 'churn@2'. NULL inputs as the model's property nulls says: NULL by default.",
    "predict('iris', 5.1, 3.5, 1.4, 0.2)",
    "0",
  ),
  scorer(
    "predict_all",
    gathered,
    "All outputs of a model as a STRUCT with a field each; NULL for a row that is not scored.",
    "predict_all('iris', 5.1, 3.5, 1.4, 0.2).label",
    "0",
  ),
  scorer(
    "predict_proba",
    gathered,
    "The class probabilities of a classifier: a MAP from label to probability, a LIST where the model does not say its labels, a STRUCT where CREATE MODEL asked for a column a class.",
    "predict_proba('iris', 5.1, 3.5, 1.4, 0.2)[0] > 0.9",
    "true",
  ),
];
