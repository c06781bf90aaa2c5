import { describe, expect, test } from "vitest";
import { onlineMethods } from "../../src/timeseries/anomalies/methods.ts";
import type { Row } from "../exec/operator-harness.ts";
import { Sql } from "../exec/sql-harness.ts";
import { expectStreamEqualsTable, SCHEMA, SECOND, START } from "../running/stream-equals-table.ts";

const OPTIONS: Readonly<Record<string, string>> = {
  auto: ", warmup => 40",
  quantile: "",
  seasonal: ", cycle => 60, phases => 10, warmup => 5",
  holt_winters: ", season_length => 6, warmup => 5",
  half_space_trees: ", window => 20, n_trees => 3",
  rcf: ", sample => 32, trees => 3, shingle => 2",
};

describe("anomaly_score and anomaly", { timeout: 60_000 }, () => {
  test("on a stream give exactly what they give on a table", () =>
    expectStreamEqualsTable(
      [
        ...onlineMethods.map(({ name }) => `anomaly_score(v, method => '${name}'${OPTIONS[name] ?? ", warmup => 5"})`),
        "anomaly(v, w, method => 'ewma', warmup => 3, sensitivity => 0.8)",
        "anomaly(v, w, method => 'rcf', sample => 16, trees => 2, shingle => 1)",
      ],
      { rows: 700 },
    ));

  const sql = new Sql();
  const rows = Array.from({ length: 120 }, (_, i): Row => {
    const value = i === 100 ? 50 : i === 60 ? null : Math.sin(i);
    return [BigInt(START + i * SECOND), "a", value, Math.cos(i), BigInt(i)];
  });
  sql.addRows("t", SCHEMA, rows, 50);

  test("a struct says what was expected, and which column is off", async () => {
    const verdicts = "anomaly(v, w, method => 'zscore') OVER (PARTITION BY k ORDER BY ts)";
    const [found] = await sql.rows(
      `SELECT a.is_anomaly, a.anomaly_score > 0.9, abs(a.expected_value) < 0.1, a.lower_bound < -2, a.upper_bound > 2, a.attribution[1] > 0.9
       FROM (SELECT id, ${verdicts} AS a FROM t) WHERE id = 100`,
    );
    expect(found).toEqual([true, true, true, true, true, true]);
    const quiet = await sql.rows(`SELECT count(*) FROM (SELECT ${verdicts} AS a FROM t) WHERE a.is_anomaly`);
    expect(quiet).toEqual([[1n]]);
  });

  test("nothing is said while warming up, and of NULL", async () => {
    expect(
      await sql.rows(
        "SELECT id FROM (SELECT id, anomaly_score(v, method => 'zscore', warmup => 20) OVER (ORDER BY ts) AS s FROM t) WHERE s IS NULL ORDER BY id",
      ),
    ).toEqual([...Array.from({ length: 20 }, (_, i) => [BigInt(i)]), [60n]]);
    expect(
      await sql.rows("SELECT count(*) FROM (SELECT anomaly(v, method => 'mad') OVER (ORDER BY ts) AS a FROM t) WHERE a.is_anomaly IS NULL"),
    ).toEqual([[31n]]);
  });

  test.each([
    ["anomaly_score(v, method => 'mad', windw => 9)", "windw"],
    ["anomaly_score(v, method => 'zscore', window => 9)", "method zscore has no option window: it has sensitivity, warmup"],
    ["anomaly_score(v, method => 'median')", "no method is called median"],
    ["anomaly_score(v, method => 'matrix_profile')", "needs the whole series"],
    ["anomaly(v, sensitivity => 3)", "sensitivity must be a number from 0 to 1, but is 3"],
  ])("%s is refused", async (call, message) => {
    await expect(sql.rows(`SELECT ${call} OVER (ORDER BY ts) FROM t`)).rejects.toThrow(message);
  });
});

describe("measures of detectors", () => {
  const sql = new Sql();

  test.each([
    ["detection_measures([0, 1, 1, 0], [0, 0, 1, 1])", { precision: 0.5, recall: 0.5, f1: 0.5 }],
    ["detection_measures([0, 1, 1, 0], [0, 0, NULL, 0])", { precision: null, recall: 0, f1: null }],
    ["detection_measures([0, 1, 1, 0, 1], [0, 0, 1, 0, 0], ranges => true, existence => 0.5)", { precision: 1, recall: 0.375, f1: 6 / 11 }],
  ])("%s", async (call, expected) => {
    const fields = Object.keys(expected).map((name) => `m.${name}`);
    const [row] = await sql.rows(`SELECT ${fields.join(", ")} FROM (SELECT ${call} AS m)`);
    expect(row).toEqual(Object.values(expected));
  });

  test("the best scores have a volume of 1, and nothing labelled has none", async () => {
    expect(await sql.rows("SELECT vus_pr([0, 0, 1, 1, 0], [0, 0.1, 3, 4, 0.2], buffer => 0), vus_pr([0, 0], [1, 2])")).toEqual([[1, null]]);
    await expect(sql.rows("SELECT vus_pr([0, 0, 1], [0, 0.1])")).rejects.toThrow("labels are 3 points, and the detector's are 2");
  });

  test("the Numenta benchmark's score of one series", async () => {
    const labels = "[CASE WHEN i BETWEEN 60 AND 69 THEN 1 ELSE 0 END FOR i IN range(100)]";
    const scores = "[CASE WHEN i IN (30, 60) THEN 0.9 ELSE 0.1 END FOR i IN range(100)]";
    const [[score, hits, alarms]] = await sql.rows(
      `SELECT s.score, s.hits, s.false_alarms FROM (SELECT nab_score(${labels}, ${scores}) AS s)`,
    );
    expect(score).toBeCloseTo(94.5, 9);
    expect([hits, alarms]).toEqual([1n, 1n]);
  });

  test("matrix_profile is NULL where there is no neighbour", async () => {
    expect(await sql.rows("SELECT p.distances, p.left FROM (SELECT matrix_profile([1, 2, 3, 1, 2, 3], 3) AS p)")).toEqual([
      [
        [0, 3, 3, 0],
        [null, null, 3, 0],
      ],
    ]);
    await expect(sql.rows("SELECT matrix_profile([1, 2], 3)")).rejects.toThrow("a window of 3 needs more than 3 points");
  });
});
