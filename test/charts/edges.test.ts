import { expect, it } from "vitest";
import { renderSvg } from "../../src/charts/png.ts";
import { fillSpec } from "../../src/charts/vegalite.ts";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session } from "../../src/index.ts";
import { chartOf, valuesOf } from "./table.ts";

/** Every text of the drawn chart. */
async function textsOf(sql: string, options: string): Promise<string[]> {
  const svg = await renderSvg((await chartOf(sql, options)).spec);
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);
}

it("says that a result is empty, whatever the kind", async () => {
  for (const options of ["", "line", "histogram", "bar"]) {
    const sql = "SELECT 1 AS a, 2 AS b WHERE false";
    expect((await chartOf(sql, options)).summary).toContain("the result has no rows");
    expect(await textsOf(sql, options)).toEqual(["the result has no rows"]);
  }
  await expect(chartOf("SELECT 1 AS a WHERE false", "line x=nosuch")).rejects.toThrow('no column "nosuch"');
});

it("warns of a column without values", async () => {
  const chart = await chartOf("SELECT i, NULL::DOUBLE AS v FROM range(3) t(i)", "line x=i y=v");
  expect(chart.warnings).toEqual(["y=v has no value that can be drawn"]);
});

it("leaves zero and below out of logarithmic axes, and says so", async () => {
  const chart = await chartOf("SELECT i, i - 2 AS v FROM range(8) t(i)", "line x=i y=v log=y");
  expect(chart.warnings).toEqual(["3 values of v left out: a logarithmic axis has no place for zero and below"]);
  expect(valuesOf(chart).map((value) => value.y)).toEqual([null, null, null, 1, 2, 3, 4, 5]);
});

it("draws logarithmic bars from the power of ten below the least", async () => {
  const svg = await renderSvg((await chartOf("SELECT 'k' || i AS k, pow(10, i) AS v FROM range(1, 4) t(i)", "bar log=y")).spec);
  expect(svg).not.toContain("NaN");
  const bars = [...svg.matchAll(/aria-roledescription="bar" d="M[\d.]+,([\d.]+)h[\d.]+v([\d.]+)/g)];
  expect(bars.map((bar) => Math.round(Number(bar[2])))).toEqual([100, 200, 300]);
});

it("shows one point as a point, on axes that name its values", async () => {
  const sql = "SELECT DATE '2024-01-01' AS d, 3.5 AS v";
  expect(valuesOf(await chartOf(sql, "line"))[0].lone).toBe(true);
  expect(await textsOf(sql, "line")).toContain("3.5");
});

it("puts no fractions between a few whole numbers", async () => {
  expect(await textsOf("SELECT i, i AS v FROM range(5) t(i)", "line x=i y=v")).toEqual([..."01234", "i", ..."01234", "v"]);
});

it("writes years without a comma", async () => {
  expect(await textsOf("SELECT 2000 + i AS year, i AS v FROM range(20) t(i)", "line")).toContain("2010");
});

it("names the whole time on an axis of a few seconds", async () => {
  const labels = await textsOf(
    "SELECT TIMESTAMP '2024-01-01 10:00:00' + to_milliseconds(i * 37) AS t, i AS v FROM range(100) t(i)",
    "line",
  );
  expect(labels).toContain("10:00:00.500");
});

it("breaks a title that is wider than the chart", async () => {
  const title = "a title of many words ".repeat(8).trim();
  const chart = await chartOf("SELECT i, i AS v FROM range(5) t(i)", `line x=i y=v title="${title}"`, 400);
  expect((chart.spec.title as string[]).join(" ")).toBe(title);
  expect(Math.max(...(chart.spec.title as string[]).map((line) => line.length))).toBeLessThan(46);
});

it("counts times in bins that a clock knows", async () => {
  const chart = await chartOf("SELECT TIMESTAMP '2024-01-01' + to_minutes(i * 7) AS t FROM range(1000) t(i)", "histogram x=t");
  const [first] = valuesOf(chart) as { x: number; x2: number }[];
  expect((first.x2 - first.x) % 3_600_000).toBe(0);
});

it("says what a raw spec gets wrong", async () => {
  const session = new Session({ threads: 1 });
  const table = await session.query("SELECT 1 AS price");
  const environment = { timeZone: "UTC", width: 400, formatValue };
  expect(() => fillSpec({ mark: "lin" }, table, environment)).toThrow('Vega-Lite has no mark "lin"');
  const { warnings } = fillSpec({ mark: "bar", encoding: { x: { field: "prise" } } }, table, environment);
  expect(warnings).toEqual([`the spec names the field "prise", which the rows have not; did you mean "price"?`]);
  const { spec } = fillSpec({ layer: 5 }, table, environment);
  await expect(renderSvg(spec)).rejects.toThrow("Vega-Lite cannot draw this spec");
  await session.close();
});
