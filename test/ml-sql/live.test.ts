import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { sessionWith } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-live-model-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "patients.csv");
const { run } = sessionWith([], { cwd: dataFolder() });

/** Asks until a query gives so many rows. */
async function rowsOnceThere(sql: string, count: number) {
  for (;;) {
    const { rows } = await run(sql);
    if (rows.length >= count) return rows;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it("a stream that runs goes on with a newer version, and one that names its version stays with it", { timeout: 60_000 }, async () => {
  writeFileSync(file, "id,age,sex,bmi,bp\n1,0,0,0,0\n");
  await run("CREATE MODEL diabetes INPUT (age FLOAT, sex FLOAT, bmi FLOAT, bp FLOAT) WITH ('path' = 'diabetes.onnx')");
  await run(
    `CREATE STREAM patients (id INTEGER, age DOUBLE, sex DOUBLE, bmi DOUBLE, bp DOUBLE) WITH (connector = 'file', path = '${file}', follow = true, poll_interval = '20 milliseconds')`,
  );
  await run("CREATE MATERIALIZED VIEW newest AS SELECT id, predict('diabetes', age, sex, bmi, bp) AS y FROM patients");
  await run("CREATE MATERIALIZED VIEW pinned AS SELECT id, variable AS y FROM ML_PREDICT(TABLE patients, MODEL diabetes@1)");
  const [[, before]] = await rowsOnceThere("SELECT id, y FROM newest", 1);
  await rowsOnceThere("FROM pinned", 1);
  expect(before).toEqual(expect.closeTo(152, 0));

  await run("CREATE OR REPLACE MODEL diabetes INPUT (age FLOAT, sex FLOAT, bmi FLOAT, bp FLOAT) WITH ('path' = 'diabetes-shifted.onnx')");
  appendFileSync(file, "2,0,0,0,0\n");
  const newest = await rowsOnceThere("SELECT id, round(y) FROM newest ORDER BY id", 2);
  expect(newest).toEqual([
    [1, 152],
    [2, 1152],
  ]);
  expect(await rowsOnceThere("SELECT id, round(y) FROM pinned ORDER BY id", 2)).toEqual([
    [1, 152],
    [2, 152],
  ]);
});
