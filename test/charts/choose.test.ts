import { expect, it } from "vitest";
import { chartOf, valuesOf } from "./table.ts";

const CASES: readonly [name: string, sql: string, kind: string][] = [
  ["a time and a measure", "SELECT DATE '2024-01-01' + i::INTEGER AS day, i AS n FROM range(5) t(i)", "line"],
  ["a year and a measure", "SELECT 2000 + i AS year, i * 2.5 AS gdp FROM range(5) t(i)", "line"],
  ["categories and a measure", "SELECT 'k' || i AS name, i AS n FROM range(5) t(i)", "bar"],
  ["two measures", "SELECT i / 3 AS a, i * 2.5 AS b FROM range(5) t(i)", "scatter"],
  ["one measure", "SELECT i * 1.5 AS a FROM range(5) t(i)", "histogram"],
  ["two categories and a measure", "SELECT 'a' || i % 2 AS a, 'b' || i AS b, i * 1.0 AS v FROM range(6) t(i)", "heatmap"],
  [
    "open, high, low, close",
    "SELECT DATE '2024-01-01' + i::INTEGER AS day, 1.0 * i AS open, 2.0 * i AS high, 0.5 * i AS low, 1.5 * i AS close FROM range(5) t(i)",
    "candlestick",
  ],
  [
    "bounds",
    "SELECT DATE '2024-01-01' + i::INTEGER AS day, i - 1.0 AS lower, i + 1.0 AS upper, i * 1.0 AS mean FROM range(5) t(i)",
    "band",
  ],
  ["one category", "SELECT 'k' || i % 3 AS name FROM range(9) t(i)", "bar"],
];

for (const [name, sql, kind] of CASES) {
  it(`${name} make a ${kind} chart`, async () => {
    expect((await chartOf(sql)).kind).toBe(kind);
  });
}

it("draws one line per category", async () => {
  const chart = await chartOf("SELECT DATE '2024-01-01' + i::INTEGER AS day, i % 2 || 'x' AS kind, i AS n FROM range(10) t(i)");
  expect(new Set(valuesOf(chart).map((value) => value.c))).toEqual(new Set(["0x", "1x"]));
});

it("keeps every digit of an integer beyond a double", async () => {
  const chart = await chartOf("SELECT 'a' AS k, 9007199254740993 AS n");
  expect(valuesOf(chart)[0].t).toBe("9007199254740993");
});

it("suggests the nearest column, option and kind", async () => {
  const sql = "SELECT DATE '2024-01-01' AS day, 1 AS price";
  await expect(chartOf(sql, "line x=day y=prise")).rejects.toMatchObject({ hint: "did you mean price?" });
  await expect(chartOf(sql, "line colour=day")).rejects.toMatchObject({ hint: "did you mean color?" });
  await expect(chartOf(sql, "lien")).rejects.toMatchObject({ hint: "did you mean line?" });
});

it("refuses an option that the kind would ignore", async () => {
  await expect(chartOf("SELECT DATE '2024-01-01' AS day, 1 AS n", "line bins=3")).rejects.toThrow("has no option bins");
  await expect(chartOf("SELECT DATE '2024-01-01' AS day, 1 AS n", "histogram x=n size=day")).rejects.toThrow("has no size");
});

it("takes quoted names with blanks", async () => {
  const chart = await chartOf('SELECT 1 AS "my x", 2 AS "my y"', 'scatter x="my x" y="my y" title="A ""quoted"" title"');
  expect(chart.spec.title).toBe('A "quoted" title');
});
