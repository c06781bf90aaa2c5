import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Value } from "../../src/core/value.ts";
import { dataFolder } from "./data-folder.ts";
import { sessionWith } from "./harness.ts";
import { logisticModel } from "./logistic-model.ts";

interface Expected {
  readonly rows: readonly (readonly number[])[];
  readonly label: readonly (string | number)[];
  readonly predicted: readonly (string | number)[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly confusion?: readonly (readonly [string, string, number])[];
}

const DATA = dataFolder();
const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(readFileSync(join(DATA, "expected.json"), "utf8"));

const { session, run, refused } = sessionWith([logisticModel("titanic")], { cwd: DATA });

const literal = (value: string | number) => (typeof value === "string" ? `'${value}'` : `CAST(${value} AS DOUBLE)`);

beforeAll(async () => {
  for (const [name, { rows, label }] of Object.entries(EXPECTED)) {
    await run(`CREATE MODEL ${name} WITH ('path' = '${name}.onnx')`);
    const values = rows.map((row, i) => `(${[...row, label[i]].map(literal).join(", ")})`);
    await run(`CREATE TABLE ${name}_rows AS FROM (VALUES ${values.join(", ")}) t(a, b, c, d, truth)`);
  }
  await run(
    "CREATE TABLE p AS FROM (VALUES (30, 10, 'female', 1), (5, 80, 'male', 0), (NULL, 3, 'male', 1), (60, 7, 'male', 0)) t(age, fare, sex, survived)",
  );
});

/** The row of ML_EVALUATE by column. */
async function evaluated(from: string): Promise<Record<string, Value>> {
  const { columns, rows } = await run(`SELECT * FROM ${from}`);
  expect(rows).toHaveLength(1);
  return Object.fromEntries(columns.map((name, i) => [name, rows[0][i]]));
}

const FEATURES = "DESCRIPTOR(a, b, c, d)";

describe("ML_EVALUATE against scikit-learn", () => {
  it.each(["iris", "tumours", "diabetes"])("%s", async (name) => {
    const { metrics, confusion, rows } = EXPECTED[name];
    const row = await evaluated(`ML_EVALUATE(TABLE ${name}_rows, MODEL ${name}, DESCRIPTOR(truth), ${FEATURES})`);
    expect(row.row_count).toBe(BigInt(rows.length));
    for (const [metric, value] of Object.entries(metrics)) {
      // Probabilities and predictions come in 32 bits
      expect({ metric, value: row[metric] }).toEqual({ metric, value: expect.closeTo(value, metric === "mse" ? 2 : 5) });
    }
    const pairs = (row.confusion_matrix as readonly Value[] | undefined)?.map((pair) =>
      (pair as readonly Value[]).map((x) => (typeof x === "bigint" ? Number(x) : x)),
    );
    expect(pairs).toEqual(confusion);
  });

  it("gives what the metrics give over predict", async () => {
    const row = await evaluated(`ML_EVALUATE(TABLE tumours_rows, MODEL tumours, DESCRIPTOR(truth), ${FEATURES})`);
    const { rows } = await run(
      "SELECT accuracy(truth, predict('tumours', a, b, c, d)), roc_auc(truth = 'malignant', predict_proba('tumours', a, b, c, d)['malignant']) FROM tumours_rows",
    );
    expect(rows).toEqual([[row.accuracy, row.roc_auc]]);
  });
});

describe("ML_EVALUATE", () => {
  it("leaves out rows without a label or a prediction", async () => {
    const row = await evaluated("ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived), DESCRIPTOR(age, fare, sex))");
    expect(row).toMatchObject({ row_count: 3n, accuracy: 2 / 3, precision: 0.5, recall: 1, roc_auc: 0.5 });
    expect(await evaluated("ML_EVALUATE(TABLE (FROM p WHERE age IS NULL), MODEL titanic, DESCRIPTOR(survived))")).toMatchObject({
      row_count: 0n,
      accuracy: null,
    });
  });

  it("takes BigQuery's spelling, truth values beside 0 and 1, and a label called as the output", async () => {
    const flink = await evaluated("ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived))");
    expect(await evaluated("ML.EVALUATE(MODEL titanic, TABLE (SELECT * EXCLUDE (survived), survived = 1 AS label FROM p))")).toEqual(flink);
    const names = Object.keys(await evaluated(`ML.EVALUATE(MODEL diabetes, TABLE diabetes_rows, DESCRIPTOR(truth), ${FEATURES})`));
    expect(names).toEqual(["row_count", "root_mean_squared_error", "mean_absolute_error", "mean_squared_error", "r2_score"]);
  });

  it("is told which class is positive, and which task it is", async () => {
    expect(await evaluated("ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived), positive => 0)")).toMatchObject({
      precision: 1,
      recall: 0.5,
      roc_auc: 0.5,
    });
    expect(
      await evaluated("ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived), DESCRIPTOR(age, fare, sex), 'regression')"),
    ).toMatchObject({ mae: 1 / 3 });
  });

  it("is told the classes where the model does not know them", async () => {
    const known = await evaluated("ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived))");
    const { probabilities: _, ...unknown } = logisticModel("unknown");
    session.models.add({ ...unknown, probabilities: { outputs: [1] } });
    const { rows, columns, warnings } = await run("FROM ML_EVALUATE(TABLE p, MODEL unknown, DESCRIPTOR(survived))");
    expect(rows[0][columns.indexOf("roc_auc")]).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("roc_auc and log_loss are NULL: model unknown does not say which class")]);
    expect(await evaluated("ML_EVALUATE(TABLE p, MODEL unknown, DESCRIPTOR(survived), classes => [0, 1])")).toEqual(known);
  });

  it("gives a row for the rows that a filter or a join leaves", async () => {
    const row = await evaluated(
      "ML_EVALUATE(TABLE (SELECT p.* FROM p JOIN p q USING (fare) WHERE p.age > 10), MODEL titanic, DESCRIPTOR(survived))",
    );
    expect(row).toMatchObject({ row_count: 2n, accuracy: 0.5 });
  });

  it.each([
    [
      "SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic)",
      "ML_EVALUATE needs the column with the true answers",
      "ML_EVALUATE(TABLE p, MODEL titanic)",
    ],
    ["SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survivd))", 'column "survivd" does not exist', "survivd"],
    [
      "SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(sex))",
      'label VARCHAR and output label BIGINT of model "titanic" cannot be compared',
      "sex",
    ],
    [
      "SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(sex), task => 'regression')",
      'label VARCHAR and output BIGINT of model "titanic" are not both numbers',
      "sex",
    ],
    [
      "SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived), task => 'regresion')",
      "the task of ML_EVALUATE is 'classification' or 'regression'",
      "'regresion'",
    ],
    ["SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived), positive => 7)", 'model "titanic" has no class 7', "7"],
    [
      "SELECT * FROM ML_EVALUATE(TABLE iris_rows, MODEL iris, DESCRIPTOR(truth), DESCRIPTOR(a, b, c, d), positive => 1)",
      'a positive class is for models of two classes, and model "iris" has 3',
      "1",
    ],
    [
      "SELECT * FROM ML_EVALUATE(TABLE (SELECT survived FROM p), MODEL titanic, DESCRIPTOR(survived))",
      'no column has the name of an input of model "titanic"',
      "TABLE (SELECT survived FROM p)",
    ],
    ["SELECT * FROM ML_EVALUATE(TABLE p, titanic)", "a model is named as MODEL titanic", "titanic"],
    ["SELECT ml_evaluate('titanic', age) FROM p", "ml_evaluate gives a table", "ml_evaluate('titanic', age)"],
    [
      "SELECT * FROM ML_EVALUATE(TABLE p, MODEL titanic, DESCRIPTOR(survived, age), DESCRIPTOR(age, fare, sex))",
      "the label of ML_EVALUATE is one column",
      "DESCRIPTOR(survived, age)",
    ],
  ])("%s is refused", async (sql, message, at) => {
    expect(await refused(sql)).toMatchObject({ message, at });
  });
});
