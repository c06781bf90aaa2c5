// Draws every kind of chart twice, as the PNG of a saved notebook and as the live chart in Chromium, and compares marks, scales, labels and pixels.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import { buildChart } from "../dist/src/charts/chart.js";
import { renderPng, vegaView } from "../dist/src/charts/png.js";
import { formatValue } from "../dist/src/functions/cast/index.js";
import { Session } from "../dist/src/index.js";

const require = createRequire(import.meta.url);
/** Some packages export no path to their page scripts, so the folder is found by the package's main file. */
const script = (name) =>
  readFileSync(join(require.resolve(name).replace(/([/\\]node_modules[/\\][^/\\]+).*$/, "$1"), "build", `${name}.min.js`), "utf8");
const font = readFileSync(require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")).toString("base64");

/** Share of pixels that may differ: edges are smoothed differently, and text is laid out to fractions of a pixel. */
const TOLERANCE = 0.02;

const CASES = {
  line: ["SELECT TIMESTAMP '2024-01-01' + to_hours(i::INTEGER) AS ts, sin(i / 9.0) AS v FROM range(200) t(i)", "line"],
  "line of a million rows": ["SELECT TIMESTAMP '2024-01-01' + to_seconds(i) AS ts, sin(i / 50000.0) AS v FROM range(1000000) t(i)", "line"],
  area: ["SELECT i AS x, i % 3 || 'k' AS k, 1.0 + i % 5 AS v FROM range(60) t(i)", "area x=x y=v color=k"],
  bar: ["SELECT 'k' || i AS k, i * i AS v FROM range(6) t(i)", "bar"],
  scatter: ["SELECT (i * 37 % 101) AS a, (i * 53 % 97) * 1.5 AS b FROM range(80) t(i)", "scatter x=a y=b"],
  histogram: ["SELECT (i * 37 % 101) + (i * 53 % 97) * 1.5 AS v FROM range(900) t(i)", "histogram"],
  heatmap: ["SELECT 'a' || i % 4 AS a, 'b' || i // 4 AS b, i * 1.0 AS v FROM range(20) t(i)", "heatmap"],
  candlestick: [
    "SELECT DATE '2024-01-01' + i::INTEGER AS day, 10.0 + i % 4 AS open, 15.0 + i % 3 AS high, 8.0 - i % 2 AS low, 10.0 + i % 5 AS close FROM range(20) t(i)",
    "candlestick",
  ],
  band: ["SELECT DATE '2024-01-01' + i::INTEGER AS day, i - 2.0 AS lower, i * 1.0 AS mean, i + 2.0 AS upper FROM range(20) t(i)", "band"],
};

/** Marks by kind, texts, and scale domains of a scenegraph; runs here and in the page. */
function describeView(view) {
  const marks = {};
  const texts = [];
  const visit = (mark) => {
    for (const item of mark.items ?? []) {
      if (mark.marktype === "group") for (const child of item.items ?? []) visit(child);
      else marks[mark.marktype] = (marks[mark.marktype] ?? 0) + 1;
      if (mark.marktype === "text" && item.opacity !== 0) texts.push(String(item.text));
    }
  };
  visit(view.scenegraph().root);
  const domains = {};
  for (const name of ["x", "y", "color"]) {
    try {
      domains[name] = Array.from(view.scale(name).domain(), Number.isNaN(Number(view.scale(name).domain()[0])) ? String : Number);
    } catch {
      // The chart has no such scale.
    }
  }
  return JSON.stringify({ marks, texts: texts.sort(), domains });
}

/** Compares each kind; `check(name, run)` counts. */
export async function compareCharts(browser, check) {
  const session = new Session({ timeZone: "UTC" });
  const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  await page.setContent(
    `<style>@font-face{font-family:"DejaVu Sans";src:url(data:font/ttf;base64,${font})}body{margin:0;font-family:"DejaVu Sans"}</style><div id="chart"></div>`,
  );
  for (const name of ["vega", "vega-lite", "vega-embed"]) {
    await page.addScriptTag({ content: script(name) });
  }
  await page.evaluate(() => document.fonts.load('12px "DejaVu Sans"'));
  for (const [name, [sql, options]] of Object.entries(CASES)) {
    await check(`chart ${name} looks the same in Chromium`, async () => {
      const table = await session.query(sql);
      const { spec } = buildChart(table, options, { timeZone: "UTC", width: 500, formatValue });
      const dejavu = { ...spec, config: { ...spec.config, font: "DejaVu Sans" } };
      const here = describeView(await vegaView(dejavu));
      const there = await page.evaluate(
        async ([source, describe]) => {
          const result = await window.vegaEmbed("#chart", source, { actions: false, renderer: "canvas" });
          return new Function(`return (${describe})`)()(result.view);
        },
        [dejavu, describeView.toString()],
      );
      if (here !== there) throw new Error(`marks, scales or labels differ:\n${here}\n${there}`);
      const drawn = PNG.sync.read(Buffer.from(await renderPng(dejavu, 1)));
      const shot = PNG.sync.read(await page.locator("#chart canvas").screenshot());
      const [width, height] = [Math.min(drawn.width, shot.width), Math.min(drawn.height, shot.height)];
      if (Math.abs(drawn.width - shot.width) > 8 || Math.abs(drawn.height - shot.height) > 8) {
        throw new Error(`sizes differ: ${drawn.width} x ${drawn.height} and ${shot.width} x ${shot.height}`);
      }
      const crop = (image) => {
        const out = new PNG({ width, height });
        PNG.bitblt(image, out, 0, 0, width, height, 0, 0);
        return out.data;
      };
      const different = pixelmatch(crop(drawn), crop(shot), undefined, width, height, { threshold: 0.35 }) / (width * height);
      if (different > TOLERANCE) throw new Error(`${(100 * different).toFixed(1)} % of the pixels differ`);
    });
  }
  await page.close();
  await session.close();
}
