import { PNG } from "pngjs";
import { expect, it } from "vitest";
import { renderPng, renderSvg } from "../../src/charts/png.ts";
import { fillSpec } from "../../src/charts/vegalite.ts";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session } from "../../src/index.ts";
import { chartOf } from "./table.ts";

it("draws text without system fonts", async () => {
  const chart = await chartOf("SELECT 'a' AS k, 1 AS n", 'bar title="Größe"');
  const png = PNG.sync.read(Buffer.from(await renderPng(chart.spec)));
  // The title stands above the plot: some dark pixels in the first rows.
  let dark = 0;
  for (let i = 0; i < png.width * 40 * 4; i += 4) if (png.data[i] < 80) dark++;
  expect(dark).toBeGreaterThan(100);
});

it("puts names into the picture as text, never as markup", async () => {
  const chart = await chartOf(`SELECT '<script>alert(1)</script>' AS k, 1 AS n`, "bar");
  const svg = await renderSvg(chart.spec);
  expect(svg).not.toContain("<script>");
  expect(svg).toContain("&lt;script&gt;");
});

it("a raw spec may not load files or addresses", async () => {
  const spec = { mark: "bar", encoding: {}, data: { url: "file:///etc/passwd" } };
  const session = new Session({ timeZone: "UTC", threads: 1 });
  const table = await session.query("SELECT 1 AS a");
  await session.close();
  expect(() => fillSpec(spec, table, { timeZone: "UTC", width: 100, formatValue })).toThrow('has "data" of its own');
  const layered = fillSpec({ layer: [{ mark: "bar", data: { url: "file:///etc/passwd" } }] }, table, {
    timeZone: "UTC",
    width: 100,
    formatValue,
  });
  const svg = await renderSvg(layered.spec).catch((error: Error) => error.message);
  expect(svg).not.toContain("root:");
});
