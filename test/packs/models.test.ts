import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Session, type Table, valueAt } from "../../src/index.ts";
import { shippedFolder } from "../../src/udf/packs/folders.ts";
import { testFolder, writePack } from "./folders.ts";

const folder = testFolder();
let session: Session;
beforeEach(() => {
  session = new Session({ timeZone: "UTC", threads: 1, cwd: folder.path });
});
afterEach(() => session.close());

const FILES = { "a.ts": "export const twice = (x: number): number => 2 * x;\n" };
const churn = join(shippedFolder(), "..", "notebooks", "models", "churn.onnx");
const rows = ({ batches }: Table) =>
  batches.flatMap((batch) => Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => valueAt(column, row))));
const query = async (sql: string) => rows(await session.query(sql));
const shown = async () => (await query("SHOW MODELS")).map(([name, version]) => [name, version]);
const write = (models: readonly Readonly<Record<string, unknown>>[]) => {
  const path = writePack(join(folder.path, "crm"), { name: "crm", files: FILES, models });
  cpSync(churn, join(path, "churn.onnx"));
  return path;
};

const MODEL = { name: "churn", path: "churn.onnx" };
const CUSTOMER = "'monthly', 'fibre', 'check', 3, 70, 2";

it("a pack's models are made when it is loaded, and leave with it", async () => {
  write([MODEL]);
  await session.run("LOAD './crm'");
  expect(await shown()).toEqual([["crm.churn", 1]]);
  expect(await query(`SELECT predict('crm.churn', ${CUSTOMER}), crm.twice(2)`)).toEqual([["lost", 4]]);
  expect(await query("DESCRIBE PACK crm")).toContainEqual(["crm.churn", "model", null, null, "churn.onnx", null, null]);
  await session.run("LOAD './crm'");
  expect(await shown()).toEqual([["crm.churn", 1]]);
  await session.run("DROP PACK crm");
  expect(await shown()).toEqual([]);
});

it("a pack's model is named with its pack in every place", async () => {
  write([MODEL]);
  await session.run("LOAD './crm'");
  await session.run("CREATE TABLE customers AS SELECT * FROM './customers.csv'").catch(() => undefined);
  const columns = (await query("DESCRIBE MODEL crm.churn")).filter(([what]) => String(what).startsWith("input"));
  expect(columns.length).toBeGreaterThan(0);
  const table = `(SELECT * FROM (VALUES (${CUSTOMER})) AS c(a, b, c, d, e, f))`;
  const call = (model: string) => query(`SELECT p.* FROM ML_PREDICT(TABLE ${table}, MODEL ${model}, DESCRIPTOR(a, b, c, d, e, f)) AS p`);
  const [[...row]] = await call("crm.churn");
  expect(row).toContain("lost");
  for (const name of ["crm.churn@1", "CRM.Churn", '"crm"."churn"', '"crm.churn"']) expect(await call(name)).toEqual([row]);
  expect(await query(`SELECT predict('crm.churn@1', ${CUSTOMER}), predict('crm.churn', ${CUSTOMER})`)).toEqual([["lost", "lost"]]);
  expect(
    await query(`SELECT count(*) FROM ML.PREDICT(MODEL crm.churn, TABLE ${table.replace("a, b, c, d, e, f", "a, b, c, d, e, f")})`).catch(
      (e: Error) => e.message,
    ),
  ).toMatch(/no column has the name of an input/);
});

it("a model that has changed gets another version, one that is gone leaves", async () => {
  write([MODEL, { ...MODEL, name: "other" }]);
  await session.run("LOAD './crm'");
  write([{ ...MODEL, nulls: "error" }]);
  await session.run("LOAD './crm'");
  expect(await shown()).toEqual([
    ["crm.churn", 1],
    ["crm.churn", 2],
  ]);
  await expect(query(`SELECT predict('crm.churn', NULL, 'fibre', 'check', 3, 70, 2)`)).rejects.toThrow("NULL");
});

it("a model that cannot be made leaves the pack as it was", async () => {
  const path = write([MODEL]);
  await session.run("LOAD './crm'");
  writePack(path, { name: "crm", files: FILES, models: [MODEL, { ...MODEL, name: "second", nuls: "error" }] });
  await expect(session.run("LOAD './crm'")).rejects.toThrow("nuls");
  writePack(path, { name: "crm", files: FILES, models: [{ ...MODEL, input: { contract: "NO SUCH TYPE" } }] });
  await expect(session.run("LOAD './crm'")).rejects.toThrow();
  writePack(path, { name: "crm", files: FILES, models: [{ ...MODEL, nulls: "nan" }] });
  writeFileSync(join(path, "a.ts"), "export const twice = (x: number): number => ;\n");
  await expect(session.run("LOAD './crm'")).rejects.toThrow(/a\.ts:1:\d+/);
  expect(await shown()).toEqual([["crm.churn", 1]]);
  expect(await query("SELECT crm.twice(2)")).toEqual([[4]]);
});
