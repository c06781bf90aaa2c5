import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { sessionWith } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-live-model-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { run } = sessionWith([], { cwd: dataFolder() });
const INPUTS = "INPUT (age FLOAT, sex FLOAT, bmi FLOAT, bp FLOAT)";

/** Asks until a query gives so many rows. */
async function rowsOnceThere(sql: string, count: number) {
  for (;;) {
    const { rows } = await run(sql);
    if (rows.length >= count) return rows;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A followed file of patients, as a stream. */
async function patients(name: string, lines: string): Promise<string> {
  const file = join(folder, `${name}.csv`);
  writeFileSync(file, `id,age,sex,bmi,bp\n${lines}`);
  await run(
    `CREATE STREAM ${name} (id INTEGER, age DOUBLE, sex DOUBLE, bmi DOUBLE, bp DOUBLE) WITH (connector = 'file', path = '${file}', follow = true, poll_interval = '20 milliseconds')`,
  );
  return file;
}

describe("streams that run while their model gets a newer version", { timeout: 60_000 }, () => {
  it("go on with it, but for those that name theirs", async () => {
    const file = await patients("patients", "1,0,0,0,0\n");
    await run(`CREATE MODEL diabetes ${INPUTS} WITH ('path' = 'diabetes.onnx')`);
    await run("CREATE MATERIALIZED VIEW newest AS SELECT id, predict('diabetes', age, sex, bmi, bp) AS y FROM patients");
    await run("CREATE MATERIALIZED VIEW pinned AS SELECT id, variable AS y FROM ML_PREDICT(TABLE patients, MODEL diabetes@1)");
    await rowsOnceThere("FROM newest", 1);
    await rowsOnceThere("FROM pinned", 1);

    await run(`CREATE OR REPLACE MODEL diabetes ${INPUTS} WITH ('path' = 'diabetes-shifted.onnx')`);
    appendFileSync(file, "2,0,0,0,0\n");
    expect(await rowsOnceThere("SELECT round(y) FROM newest ORDER BY id", 2)).toEqual([[152], [1152]]);

    await run(`CREATE OR REPLACE MODEL diabetes ${INPUTS} WITH ('path' = 'diabetes-shifted.onnx', 'nulls' = 'nan')`);
    appendFileSync(file, "3,,0,0,0\n");
    expect(await rowsOnceThere("SELECT round(y) FROM newest ORDER BY id", 3)).toEqual([[152], [1152], [Number.NaN]]);
    expect(await rowsOnceThere("SELECT round(y) FROM pinned ORDER BY id", 3)).toEqual([[152], [152], [null]]);
  });

  it("go on where it is dropped, and its process ends with them", async () => {
    const file = await patients("dropped", "1,0,0,0,0\n");
    await run(`CREATE MODEL leaving ${INPUTS} WITH ('path' = 'diabetes.onnx')`);
    await run("CREATE MATERIALIZED VIEW scored AS SELECT id, predict('leaving', age, sex, bmi, bp) AS y FROM dropped");
    await rowsOnceThere("FROM scored", 1);
    await run("DROP MODEL leaving");
    appendFileSync(file, "2,0,0,0,0\n");
    expect(await rowsOnceThere("SELECT round(y) FROM scored ORDER BY id", 2)).toEqual([[152], [152]]);
    await expect(run("SELECT predict('leaving', 0, 0, 0, 0)")).rejects.toThrow('model "leaving" does not exist');
    await run("DROP MATERIALIZED VIEW scored");
  });

  it("stay with the earlier one where rows are taken back, which must look as they did", async () => {
    const file = await patients("sums", "1,0,0,0,0\n2,0,0,0,0\n");
    await run(`CREATE MODEL summed ${INPUTS} WITH ('path' = 'diabetes.onnx')`);
    await run(
      "CREATE MATERIALIZED VIEW buckets AS SELECT bucket, count(*) AS n, sum(times) AS times FROM (SELECT id, times, round(predict('summed', s, 0, 0, 0)) AS bucket FROM (SELECT id, sum(age) AS s, count(*) AS times FROM sums GROUP BY id)) GROUP BY bucket",
    );
    await rowsOnceThere("FROM buckets WHERE n = 2", 1);
    const { text } = await run(`CREATE OR REPLACE MODEL summed ${INPUTS} WITH ('path' = 'diabetes-shifted.onnx')`);
    expect(text).toContain("1 running query goes on with the earlier definition (rows that it was called for may be taken back)");
    appendFileSync(file, "1,0.00001,0,0,0\n3,0,0,0,0\n");
    expect(await rowsOnceThere("SELECT bucket, n, times FROM buckets WHERE n = 3", 1)).toEqual([[152, 3n, 4n]]);
    expect(await rowsOnceThere("FROM buckets", 1)).toHaveLength(1);
  });
});
