import { expect, test } from "vitest";
import { buildChart, type Chart } from "../../src/charts/chart.ts";
import { renderPng } from "../../src/charts/png.ts";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session } from "../../src/index.ts";
import { valuesOf } from "./table.ts";

/** Charts that are drawn anew from moment to moment. */

async function liveChart(
  sql: string,
  options: string,
  live: { maxPoints: number; range?: [number, number] } = { maxPoints: 400 },
): Promise<Chart> {
  const session = new Session({ timeZone: "UTC", threads: 1 });
  try {
    return buildChart(await session.query(sql), options, { timeZone: "UTC", width: 560, formatValue, live });
  } finally {
    await session.close();
  }
}

const rows = (count: number, from: string) =>
  `SELECT TIMESTAMP '${from}' + range * INTERVAL '1 millisecond' AS ts, 's' || (range % 3) AS symbol, range::DOUBLE / 7 AS price,
    range::DOUBLE AS open, range + 2.0 AS high, range - 1.0 AS low, range + 1.0 AS close FROM range(${count})`;

const shape = ({ spec }: Chart): string => JSON.stringify({ ...spec, data: undefined });

const OPTIONS = [
  "line x=ts y=price",
  "line x=ts y=price,open",
  "line x=ts y=price color=symbol",
  "area x=ts y=price",
  "scatter x=price y=open",
  "candlestick x=ts",
  "band x=ts lower=low upper=high",
];

test.each(OPTIONS)("%s: the structure does not depend on how many rows there are, nor on their times", async (options) => {
  const charts = [
    await liveChart(rows(5, "2026-01-01 12:00:00"), options),
    await liveChart(rows(4000, "2026-01-01 12:00:00"), options),
    await liveChart(rows(100, "2027-06-01 00:00:00"), options),
  ];
  const shapes = charts.map((chart) => shape(chart).replace(/"size":\d+/, ""));
  expect(new Set(shapes).size).toBe(1);
});

test.each([...OPTIONS, "bar x=symbol y=price", "histogram x=price", "heatmap x=symbol y=symbol color=price", ""])(
  "%s: before there are rows there is something to draw",
  async (options) => {
    const chart = await liveChart(`${rows(10, "2026-01-01")} WHERE range < 0`, options);
    expect((await renderPng(chart.spec)).length).toBeGreaterThan(500);
  },
);

test("points stay within what was asked for, extremes included", async () => {
  const chart = await liveChart(rows(20_000, "2026-01-01"), "line x=ts y=price color=symbol", { maxPoints: 300 });
  const values = valuesOf(chart);
  expect(values.length).toBeLessThanOrEqual(300);
  expect(Math.max(...values.map((value) => Number(value.y)))).toBeCloseTo(19_999 / 7, 2);
});

test("times stay exact, and other numbers have no more digits than a picture shows", async () => {
  const [value] = valuesOf(
    await liveChart("SELECT TIMESTAMP '2026-01-01 12:00:00.123456' AS ts, 1.0::DOUBLE / 3 AS price", "line x=ts y=price"),
  );
  expect(value).toMatchObject({ x: Date.UTC(2026, 0, 1, 12) + 123.456, y: 0.3333333 });
});

test("colours do not follow the order in which series come", async () => {
  const query = (order: string) => `SELECT * FROM (${rows(9, "2026-01-01")}) ORDER BY symbol ${order}`;
  const options = "line x=ts y=price color=symbol";
  expect(shape(await liveChart(query("ASC"), options))).toBe(shape(await liveChart(query("DESC"), options)));
});

test("within a range of x, only its points and one neighbour on each side are drawn", async () => {
  const from = Date.UTC(2026, 0, 1) + 1000;
  const chart = await liveChart(`SELECT ts, price FROM (${rows(5000, "2026-01-01")})`, "line x=ts y=price", {
    maxPoints: 400,
    range: [from, from + 50],
  });
  const xs = valuesOf(chart).map((value) => Number(value.x) - from);
  expect(xs).toEqual(Array.from({ length: 53 }, (_, i) => i - 1));
});
