import type { ColumnFunction } from "../../src/catalog/function-types.ts";
import type { CatalogModel } from "../../src/catalog/models.ts";
import { bindError } from "../../src/core/errors.ts";
import { valueReader } from "../../src/core/read.ts";
import { BIGINT, type DataType, DOUBLE, isNumeric, map, type Schema, typeName, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";

interface LogisticOptions {
  readonly version?: number;
  readonly weights?: readonly number[];
  readonly isAsync?: boolean;
  readonly inputs?: Schema;
  /** Is told which outputs each call is for. */
  readonly onCall?: (wanted: readonly number[]) => void;
  readonly onClose?: () => void;
}

const INPUTS: Schema = [
  { name: "age", type: DOUBLE },
  { name: "fare", type: DOUBLE },
  { name: "sex", type: VARCHAR },
];

/** A model in JavaScript: 1 / (1 + exp(-(w0 age + w1 fare + w2 [sex is female]))), label 1 from a half on. A NULL input gives NULL outputs. */
export function logisticModel(name: string, options: LogisticOptions = {}): CatalogModel {
  const { version = 1, weights = [0.1, -0.05, 1], isAsync = true, inputs = INPUTS, onCall = () => {}, onClose = () => {} } = options;
  const outputs: Schema = [
    { name: "label", type: BIGINT },
    { name: "probabilities", type: map(BIGINT, DOUBLE) },
  ];
  const score = (row: readonly Value[]): [Value, Value] => {
    if (row.includes(null)) return [null, null];
    const numbers = row.map((value) => (typeof value === "string" ? Number(value === "female") : Number(value)));
    const p = 1 / (1 + Math.exp(-numbers.reduce((sum, value, i) => sum + weights[i] * value, 0)));
    return [
      p >= 0.5 ? 1n : 0n,
      [
        [0n, 1 - p],
        [1n, p],
      ],
    ];
  };
  return {
    name,
    version,
    inputs,
    outputs,
    probabilities: { outputs: [1], classes: [0n, 1n] },
    facts: [["provider", "test"]],
    hash: `hash of ${name}@${version}`,
    sql: `CREATE MODEL ${name}`,
    inputsFor: (types, span, spans) => {
      if (types.length !== inputs.length) throw bindError(`model "${name}" takes ${inputs.length} inputs, not ${types.length}`, span);
      for (const [i, type] of types.entries()) if (!fits(type, inputs[i].type)) throw misfit(i, type, spans?.[i]);
      return inputs;
    },
    open: (wanted): ColumnFunction => ({
      concurrency: isAsync ? 2 : 1,
      call: (args, length) => {
        onCall(wanted);
        const readers = args.map(valueReader);
        const rows = Array.from({ length }, (_, i) => score(readers.map((read) => read(i))));
        const columns = wanted.map((at) =>
          vectorFromValues(
            outputs[at].type,
            rows.map((row) => row[at]),
          ),
        );
        return isAsync ? new Promise((resolve) => setImmediate(() => resolve(columns))) : columns;
      },
      close: onClose,
    }),
    retire: () => {},
    close: () => {},
  };

  function misfit(i: number, type: DataType, span: { start: number; end: number } | undefined): Error {
    return bindError(`input ${inputs[i].name} of model "${name}" takes ${typeName(inputs[i].type)}, not ${typeName(type)}`, span);
  }
}

const fits = (given: DataType, taken: DataType): boolean =>
  given.kind === taken.kind || given.kind === "null" || (isNumeric(given) && isNumeric(taken));
