import { afterAll, expect, test } from "vitest";
import { rowObjects, Session } from "../../src/index.ts";

const session = new Session({ threads: 1 });
afterAll(() => session.close());

test("rows are plain objects that lose no digit", async () => {
  const table = await session.query(`SELECT 1 AS a, 9007199254740993 AS big, 1.50 AS d, 'nan'::DOUBLE AS nan, NULL AS n, true AS b,
    TIMESTAMP '2024-01-02 03:04:05.000006' AS t, {'x': [1, 2]} AS s, 2 AS a`);
  expect([...rowObjects(table)]).toEqual([
    {
      a: 1,
      big: "9007199254740993",
      d: 1.5,
      nan: "nan",
      n: null,
      b: true,
      t: "2024-01-02T03:04:05.000006",
      s: { x: [1, 2] },
      a_1: 2,
    },
  ]);
});
