import { beforeAll, describe, expect, it } from "vitest";
import { sessionWith } from "./harness.ts";
import { logisticModel } from "./logistic-model.ts";

const calls: (readonly number[])[] = [];
const { run, refused } = sessionWith([
  logisticModel("titanic"),
  logisticModel("titanic", { version: 2, weights: [0, 0, 1] }),
  logisticModel("counted", { onCall: (wanted) => calls.push(wanted) }),
]);

beforeAll(async () => {
  await run(
    "CREATE TABLE p AS FROM (VALUES (30, 10.5, 'female', 1), (5, 80, 'male', 0), (NULL, 3, 'male', 1), (60, 7, 'male', 0)) t(age, fare, sex, survived)",
  );
});

const first = async (sql: string) => (await run(sql)).rows.map(([value]) => value);
const INPUTS = "age DOUBLE, fare DOUBLE, sex VARCHAR";

describe("predict in expressions", () => {
  it("takes the inputs by position, by name, and as a struct", async () => {
    const expected = [1n, 0n, null, 1n];
    expect(await first("SELECT predict('titanic@1', age, fare, sex) FROM p")).toEqual(expected);
    expect(await first("SELECT predict('TITANIC@1', sex => sex, age => age, fare => fare) FROM p")).toEqual(expected);
    expect(await first("SELECT predict('titanic@1', {fare: fare, age: age, more: 1, sex: sex}) FROM p")).toEqual(expected);
    expect(await first("SELECT predict(MODEL titanic@1, age, fare, sex) FROM p")).toEqual(expected);
    expect(await first("SELECT predict('titan' || 'ic@1', age, fare, sex) FROM p")).toEqual(expected);
  });

  it("means the latest version where none is named", async () => {
    // The second model asks whether a passenger is female, and 1 / (1 + exp(0)) is a half.
    expect(await first("SELECT predict_proba('titanic', age, fare, sex)[1] FROM p WHERE sex = 'male' AND age < 10")).toEqual([0.5]);
    expect(await first("SELECT predict_proba('titanic@2', age, fare, sex)[1] FROM p WHERE sex = 'male' AND age < 10")).toEqual([0.5]);
  });

  it("gives all outputs, and the probabilities", async () => {
    const p = 1 / (1 + Math.exp(-(3 - 0.05 * 10.5 + 1)));
    const [[all, probabilities]] = (
      await run("SELECT predict_all('titanic@1', age, fare, sex), predict_proba('titanic@1', age, fare, sex) FROM p")
    ).rows;
    const expected = [
      [0n, expect.closeTo(1 - p, 12)],
      [1n, expect.closeTo(p, 12)],
    ];
    expect(all).toEqual([1n, expected]);
    expect(probabilities).toEqual(expected);
    expect(await first("SELECT predict_all('titanic@1', age, fare, sex) FROM p WHERE age IS NULL")).toEqual([null]);
    expect(await first("SELECT predict_all('titanic@1', age, fare, sex).label FROM p ORDER BY 1")).toEqual([0n, 1n, 1n, null]);
  });

  it.each([
    ["SELECT count(*) FROM p WHERE predict('titanic@1', age, fare, sex) = 1", [2n]],
    ["SELECT count(*) FROM p WHERE fare > 5 AND predict('titanic@1', age, fare, sex) = 1 AND age > 40", [1n]],
    ["SELECT sum(fare) FROM p GROUP BY predict('titanic@1', age, fare, sex) HAVING count(*) = 2", [175n]],
    ["SELECT CASE WHEN sex = 'male' THEN predict('titanic@1', age, fare, sex) ELSE -1 END AS x FROM p ORDER BY x", [-1n, 0n, 1n, null]],
    ["SELECT a.age FROM p a JOIN p b ON a.age = b.age AND predict('titanic@1', a.age, b.fare, b.sex) = 0", [5]],
    ["SELECT sum(predict('titanic@1', age, fare, sex)) OVER (ORDER BY fare) FROM p WHERE age > 0 ORDER BY fare", [1n, 2n, 2n]],
    ["SELECT predict('titanic@1', 30, 10, 'female')", [1n]],
    ["SELECT predict('titanic@1', list_sum(list_transform([age, 1], x -> x * 2)), fare, sex) FROM p WHERE age = 5", [0n]],
    ["SELECT predict('titanic@1', NULL, 10, 'female')", [null]],
    ["SELECT predict('titanic@1', age, 1, (SELECT max(sex) FROM p)) FROM p WHERE age = 5", [1n]],
    ["SELECT q FROM (SELECT predict('titanic@1', age, fare, sex) AS q FROM p) WHERE q = 0", [0n]],
    ["SELECT max(predict_proba('titanic@1', age, fare, sex)[1]) > 0.99 FROM p", [true]],
  ])("%s", async (sql, rows) => {
    expect(await first(sql)).toEqual(rows);
  });

  const counted = "counted', age, fare, sex)";
  it.each<[string, number[][]]>([
    [`SELECT predict('${counted}, predict_proba('${counted}, predict_all('${counted}, predict('${counted} + 1 FROM p`, [[0, 1]]],
    [`SELECT predict_proba('${counted}[1] FROM p WHERE predict('${counted} = 1 ORDER BY predict_all('${counted}`, [[0, 1]]],
    [`SELECT m.*, predict_proba('${counted} FROM ML_PREDICT(TABLE p, MODEL counted) AS m`, [[0, 1]]],
    [`SELECT predict_proba('${counted}, predict_proba('counted', sex => sex, fare => fare, age => age) FROM p`, [[1]]],
    [`SELECT predict('${counted}, predict_proba('counted', 1, fare, sex) FROM p`, [[0], [1]]],
  ])("%s scores once for each list of inputs", async (sql, expected) => {
    calls.length = 0;
    await run(sql);
    expect(calls).toEqual(expected);
  });

  it("gives what each call gives alone", async () => {
    const all = ["predict", "predict_proba", "predict_all"].map((name) => `${name}('titanic@1', age, fare, sex)`);
    const { rows } = await run(`SELECT ${all.join(", ")} FROM p`);
    const alone = await Promise.all(all.map((call) => first(`SELECT ${call} FROM p`)));
    expect(rows).toEqual(rows.map((_, i) => alone.map((column) => column[i])));
  });

  it("is shown by EXPLAIN as a node of its own, and VERIFY leaves it out", async () => {
    const { text } = await run("EXPLAIN SELECT age FROM p WHERE predict('titanic', age, fare, sex) = 1");
    expect(text).toMatch(/apply calls=\[predict\('titanic', CAST\(age AS DOUBLE\)/);
    const verified = await run("VERIFY SELECT age, predict('titanic', age, fare, sex) AS q FROM p");
    expect(verified.text).toMatch(/not checked: predict/);
  });

  it.each([
    ["SELECT predict('titanc', age, fare, sex) FROM p", 'model "titanc" does not exist', 'did you mean "titanic"?', "'titanc'"],
    ["SELECT predict('titanic@7', age, fare, sex) FROM p", 'model "titanic" has no version 7', "it has 1, 2", "'titanic@7'"],
    ["SELECT predict(titanic, age, fare, sex) FROM p", "the model of predict is given as text", "predict('titanic', …)", "titanic"],
    ["SELECT predict(sex, age, fare, sex) FROM p", "the model of predict must be a constant", "predict('churn', …)", "sex"],
    ["SELECT predict(3, age) FROM p", "the model of predict must be text", "predict('churn', …)", "3"],
    ["SELECT predict() FROM p", "predict takes the name of a model, and its inputs", "predict('churn', …)", "predict()"],
    ["SELECT predict('titanic', age, fare) FROM p", 'model "titanic" takes 3 inputs, not 2', undefined, "predict('titanic', age, fare)"],
    ["SELECT predict('titanic', age, sex, sex) FROM p", 'input fare of model "titanic" takes DOUBLE, not VARCHAR', undefined, "sex"],
    [
      "SELECT predict('titanic', age => 1, far => 2, sex => '') FROM p",
      'model "titanic" has no input "far"',
      'did you mean "fare"?',
      "far",
    ],
    [
      "SELECT predict('titanic', age => 1, sex => '') FROM p",
      'input "fare" of model "titanic" is missing',
      `its inputs are ${INPUTS}`,
      "predict('titanic', age => 1, sex => '')",
    ],
    ["SELECT predict('titanic', age => 1, AGE => 2) FROM p", 'input "AGE" of model "titanic" is given twice', undefined, "AGE"],
    [
      "SELECT predict('titanic', age, fare => 1, sex => '') FROM p",
      "some inputs are given by name, and this one by position",
      `name all or none: its inputs are ${INPUTS}`,
      "age",
    ],
    [
      "SELECT ml_predict('titanic', age, fare, sex) FROM p",
      "ml_predict gives a table",
      "write FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b)), or predict_all('m', a, b)",
      "ml_predict('titanic', age, fare, sex)",
    ],
  ])("%s is refused", async (sql, message, hint, at) => {
    expect(await refused(sql)).toEqual({ message, hint, at });
  });
});
