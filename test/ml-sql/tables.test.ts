import { beforeAll, describe, expect, it } from "vitest";
import { sessionWith } from "./harness.ts";
import { logisticModel } from "./logistic-model.ts";

const { session, run, refused } = sessionWith([logisticModel("titanic")]);

beforeAll(async () => {
  await run("CREATE TABLE p AS FROM (VALUES (30, 10, 'female', 1), (5, 80, 'male', 0), (NULL, 3, 'male', 1)) t(age, fare, sex, survived)");
});

const LABELS = [1n, 0n, null];

describe("ML_PREDICT", () => {
  it.each([
    "ML_PREDICT(TABLE p, MODEL titanic, DESCRIPTOR(age, fare, sex))",
    "ML_PREDICT(TABLE p, MODEL titanic, DESCRIPTOR(sex, fare, age))",
    "ML_PREDICT(TABLE p, MODEL titanic)",
    "ML_PREDICT(TABLE p, MODEL titanic@1, DESCRIPTOR(age, fare, sex), MAP {'async': 'true'})",
    "ML_PREDICT(INPUT => TABLE p, MODEL => MODEL titanic, ARGS => DESCRIPTOR(age, fare, sex))",
    "ML_PREDICT(args => DESCRIPTOR(age, fare, sex), model => MODEL titanic, input => TABLE p)",
    "ML.PREDICT(MODEL titanic, TABLE p)",
    "ML.PREDICT(MODEL titanic, (SELECT * FROM p))",
  ])("%s: all columns of the table, then the outputs", async (from) => {
    const { columns, rows, warnings } = await run(`SELECT * FROM ${from}`);
    expect(columns).toEqual(["age", "fare", "sex", "survived", "label", "probabilities"]);
    expect(rows.map((row) => row[4])).toEqual(LABELS);
    expect(warnings).toEqual([]);
  });

  it("binds by position where no column has an input's name, and says so", async () => {
    const { rows, warnings } = await run(
      "SELECT * FROM ML_PREDICT(TABLE (SELECT age AS a, fare AS b, sex AS c FROM p), MODEL titanic, DESCRIPTOR(a, b, c))",
    );
    expect(rows.map((row) => row[3])).toEqual(LABELS);
    expect(warnings).toEqual(["columns a, b, c went to inputs age, fare, sex of model titanic by position"]);
  });

  it("names outputs anew where the table has a column of the name, and says so", async () => {
    const { columns, warnings } = await run(
      "SELECT * FROM ML_PREDICT(TABLE (SELECT *, 1 AS label, 2 AS probabilities, 3 AS predicted_probabilities FROM p), MODEL titanic)",
    );
    expect(columns.slice(-2)).toEqual(["predicted_label", "predicted_probabilities_1"]);
    expect(warnings).toEqual([
      "output label of model titanic is called predicted_label: the table has a column label",
      "output probabilities of model titanic is called predicted_probabilities_1: the table has a column probabilities",
    ]);
  });

  it("goes by the alias, or the table's name", async () => {
    expect((await run("SELECT p.age, p.label FROM ML_PREDICT(TABLE p, MODEL titanic)")).rows).toHaveLength(3);
    expect((await run("SELECT s.label, s.x FROM ML_PREDICT(TABLE p, MODEL titanic) AS s(x)")).rows).toHaveLength(3);
  });

  it.each([
    [
      "SELECT * FROM ML_PREDICT(TABLE (SELECT age AS a, fare, sex FROM p), MODEL titanic, DESCRIPTOR(a, fare, sex))",
      'column "a" is no input of model "titanic", and the other columns are',
      "its inputs are age DOUBLE, fare DOUBLE, sex VARCHAR; give a column an input's name in a subquery: TABLE (SELECT a AS age, …)",
      "a",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE p, MODEL titanic, DESCRIPTOR(age, fare, sx))",
      'column "sx" does not exist',
      'did you mean "sex"?',
      "sx",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE p, MODEL titanic, DESCRIPTOR(age, fare))",
      'input "sex" of model "titanic" is missing',
      "its inputs are age DOUBLE, fare DOUBLE, sex VARCHAR",
      "DESCRIPTOR(age, fare)",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE (SELECT age, fare, sex AS sexe FROM p), MODEL titanic)",
      'input "sex" of model "titanic" is missing',
      'there is "sexe": name it so, as sexe AS "sex"',
      "TABLE (SELECT age, fare, sex AS sexe FROM p)",
    ],
    ["SELECT * FROM ML_PREDICT(TABLE p, MODEL titanics)", 'model "titanics" does not exist', 'did you mean "titanic"?', "titanics"],
    [
      "SELECT * FROM ML_PREDICT(MODEL titanic)",
      "ML_PREDICT needs its TABLE",
      "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b))",
      "ML_PREDICT(MODEL titanic)",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE p)",
      "ML_PREDICT needs its MODEL",
      "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b))",
      "ML_PREDICT(TABLE p)",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE p, MODEL titanic, argz => DESCRIPTOR(age))",
      'ML_PREDICT has no argument "argz"',
      'did you mean "args"?',
      "argz",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE p, MODEL titanic, config => MAP {'timeout': '9s'})",
      "ML_PREDICT does not take 'timeout' = '9s'",
      "SET model_timeout says how long a call may take",
      "MAP {'timeout': '9s'}",
    ],
    [
      "SELECT * FROM ML_PREDICT(TABLE p PARTITION BY sex, MODEL titanic)",
      "ML_PREDICT takes no PARTITION BY or ORDER BY",
      "a model looks at each row alone",
      "sex",
    ],
    [
      "SELECT * FROM ML_PREDIC(TABLE p, MODEL titanic)",
      'table function "ML_PREDIC" does not exist',
      'did you mean "ml_predict"?',
      "ML_PREDIC",
    ],
  ])("%s is refused", async (sql, message, hint, at) => {
    expect(await refused(sql)).toEqual({ message, hint, at });
  });
});

describe("VERIFY", () => {
  it.each([
    "FROM ML_PREDICT(TABLE p, MODEL titanic)",
    "SELECT accuracy FROM ML.EVALUATE(MODEL titanic, TABLE p, DESCRIPTOR(survived))",
    "FROM scores",
  ])("says that it does not check models: %s", async (query) => {
    await run("CREATE OR REPLACE VIEW scores AS SELECT age FROM ML_PREDICT(TABLE p, MODEL titanic)");
    expect((await run(`VERIFY ${query}`)).text).toMatch(/^not checked: ML[._](PREDICT|EVALUATE) \(DuckDB has no models\)$/);
  });
});

describe("outputs that nobody asks for", () => {
  it.each([
    ["SELECT probabilities[1] > 0.5 FROM ML_PREDICT(TABLE p, MODEL titanic)", [true, false, null]],
    ["SELECT label FROM ML_PREDICT(TABLE p, MODEL titanic)", LABELS],
    ["SELECT survived FROM ML_PREDICT(TABLE p, MODEL titanic)", [1, 0, 1]],
    ["SELECT probabilities[0] + label > 1 FROM ML_PREDICT(TABLE p, MODEL titanic) WHERE label = 1", [true]],
  ])("%s", async (sql, values) => {
    expect((await run(sql)).rows.map(([value]) => value)).toEqual(values);
  });

  it("are not computed", async () => {
    const wanted: (readonly number[])[] = [];
    const model = logisticModel("watched");
    session.models.add({
      ...model,
      open: (outputs) => {
        wanted.push(outputs);
        return model.open(outputs);
      },
    });
    await run("SELECT sum(label) FROM ML_PREDICT(TABLE p, MODEL watched)");
    await run("SELECT probabilities FROM ML_PREDICT(TABLE p, MODEL watched)");
    await run("SELECT age, predict('watched', age, fare, sex) FROM p");
    await run("SELECT * FROM ML_PREDICT(TABLE p, MODEL watched)");
    expect(wanted).toEqual([[0], [1], [0], [0, 1]]);
  });
});
