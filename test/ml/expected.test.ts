import { describe, expect, it } from "vitest";
import { BIGINT, type DataType, DOUBLE, list, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { expectedOf, mlSession, onnxModel, score } from "./harness.ts";

/** What onnxruntime for Python gave (scripts/onnx-expected.py): labels exactly, probabilities to 1e-6. */
describe("models by their path alone, against onnxruntime for Python", () => {
  const { session, run } = mlSession();
  const PROBABILITY = 1e-6;

  for (const name of ["logreg_iris", "rf_iris", "pipeline_titanic", "pipeline_titanic_nozipmap", "treecl"]) {
    it(name, async () => {
      const expected = expectedOf(name);
      await run(`CREATE MODEL ${name} WITH ('path' = '${name}.onnx')`);
      const given = await score(onnxModel(session, name), columnsOf(expected.inputs));
      expect(given).toHaveLength(expected.outputs.length);
      for (const [i, { values, labels }] of expected.outputs.entries()) {
        for (let row = 0; row < expected.rows; row++) {
          const value = given[i][row];
          const wanted = values[row];
          if (typeof wanted === "number") {
            expect(value).toBe(BigInt(wanted));
            continue;
          }
          const entries = value as readonly Value[];
          const probabilities = labels === undefined ? entries : entries.map((entry) => (entry as readonly Value[])[1]);
          if (labels !== undefined) expect(entries.map((entry) => (entry as readonly Value[])[0])).toEqual(labels.map(BigInt));
          expect(probabilities).toHaveLength(wanted.length);
          for (const [c, probability] of probabilities.entries()) {
            expect(Math.abs((probability as number) - wanted[c])).toBeLessThanOrEqual(PROBABILITY);
          }
        }
      }
    });
  }
});

/** Columns for the inputs: matrices as a column for each of their columns, but twenty features as a LIST. */
function columnsOf(inputs: ReturnType<typeof expectedOf>["inputs"]): [DataType, Value[]][] {
  return Object.values(inputs).flatMap((values): [DataType, Value[]][] => {
    const [first] = values;
    if (typeof first === "string") return [[VARCHAR, values as string[]]];
    if (typeof first === "number") {
      const whole = (values as number[]).every(Number.isInteger);
      return [whole ? [BIGINT, (values as number[]).map(BigInt)] : [DOUBLE, values as number[]]];
    }
    const rows = values as readonly (readonly number[])[];
    if (first.length > 10) return [[list(DOUBLE), rows as Value[]]];
    return first.map((_, c): [DataType, Value[]] => [DOUBLE, rows.map((row) => row[c])]);
  });
}
