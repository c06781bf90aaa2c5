import type { BindContext, ColumnFunction, ScalarFunction } from "../catalog/function-types.ts";
import type { CatalogModel } from "../catalog/models.ts";
import { bindError, WeirError } from "../core/errors.ts";
import { type DataType, type Schema, struct, typesEqual } from "../core/types.ts";
import type { Vector } from "../core/vector.ts";
import { doc } from "../functions/define.ts";

/**
 * Scoring as functions of whole columns: the first argument names the model, the others are its inputs by position. The binder
 * (plan/binder/ml-scalar.ts, ml-table.ts) has checked them, put named ones in order, and cast them to what the model takes.
 */

/** What a function makes of a model's outputs. */
interface Answer {
  /** Positions in the model's outputs that are computed. */
  readonly wanted: readonly number[];
  /** Type of the answer of the function as a scalar one. */
  readonly type: DataType;
  /** The answer, from the columns of the outputs wanted. */
  readonly from: (outputs: readonly Vector[], length: number) => readonly Vector[];
}

type Choose = (model: CatalogModel) => Answer;

const first: Choose = ({ outputs }) => ({ wanted: [0], type: outputs[0].type, from: (columns) => columns });

const all: Choose = ({ outputs }) => ({ ...structOf(outputs), wanted: outputs.map((_, i) => i) });

/** The outputs as columns of their own: those that are asked for. */
const each = ({ outputs }: BindContext): Choose => {
  return (model) => ({ ...all(model), wanted: outputs ?? model.outputs.map((_, i) => i), from: (columns) => columns });
};

const probabilities: Choose = (model) => {
  const wanted = model.probabilities?.outputs ?? [];
  if (wanted.length === 0) {
    const known = model.outputs.map(({ name }) => name).join(", ");
    throw bindError(
      `model "${model.name}" gives no class probabilities`,
      undefined,
      `its outputs are ${known}: predict_all gives them all`,
    );
  }
  if (wanted.length > 1) return { ...structOf(wanted.map((at) => model.outputs[at])), wanted };
  return { wanted, type: model.outputs[wanted[0]].type, from: (columns) => columns };
};

/** A STRUCT of some outputs. A row that got none of them (it was not scored) is NULL. */
function structOf(outputs: Schema): Pick<Answer, "type" | "from"> {
  const type = struct(outputs);
  return { type, from: (children, length) => [{ layout: "struct", type, length, validity: anyValid(children, length), children }] };
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
function scoring(bind: BindContext, choose: Choose): ColumnFunction {
  const name = bind.constants[0] as string;
  const types = bind.types.slice(1);
  let model = modelOf(bind);
  let answer = choose(model);
  let opened = model.open(answer.wanted);
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
      const now = choose(next);
      if (!typesEqual(now.type, answer.type)) return "its probabilities changed";
      return () => {
        done.push(opened);
        model = next;
        answer = now;
        opened = model.open(answer.wanted);
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
      const { from } = answer;
      const outputs = opened.call(args.slice(1), length, signal);
      if (!(outputs instanceof Promise)) return from(outputs, length);
      underWay++;
      return outputs
        .then((columns) => from(columns, length))
        .finally(() => {
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

const MODEL_AND_INPUTS = ["model", "inputs"];

const scorer = (
  name: string,
  chooser: (bind: BindContext) => Choose,
  summary: string,
  example: string,
  result: string,
): ScalarFunction => ({
  kind: "scalar",
  family: "model",
  name,
  doc: doc(summary, MODEL_AND_INPUTS, example, result),
  overloads: [
    {
      args: ["varchar"],
      variadic: "any",
      returns: (bind) => chooser(bind)(modelOf(bind)).type,
      nulls: "handles",
      mayReturnNull: true,
      columnar: (bind) => scoring(bind, chooser(bind)),
    },
  ],
});

/** What the functions of this file do with a name that is no constant, or with other arguments, is the binder's to say. */
export const modelFunctions: readonly ScalarFunction[] = [
  scorer(
    "predict",
    () => first,
    "The first output of a model, from its inputs by position or by name (age => a). The model's name is a constant, with a version where one is wanted: 'churn@2'. NULL inputs as the model's property nulls says: NULL by default.",
    "predict('iris', 5.1, 3.5, 1.4, 0.2)",
    "0",
  ),
  scorer(
    "predict_all",
    () => all,
    "All outputs of a model as a STRUCT with a field each; NULL for a row that is not scored.",
    "predict_all('iris', 5.1, 3.5, 1.4, 0.2).label",
    "0",
  ),
  scorer(
    "predict_proba",
    () => probabilities,
    "The class probabilities of a classifier: a MAP from label to probability, a LIST where the model does not say its labels, a STRUCT where CREATE MODEL asked for a column a class.",
    "predict_proba('iris', 5.1, 3.5, 1.4, 0.2)[0] > 0.9",
    "true",
  ),
  scorer(
    "ml_predict",
    each,
    "A table with a model's outputs beside its columns: FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b)).",
    "(SELECT label FROM ML_PREDICT(TABLE flowers, MODEL iris, DESCRIPTOR(a, b, c, d)) LIMIT 1)",
    "0",
  ),
];
