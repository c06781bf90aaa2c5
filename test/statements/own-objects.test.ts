import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import { Session } from "../../src/session.ts";

/** A model of the notebooks, beside the build. */
const MODEL = fileURLToPath(new URL("../../../notebooks/models/churn.onnx", import.meta.url));

let session: Session;
beforeAll(() => {
  session = new Session({ threads: 1 });
});
afterAll(() => session.close());

/** Rows of the last statement that has some, each by column name; or the messages. */
async function run(sql: string): Promise<Record<string, Value>[]> {
  let rows: Record<string, Value>[] = [];
  await session.run(sql, {
    onOutput: ({ output }) => {
      if ("message" in output) rows = [{ message: output.message }];
      if (!("table" in output)) return;
      const { schema, batches } = output.table;
      rows = batches.flatMap((batch) =>
        Array.from({ length: batch.length }, (_, row) =>
          Object.fromEntries(schema.map(({ name }, c) => [name, valueAt(batch.columns[c], row)])),
        ),
      );
    },
  });
  return rows;
}
const facts = async (sql: string) => (await run(sql)).map(({ property, value }) => [property, value]);
const failure = (sql: string) =>
  run(sql).then(
    () => undefined,
    ({ message, hint, span }) => ({ message, hint, at: span && sql.slice(span.start, span.end) }),
  );

const DOUBLED = "CREATE OR REPLACE FUNCTION doubled(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x * 2 $$";
const HALVED = `CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$
/** Half of it. */
export async function halved(x: number): Promise<number> { return x / 2 }
$$`;

describe("functions", () => {
  test("own ones come first in SHOW FUNCTIONS, with kind, types and origin", async () => {
    await run(`${DOUBLED}; ${HALVED}`);
    const rows = await run("SHOW FUNCTIONS");
    expect(
      rows.slice(0, 2).map(({ name, kind, signature, origin, description }) => ({ name, kind, signature, origin, description })),
    ).toEqual([
      { name: "doubled", kind: "scalar", signature: "doubled(x DOUBLE) → DOUBLE", origin: "session", description: "" },
      { name: "halved", kind: "async", signature: "halved(x DOUBLE) → DOUBLE", origin: "session", description: "Half of it." },
    ]);
    expect(rows.find(({ name }) => name === "abs")).toMatchObject({ kind: "scalar", origin: "built in", signature: "abs(x)" });
  });

  test("DESCRIBE FUNCTION tells what defines one, and each signature of a built-in one", async () => {
    await run(DOUBLED);
    expect(await facts("DESCRIBE FUNCTION DOUBLED")).toEqual(
      expect.arrayContaining([
        ["kind", "scalar"],
        ["signature", "doubled(x DOUBLE) → DOUBLE"],
        ["origin", "session"],
        ["definition", DOUBLED],
      ]),
    );
    expect((await facts("DESCRIBE FUNCTION round")).filter(([property]) => property === "signature").length).toBeGreaterThan(1);
    expect(await failure("DESCRIBE FUNCTION doubld")).toEqual({
      ...{ message: 'function "doubld" does not exist', hint: 'did you mean "doubled"?', at: "doubld" },
    });
  });

  test("DROP FUNCTION drops own ones only", async () => {
    await run(`${DOUBLED}; ${HALVED}`);
    expect(await run("DROP FUNCTION doubled, halved")).toEqual([{ message: "dropped function doubled, halved" }]);
    expect(await run("DROP FUNCTION IF EXISTS doubled")).toEqual([{ message: "nothing to drop" }]);
    expect((await failure("DROP FUNCTION doubled"))?.message).toBe('function "doubled" does not exist');
    expect(await failure("DROP FUNCTION abs")).toMatchObject({ message: "abs is a built-in function and cannot be dropped", at: "abs" });
  });
});

describe("models", () => {
  const create = (more = "") => `CREATE OR REPLACE MODEL churn WITH ('provider' = 'onnx', 'path' = '${MODEL}'${more})`;

  test("SHOW MODELS, DESCRIBE MODEL and DROP MODEL by version", async () => {
    await run(`${create()}; ${create(", 'nulls' = 'error'")}`);
    const rows = await run("SHOW MODELS");
    expect(rows.map(({ name, version, provider, path }) => [name, version, provider, path])).toEqual([
      ["churn", 1, "onnx", MODEL],
      ["churn", 2, "onnx", MODEL],
    ]);
    expect(rows[0].size).toBeGreaterThan(1000);
    expect(rows[0].created).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
    expect(await facts("DESCRIBE MODEL churn")).toEqual(
      expect.arrayContaining([
        ["version", "2"],
        ["nulls", "error"],
      ]),
    );
    expect(await facts("DESCRIBE MODEL churn@1")).toEqual(
      expect.arrayContaining([
        ["version", "1"],
        ["nulls", "null"],
      ]),
    );
    expect(await failure("DESCRIBE MODEL churn@7")).toEqual({
      message: 'model "churn" has no version 7',
      hint: "it has 1, 2",
      at: "churn@7",
    });
    expect(await failure("DESCRIBE MODEL chrn")).toEqual({
      message: 'model "chrn" does not exist',
      hint: 'did you mean "churn"?',
      at: "chrn",
    });
    expect(await run("DROP MODEL churn@1")).toEqual([{ message: "dropped model churn@1" }]);
    expect(await failure("DROP MODEL churn@1")).toMatchObject({ message: 'model "churn" has no version 1' });
    expect(await run("DROP MODEL IF EXISTS churn@1")).toEqual([{ message: "nothing to drop" }]);
    await run("DROP MODEL churn");
    expect(await run("SHOW MODELS")).toEqual([]);
  });
});

describe("packs", () => {
  test("SHOW PACKS, DESCRIBE PACK and DROP PACK", async () => {
    expect((await run("SHOW PACKS LIKE 'fin%'")).map(({ name, loaded }) => [name, loaded])).toEqual([["finance", false]]);
    await run("LOAD finance");
    expect((await run("SHOW PACKS LIKE 'fin%'")).map(({ name, loaded }) => [name, loaded])).toEqual([["finance", true]]);
    expect((await run("DESCRIBE PACK finance")).map(({ name }) => name)).toContain("finance.vwap");
    expect(await facts("DESCRIBE FUNCTION finance.vwap")).toEqual(
      expect.arrayContaining([
        ["origin", "finance"],
        ["kind", "aggregate"],
      ]),
    );
    await run("DROP PACK finance");
    expect((await failure("DESCRIBE FUNCTION finance.vwap"))?.message).toBe('function "finance.vwap" does not exist');
  });
});
