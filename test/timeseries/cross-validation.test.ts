import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import { Session } from "../../src/session.ts";
import { foldsOf } from "../../src/timeseries/forecast/cross-validation.ts";
import { expectNear, referenceCases, airPassengers as series } from "./series-cases.ts";

const airPassengers = series();
const session = new Session({ threads: 1, timeZone: "UTC" });
beforeAll(() =>
  session.run(`CREATE TABLE air AS SELECT (DATE '1949-01-01' + INTERVAL (i) MONTH)::DATE AS month, v::DOUBLE AS v
    FROM (VALUES ${[...airPassengers].map((v, i) => `(${i}, ${v})`).join(", ")}) t(i, v)`),
);
afterAll(() => session.close());

async function columns(query: string): Promise<Record<string, Value[]>> {
  const table = await session.query(query);
  return Object.fromEntries(
    table.schema.map(({ name }, c) => [
      name,
      table.batches.flatMap((batch) => Array.from({ length: batch.length }, (_, i) => valueAt(batch.columns[c], i))),
    ]),
  );
}

const cases = referenceCases("cross-validation");
const of = (name: string) => cases.filter((one) => one.function === name);

describe("conformal bounds", () => {
  it.each(of("forecast").map((one) => [(one.input as { model: string }).model, one] as const))("of %s", async (_, one) => {
    const { model, horizon, windows } = one.input as { model: string; horizon: number; windows: number };
    const expected = one.expected as Record<string, number[]>;
    for (const level of [80, 95]) {
      const rows = await columns(`SELECT * FROM forecast(TABLE air, horizon => ${horizon}, model => '${model}', season_length => 12,
        confidence_level => ${level / 100}, intervals => 'conformal', conformal_windows => ${windows})`);
      expectNear(rows.forecast_value as number[], expected.mean, one.tolerance, "mean");
      expectNear(rows.lower_bound as number[], expected[`lower${level}`], one.tolerance, `lower ${level}`);
      expectNear(rows.upper_bound as number[], expected[`upper${level}`], one.tolerance, `upper ${level}`);
    }
  });

  it("need a series that is longer than what they hold back", async () => {
    const { status } = await columns(
      `SELECT status FROM forecast(TABLE (SELECT * FROM air LIMIT 20), model => 'naive', horizon => 10, intervals => 'conformal', conformal_windows => 2)`,
    );
    expect(status).toEqual([expect.stringMatching(/2 folds of 10 steps hold 20 points back.*the series has 20 points/)]);
  });

  it("are asked for by a word that is known", async () => {
    await expect(columns("SELECT * FROM forecast(TABLE air, intervals => 'conformel')")).rejects.toThrow(
      /'model' or 'conformal', not 'conformel'/,
    );
    await expect(columns("SELECT * FROM forecast(TABLE air, intervals => 'conformal', conformal_windows => 1)")).rejects.toThrow(
      /from 2 to 1000/,
    );
  });
});

describe("ts_cv", () => {
  it.each(of("ts_cv").map((one) => [JSON.stringify(one.input), one] as const))("against %s", async (_, one) => {
    const { horizon, folds, step, window } = one.input as { horizon: number; folds: number; step: number; window: number | null };
    const expected = one.expected as { cutoff: number[]; actual: number[]; forecast: number[] };
    const rows =
      await columns(`SELECT *, date_diff('month', DATE '1949-01-01', cutoff) AS cut FROM ts_cv(TABLE air, models => 'seasonal_naive', season_length => 12,
      horizon => ${horizon}, folds => ${folds}, step => ${step}${window === null ? "" : `, "window" => ${window}`})`);
    expectNear(rows.cut.map(Number), expected.cutoff, 0, "cutoff");
    expectNear(rows.actual_value as number[], expected.actual, one.tolerance, "actual");
    expectNear(rows.forecast_value as number[], expected.forecast, one.tolerance, "forecast");
  });

  it("leaves out what lies between training and the first point that is forecast", async () => {
    const rows = await columns("SELECT * FROM ts_cv(TABLE air, models => 'naive', horizon => 2, folds => 1, gap => 3)");
    expect(rows.forecast_value).toEqual([airPassengers[138], airPassengers[138]]);
    expect(rows.actual_value).toEqual([airPassengers[142], airPassengers[143]]);
  });

  it("judges each model by the folds it can be fitted to, and says why not by others", async () => {
    const rows =
      await columns(`SELECT model, fold, status FROM ts_cv(TABLE (SELECT * FROM air LIMIT 16), models => ['naive', 'seasonal_naive'], season_length => 12, horizon => 1, folds => 5)
      WHERE status <> 'ok'`);
    expect(rows.model).toEqual(["seasonal_naive"]);
    expect(rows.fold).toEqual([1]);
    expect(rows.status).toEqual(["model seasonal_naive needs 12 points, and fold 1 has 11"]);
  });

  it("knows nothing of what it forecasts", async () => {
    const query = (table: string) =>
      `SELECT forecast_value FROM ts_cv(TABLE ${table}, models => ['auto_ets', 'theta'], horizon => 12, folds => 1)`;
    const changed = "(SELECT month, CASE WHEN month >= DATE '1960-01-01' THEN 1000 - v ELSE v END AS v FROM air)";
    expect(await columns(query(changed))).toEqual(await columns(query("air")));
  });
});

describe("compare_forecasts", () => {
  it("gives the measures", async () => {
    const [one] = of("compare_forecasts");
    const { horizon, folds } = one.input as { horizon: number; folds: number };
    const rows = await columns(
      `SELECT * FROM compare_forecasts(TABLE air, models => 'seasonal_naive', season_length => 12, horizon => ${horizon}, folds => ${folds})`,
    );
    for (const [name, value] of Object.entries(one.expected as Record<string, number>))
      expectNear(rows[name] as number[], [value], one.tolerance, name);
  });

  it("has Naive2 at an OWA of 1", async () => {
    const { owa } = await columns(
      "SELECT owa FROM compare_forecasts(TABLE (SELECT month, v FROM air), models => 'naive', season_length => 1, horizon => 4)",
    );
    expect(owa).toEqual([1]);
  });

  it("has a row for every series and model", async () => {
    const { k, model, folds } =
      await columns(`SELECT k, model, folds FROM compare_forecasts(TABLE (SELECT month, v, k FROM air, (VALUES ('a'), ('b')) s(k)),
      data_col => 'v', id_cols => ['k'], models => ['naive', 'drift'], horizon => 3) ORDER BY k, model`);
    expect(k).toEqual(["a", "a", "b", "b"]);
    expect(model).toEqual(["drift", "naive", "drift", "naive"]);
    expect(folds).toEqual([3n, 3n, 3n, 3n]);
  });
});

it("folds end with the series, a step apart", () => {
  expect(foldsOf(20, { folds: 3, horizon: 4, step: 2, gap: 1 })).toEqual([
    { from: 0, to: 11 },
    { from: 0, to: 13 },
    { from: 0, to: 15 },
  ]);
  expect(foldsOf(20, { folds: 2, horizon: 4, step: 4, gap: 0, window: 5 })).toEqual([
    { from: 7, to: 12 },
    { from: 11, to: 16 },
  ]);
  expect(() => foldsOf(10, { folds: 3, horizon: 3, step: 3, gap: 1 })).toThrow(/3 folds of 3 steps hold 10 points back/);
});
