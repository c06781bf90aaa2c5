import { describe, expect, it } from "vitest";
import { DOUBLE, VARCHAR } from "../../src/core/types.ts";
import type { Table } from "../../src/core/vector.ts";
import { modelFunctions } from "../../src/ml/functions.ts";
import { Choices, randomStream } from "../differential/choices.ts";
import { rowsOf } from "../exec/operator-harness.ts";
import { Sql, textsOf } from "../exec/sql-harness.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";
import { generateTables, type Rows, shuffled } from "../streaming-equivalence/tables.ts";
import { logisticModel } from "./logistic-model.ts";

const INPUTS = [
  { name: "x", type: DOUBLE },
  { name: "n", type: DOUBLE },
  { name: "k", type: VARCHAR },
];
const model = () => logisticModel("m", { inputs: INPUTS, weights: [0.2, -0.1, 0.3] });

/** Queries over streams `{a}` and a table `{d}`. Scores are rounded where sums of them depend on the order of rows. */
const QUERIES = [
  "SELECT ts, k, predict('m', x, n, k), predict_proba('m', x, n, k)[1] FROM {a}",
  "SELECT ts, label FROM ML_PREDICT(TABLE {a}, MODEL m, DESCRIPTOR(x, n, k)) WHERE label = 1",
  "SELECT * FROM ML_PREDICT(TABLE (SELECT ts, k AS z, n AS y, x AS w FROM {a}), MODEL m, DESCRIPTOR(w, y, z))",
  "SELECT window_start, window_end, label, count(*) FROM TUMBLE(TABLE (SELECT ts, label FROM ML_PREDICT(TABLE {a}, MODEL m)), DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, label",
  "SELECT window_end, sum(predict('m', x, n, k)) FROM HOP(TABLE {a}, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_end",
  "SELECT predict('m', x, n, k) AS label, count(*) FROM {a} GROUP BY label",
  "SELECT ts, label FROM {a} JOIN {d} ON {a}.k = {d}.k WHERE predict('m', x, w, label) = 0",
  "SELECT row_count, round(accuracy, 6), round(f1_score, 6), round(roc_auc, 6), round(log_loss, 6) FROM ML_EVALUATE(TABLE (SELECT *, CAST(x > 0 AS BIGINT) AS truth FROM {a}), MODEL m, DESCRIPTOR(truth), DESCRIPTOR(x, n, k))",
  "SELECT row_count, round(rmse, 6), round(r2, 6) FROM ML_EVALUATE(TABLE (SELECT *, CAST(x > 0 AS BIGINT) AS truth FROM {a}), MODEL m, DESCRIPTOR(truth), DESCRIPTOR(x, n, k), 'regression')",
];

const named = (query: string, from: "s" | "t") => query.replaceAll("{a}", `${from}a`).replaceAll("{d}", "td");
const texts = ({ batches }: Pick<Table, "batches">): string[] => textsOf(rowsOf(batches)).sort();
const choices = new Choices([], randomStream(11));
const { a, d } = generateTables(choices);

async function overTables(query: string): Promise<string[]> {
  const sql = new Sql();
  sql.functions.registerAll(modelFunctions);
  sql.models.add(model());
  sql.addRows("ta", a.schema, a.rows, 1024);
  sql.addRows("td", d.schema, d.rows, 1024);
  return textsOf(await sql.rows(named(query, "t"))).sort();
}

function engine(batchRows: number, order: (rows: Rows["rows"]) => Rows["rows"]): StreamEngine {
  const streams = new StreamEngine(d);
  streams.functions.registerAll(modelFunctions);
  streams.models.add(model());
  streams.setStream("sa", a.schema, order(a.rows), batchRows);
  return streams;
}

describe("models over streams give what they give over tables", () => {
  it.each(QUERIES)("%s", async (query) => {
    const rows = await overTables(query);
    expect(rows.length).toBeGreaterThan(0);
    for (const batchRows of [1, 7, 1024]) {
      for (const isShuffled of [false, true]) {
        const streams = engine(batchRows, (given) => (isShuffled ? shuffled(given, choices) : given));
        for (const restoreAfter of [undefined, choices.between(1, 20)]) {
          const { table, late } = await streams.run(named(query, "s"), { restoreAfter });
          const variant = `batches of ${batchRows}${isShuffled ? ", shuffled" : ""}, restored after ${restoreAfter}`;
          expect({ variant, late, rows: texts(table) }).toEqual({ variant, late: 0, rows });
        }
      }
    }
  });

  it("keeps the event time and the mode of the stream, and ML_EVALUATE is a row that changes", () => {
    const streams = engine(7, (given) => given);
    expect(streams.plan("SELECT * FROM ML_PREDICT(TABLE sa, MODEL m)").stream.properties).toMatchObject({
      times: [0],
      changelog: "append",
    });
    const evaluation = streams.plan("SELECT accuracy FROM ML_EVALUATE(TABLE sa, MODEL m, DESCRIPTOR(n), DESCRIPTOR(x, n, k))");
    expect(evaluation.stream.properties).toMatchObject({ changelog: "retract", key: [] });
  });

  it.each([
    ["*", "", "rows"],
    ["accuracy, f1_score, log_loss", "", "bounded"],
    ["*", ", task => 'regression'", "bounded"],
  ])("says what ML_EVALUATE keeps: SELECT %s %s holds %s", (columns, task, state) => {
    const table = "TABLE (SELECT *, CAST(x > 0 AS BIGINT) AS truth FROM sa), MODEL m, DESCRIPTOR(truth), DESCRIPTOR(x, n, k)";
    const { stream } = engine(7, (given) => given).plan(`SELECT ${columns} FROM ML_EVALUATE(${table}${task})`);
    expect([...stream.nodes.values()].map((node) => node.state)).toContain(state);
    expect([...stream.nodes.values()].some((node) => node.state === "rows")).toBe(state === "rows");
  });
});
