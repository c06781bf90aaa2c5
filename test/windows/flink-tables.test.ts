import { beforeAll, describe, expect, test } from "vitest";
import { DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { Sql } from "../exec/sql-harness.ts";

/** The worked tables of Flink's page on window table functions, computed by hand. */

const sql = new Sql();

const at = (minute: string): bigint => BigInt(Date.parse(`2020-04-15T${minute}:00Z`)) * 1000n;

beforeAll(() => {
  const schema = [
    { name: "bidtime", type: TIMESTAMP },
    { name: "price", type: DOUBLE },
    { name: "item", type: VARCHAR },
    { name: "supplier_id", type: VARCHAR },
  ];
  sql.addRows(
    "Bid",
    schema,
    [
      [at("08:05"), 4, "C", "supplier1"],
      [at("08:07"), 2, "A", "supplier1"],
      [at("08:09"), 5, "D", "supplier2"],
      [at("08:11"), 3, "B", "supplier2"],
      [at("08:13"), 1, "E", "supplier1"],
      [at("08:17"), 6, "F", "supplier2"],
    ],
    4,
  );
  const visits = [
    { name: "bidtime", type: TIMESTAMP },
    { name: "price", type: DOUBLE },
    { name: "item", type: VARCHAR },
  ];
  sql.addRows(
    "Visits",
    visits,
    [
      [at("08:07"), 4, "A"],
      [at("08:06"), 2, "A"],
      [at("08:09"), 5, "B"],
      [at("08:08"), 3, "A"],
      [at("08:17"), 1, "B"],
    ],
    2,
  );
});

/** Rows as texts: times as `08:05`, with seconds where there are any. */
async function rows(text: string): Promise<string[]> {
  const found = await sql.rows(text);
  return found.map((row) => row.map((value) => (typeof value === "bigint" ? clock(value) : String(value))).join(" "));
}

function clock(micros: bigint): string {
  const text = new Date(Number(micros / 1000n)).toISOString().slice(11, 23);
  return text.endsWith(":00.000") ? text.slice(0, 5) : text;
}

describe("TUMBLE", () => {
  const tumble = "TABLE(TUMBLE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '10' MINUTES))";

  test("gives each row its window", async () => {
    expect(await rows(`SELECT bidtime, price, item, window_start, window_end, window_time FROM ${tumble}`)).toEqual([
      "08:05 4 C 08:00 08:10 08:09:59.999",
      "08:07 2 A 08:00 08:10 08:09:59.999",
      "08:09 5 D 08:00 08:10 08:09:59.999",
      "08:11 3 B 08:10 08:20 08:19:59.999",
      "08:13 1 E 08:10 08:20 08:19:59.999",
      "08:17 6 F 08:10 08:20 08:19:59.999",
    ]);
  });

  test("is grouped by its bounds", async () => {
    const query = `SELECT window_start, window_end, SUM(price) AS total FROM ${tumble} GROUP BY window_start, window_end ORDER BY 1`;
    expect(await rows(query)).toEqual(["08:00 08:10 11", "08:10 08:20 10"]);
    const grouped = `SELECT window_end, supplier_id, SUM(price), window_start FROM ${tumble} GROUP BY supplier_id, window_end, window_start ORDER BY 1, 2`;
    expect(await rows(grouped)).toEqual([
      "08:10 supplier1 6 08:00",
      "08:10 supplier2 5 08:00",
      "08:20 supplier1 1 08:10",
      "08:20 supplier2 9 08:10",
    ]);
  });

  test("takes named arguments, no TABLE around, and an offset", async () => {
    const named =
      "TUMBLE(DATA => TABLE Bid, TIMECOL => DESCRIPTOR(bidtime), SIZE => INTERVAL '10' MINUTES, OFFSET => INTERVAL '3' MINUTES)";
    const query = `SELECT window_start, window_end, count(*)::VARCHAR FROM ${named} GROUP BY ALL ORDER BY 1`;
    expect(await rows(query)).toEqual(["08:03 08:13 4", "08:13 08:23 2"]);
    const negative = "TUMBLE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '10' MINUTES, INTERVAL '-4' MINUTES)";
    expect(await rows(`SELECT DISTINCT window_start FROM ${negative} ORDER BY 1`)).toEqual(["07:56", "08:06", "08:16"]);
  });

  test("of windows", async () => {
    const inner = `(SELECT window_time AS t, SUM(price) AS p FROM TUMBLE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '5' MINUTES)
      GROUP BY window_start, window_end, window_time)`;
    const outer = `SELECT window_start, window_end, SUM(p) FROM TUMBLE(TABLE ${inner}, DESCRIPTOR(t), INTERVAL '10' MINUTES)
      GROUP BY window_start, window_end ORDER BY 1`;
    expect(await rows(outer)).toEqual(["08:00 08:10 11", "08:10 08:20 10"]);
  });
});

describe("HOP", () => {
  const hop = "HOP(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES)";

  test("gives each row its windows", async () => {
    expect(
      await rows(`SELECT bidtime, price, item, window_start, window_end, window_time FROM ${hop} ORDER BY bidtime, window_start`),
    ).toEqual([
      "08:05 4 C 08:00 08:10 08:09:59.999",
      "08:05 4 C 08:05 08:15 08:14:59.999",
      "08:07 2 A 08:00 08:10 08:09:59.999",
      "08:07 2 A 08:05 08:15 08:14:59.999",
      "08:09 5 D 08:00 08:10 08:09:59.999",
      "08:09 5 D 08:05 08:15 08:14:59.999",
      "08:11 3 B 08:05 08:15 08:14:59.999",
      "08:11 3 B 08:10 08:20 08:19:59.999",
      "08:13 1 E 08:05 08:15 08:14:59.999",
      "08:13 1 E 08:10 08:20 08:19:59.999",
      "08:17 6 F 08:10 08:20 08:19:59.999",
      "08:17 6 F 08:15 08:25 08:24:59.999",
    ]);
  });

  test("is grouped by its bounds", async () => {
    const query = `SELECT window_start, window_end, SUM(price) FROM ${hop} GROUP BY window_start, window_end ORDER BY 1`;
    expect(await rows(query)).toEqual(["08:00 08:10 11", "08:05 08:15 15", "08:10 08:20 10", "08:15 08:25 6"]);
  });
});

describe("CUMULATE", () => {
  const cumulate = "CUMULATE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '2' MINUTES, INTERVAL '10' MINUTES)";

  test("gives each row its windows", async () => {
    const found = await rows(
      `SELECT bidtime, price, item, window_start, window_end, window_time FROM ${cumulate} ORDER BY bidtime, window_end`,
    );
    expect(found).toEqual([
      "08:05 4 C 08:00 08:06 08:05:59.999",
      "08:05 4 C 08:00 08:08 08:07:59.999",
      "08:05 4 C 08:00 08:10 08:09:59.999",
      "08:07 2 A 08:00 08:08 08:07:59.999",
      "08:07 2 A 08:00 08:10 08:09:59.999",
      "08:09 5 D 08:00 08:10 08:09:59.999",
      "08:11 3 B 08:10 08:12 08:11:59.999",
      "08:11 3 B 08:10 08:14 08:13:59.999",
      "08:11 3 B 08:10 08:16 08:15:59.999",
      "08:11 3 B 08:10 08:18 08:17:59.999",
      "08:11 3 B 08:10 08:20 08:19:59.999",
      "08:13 1 E 08:10 08:14 08:13:59.999",
      "08:13 1 E 08:10 08:16 08:15:59.999",
      "08:13 1 E 08:10 08:18 08:17:59.999",
      "08:13 1 E 08:10 08:20 08:19:59.999",
      "08:17 6 F 08:10 08:18 08:17:59.999",
      "08:17 6 F 08:10 08:20 08:19:59.999",
    ]);
  });

  test("is grouped by its bounds", async () => {
    const query = `SELECT window_start, window_end, SUM(price) FROM ${cumulate} GROUP BY window_start, window_end ORDER BY 1, 2`;
    expect(await rows(query)).toEqual([
      "08:00 08:06 4",
      "08:00 08:08 6",
      "08:00 08:10 11",
      "08:10 08:12 3",
      "08:10 08:14 4",
      "08:10 08:16 4",
      "08:10 08:18 10",
      "08:10 08:20 10",
    ]);
  });
});

describe("SESSION", () => {
  test("per item", async () => {
    const session = "SESSION(TABLE Visits PARTITION BY item, DESCRIPTOR(bidtime), INTERVAL '5' MINUTES)";
    expect(await rows(`SELECT bidtime, price, item, window_start, window_end, window_time FROM ${session} ORDER BY item, bidtime`)).toEqual(
      [
        "08:06 2 A 08:06 08:13 08:12:59.999",
        "08:07 4 A 08:06 08:13 08:12:59.999",
        "08:08 3 A 08:06 08:13 08:12:59.999",
        "08:09 5 B 08:09 08:14 08:13:59.999",
        "08:17 1 B 08:17 08:22 08:21:59.999",
      ],
    );
    const grouped = `SELECT item, window_start, window_end, SUM(price) FROM ${session} GROUP BY item, window_start, window_end ORDER BY 1, 2`;
    expect(await rows(grouped)).toEqual(["A 08:06 08:13 9", "B 08:09 08:14 5", "B 08:17 08:22 1"]);
  });

  test("over all rows", async () => {
    const session = "SESSION(TABLE Visits, DESCRIPTOR(bidtime), INTERVAL '5' MINUTES)";
    const grouped = `SELECT window_start, window_end, SUM(price) FROM ${session} GROUP BY window_start, window_end ORDER BY 1, 2`;
    expect(await rows(grouped)).toEqual(["08:06 08:14 14", "08:17 08:22 1"]);
  });
});

test("COUNT_WINDOW counts the rows of a key", async () => {
  const count = "COUNT_WINDOW(TABLE Bid PARTITION BY supplier_id, 2)";
  const query = `SELECT supplier_id, window_start::INTEGER, window_end::INTEGER, SUM(price) FROM ${count} GROUP BY ALL ORDER BY 1, 2`;
  expect(await rows(query)).toEqual(["supplier1 0 2 6", "supplier1 2 4 1", "supplier2 0 2 8", "supplier2 2 4 6"]);
  const sliding = "COUNT_WINDOW(TABLE Bid PARTITION BY supplier_id, 2, 1)";
  const slides = `SELECT supplier_id, window_start::INTEGER, window_end::INTEGER, SUM(price) FROM ${sliding} GROUP BY ALL ORDER BY 1, 3`;
  expect(await rows(slides)).toEqual([
    "supplier1 0 1 4",
    "supplier1 0 2 6",
    "supplier1 1 3 3",
    "supplier1 2 4 1",
    "supplier2 0 1 5",
    "supplier2 0 2 8",
    "supplier2 1 3 9",
    "supplier2 2 4 6",
  ]);
});

describe("errors name what is wrong", () => {
  test.each([
    ["SELECT * FROM TUMBLE(TABLE Bid, DESCRIPTOR(bidtme), INTERVAL '1' MINUTE)", 'did you mean "bidtime"'],
    ["SELECT * FROM TUMBLE(TABLE Bid, DESCRIPTOR(price), INTERVAL '1' MINUTE)", "must be a TIMESTAMP"],
    ["SELECT * FROM TUMBLE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '1' MONTH)", "fixed length"],
    ["SELECT * FROM TUMBLE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '0' MINUTE)", "above zero"],
    ["SELECT * FROM TUMBLE(TABLE Bid, DESCRIPTOR(bidtime))", 'needs its argument "size"'],
    ["SELECT * FROM TUMBLE(TABLE Bid, DESCRIPTOR(bidtime), SIZ => INTERVAL '1' MINUTE)", 'did you mean "size"'],
    ["SELECT * FROM TUMBLE(TABLE Bid PARTITION BY item, DESCRIPTOR(bidtime), INTERVAL '1' MINUTE)", "takes no PARTITION BY"],
    ["SELECT * FROM CUMULATE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '3' MINUTE, INTERVAL '10' MINUTE)", "multiple of its step"],
    ["SELECT * FROM TUMBLLE(TABLE Bid, DESCRIPTOR(bidtime), INTERVAL '1' MINUTE)", 'did you mean "tumble"'],
    ["SELECT * FROM COUNT_WINDOW(TABLE Bid, 1.5)", "whole number"],
  ])("%s", (text, message) => {
    expect(() => sql.plan(text)).toThrow(expect.objectContaining({ span: expect.anything() }));
    expect(() => {
      try {
        sql.plan(text);
      } catch (error) {
        const { message: what, hint } = error as { message: string; hint?: string };
        throw new Error(`${what} ${hint ?? ""}`);
      }
    }).toThrow(message);
  });
});
