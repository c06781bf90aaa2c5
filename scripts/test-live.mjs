// Live cells in JupyterLab in Chromium: plain outputs and widgets, the stop button, cells that are run again, a page that is loaded again.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inLab } from "./test-jupyterlab.mjs";

const STREAM = `CREATE STREAM trades (ts TIMESTAMP, symbol VARCHAR, price DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH (connector = 'generator', rows_per_second = 1000)`;
const WINDOWS = `SELECT window_start, window_end, symbol, count(*) AS n
FROM TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY ALL EMIT CHANGES`;
const WAIT_MS = 30_000;

/** A notebook with these cells, in a folder of its own. */
function writeNotebook(work, name, cells) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  const metadata = { kernelspec: { name: "weir", display_name: "Weir SQL", language: "sql" } };
  const made = cells.map((source, i) => ({ cell_type: "code", id: `cell-${i}`, metadata: {}, source, outputs: [], execution_count: null }));
  writeFileSync(join(folder, "live.ipynb"), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: made }));
  return folder;
}

const command = (page, name) => page.evaluate((id) => window.jupyterapp.commands.execute(id), name);

async function runCell(page, index) {
  await page.evaluate((at) => {
    const { content } = window.jupyterapp.shell.currentWidget;
    content.activeCellIndex = at;
    content.deselectAll();
  }, index);
  await command(page, "notebook:run-cell");
}

/** Texts of the status lines, in the order of the cells. */
const states = (page, selector) =>
  page.evaluate((css) => [...document.querySelectorAll(css)].map((element) => element.textContent), selector);

/** Waits until the status lines are as wanted. */
async function statesWhere(page, selector, wanted) {
  const end = Date.now() + WAIT_MS;
  let seen = [];
  while (Date.now() < end) {
    seen = await states(page, selector);
    if (wanted(seen)) return seen;
    await page.waitForTimeout(100);
  }
  throw new Error(`the live outputs say ${JSON.stringify(seen)}`);
}

async function screenshot(page, name) {
  const path = join(tmpdir(), `weir-${name}.png`);
  await page.screenshot({ path });
  console.log(`JupyterLab shows live outputs: ${path}`);
}

async function plainOutputs(page) {
  await command(page, "notebook:run-all-cells");
  const status = ".weir-live .s";
  const first = await statesWhere(page, status, (texts) => texts.length === 2 && texts.every((text) => /^running\s+[1-9]/.test(text)));
  await statesWhere(page, status, (texts) => texts.every((text, i) => text !== first[i]));
  await page.waitForSelector(".vega-embed canvas, .vega-embed svg", { timeout: WAIT_MS });
  await page.waitForSelector(".weir-live tr.o", { timeout: WAIT_MS });
  await screenshot(page, "live");
  // The second cell again: its query is replaced, the others go on
  await runCell(page, 1);
  await statesWhere(page, status, (texts) => texts.length === 2 && texts.every((text) => /^running\s+[1-9]/.test(text)));
  await command(page, "notebook:interrupt-kernel");
  await statesWhere(page, status, (texts) => texts.every((text) => text.startsWith("stopped")));
  const kinds = await page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.content.widgets.map(({ model }) =>
      model
        .toJSON()
        .outputs.map((output) => output.output_type)
        .join(),
    ),
  );
  if (kinds.slice(1).some((kind) => kind !== "display_data")) throw new Error(`the cells show ${kinds.join(" | ")}`);
}

async function widgets(page) {
  await command(page, "notebook:run-all-cells");
  const status = ".weir-widget-bar > div:first-child";
  await statesWhere(page, status, (texts) => texts.length === 2 && texts.every((text) => /^running[1-9]/.test(text)));
  const canvas = page.locator(".weir-widget-chart canvas");
  await canvas.waitFor({ timeout: WAIT_MS });
  // The chart is one and the same while rows come, and where the user zoomed to
  const handle = await canvas.elementHandle();
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let turn = 0; turn < 5; turn++) await page.mouse.wheel(0, -200);
  await page.waitForTimeout(1500);
  if (!(await handle.evaluate((element) => element.isConnected))) throw new Error("the chart was made anew while rows came");
  await screenshot(page, "live-widget");
  await page.locator(".weir-widget-bar button:has-text('Stop')").first().click();
  await statesWhere(page, status, (texts) => texts[0]?.startsWith("stopped") && texts[1]?.startsWith("running"));
  // A page that is loaded again finds the widgets where they are
  await command(page, "docmanager:save");
  await page.reload();
  await page.waitForFunction(() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady, null, { timeout: WAIT_MS });
  const before = await statesWhere(page, status, (texts) => texts.length === 2 && texts[1].startsWith("running"));
  await statesWhere(page, status, (texts) => texts[1] !== before[1]);
}

const FUNCTION = `%%function
/** Fahrenheit to Celsius. */
export function celsius(f: number): number {
  return (f - 32) / 1.8
}`;
const FLOWERS = `CREATE MODEL flowers WITH ('provider' = 'onnx', 'path' = 'rf_iris.onnx');
CREATE STREAM seen (ts TIMESTAMP, a DOUBLE, b DOUBLE, c DOUBLE, d DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH (connector = 'generator', rows_per_second = 200)`;
const LABELS = "SELECT ts, predict('flowers', a / 12, b / 30, c / 15, d / 50) AS label, celsius(a) AS c FROM seen";
const PROBABILITY = "%%chart line x=ts y=p\nSELECT ts, predict_proba('flowers', a / 12, b / 30, c / 15, d / 50)[0] AS p FROM seen";

/** A model scores a stream in a table and a chart, both of which move; a function's table stands above them. */
async function predictions(page) {
  await command(page, "notebook:run-all-cells");
  const status = ".weir-live .s";
  const first = await statesWhere(page, status, (texts) => texts.length === 1 && /^running\s+[1-9]/.test(texts[0]));
  await statesWhere(page, status, (texts) => texts[0] !== first[0]);
  const labels = await states(page, ".weir-live tbody tr:last-child td:nth-child(2)");
  if (!/^[012]$/.test(labels[0])) throw new Error(`the label shown is ${JSON.stringify(labels)}`);
  const picture = page.locator(".vega-embed canvas, .vega-embed svg").first();
  await picture.waitFor({ timeout: WAIT_MS });
  const made = await states(page, ".weir-table tbody tr:first-child");
  if (!made[0].includes("celsius(f DOUBLE) → DOUBLE")) throw new Error(`%%function shows ${JSON.stringify(made)}`);
  // A plain chart is drawn anew with every picture
  const chartCell = () =>
    page.evaluate(() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.widgets[3].model.toJSON().outputs));
  const drawn = await chartCell();
  for (let waited = 0; (await chartCell()) === drawn; waited += 100) {
    if (waited > WAIT_MS) throw new Error("the chart stands still");
    await page.waitForTimeout(100);
  }
  await page.evaluate(() => window.jupyterapp.shell.currentWidget.content.widgets[2].node.scrollIntoView());
  await screenshot(page, "predictions");
  await command(page, "notebook:interrupt-kernel");
  await statesWhere(page, status, (texts) => texts[0].startsWith("stopped"));
}

export async function testLive(where, check) {
  const chart = "%%chart line x=ts y=price\nSELECT ts, price FROM trades";
  const plain = writeNotebook(where.work, "live-plain", [STREAM, "SELECT * FROM trades", WINDOWS, chart]);
  await check("JupyterLab live outputs", () => inLab({ ...where, folder: plain, notebook: "live.ipynb" }, plainOutputs));
  const widget = writeNotebook(where.work, "live-widget", [`${STREAM};\nSET live_widget = true`, WINDOWS, chart]);
  await check("JupyterLab live widgets", () => inLab({ ...where, folder: widget, notebook: "live.ipynb" }, widgets));
  const scored = writeNotebook(where.work, "live-predictions", [FUNCTION, FLOWERS, LABELS, PROBABILITY]);
  copyFileSync(join(where.root, "test", "ml", "models", "rf_iris.onnx"), join(scored, "rf_iris.onnx"));
  await check("JupyterLab live predictions", () => inLab({ ...where, folder: scored, notebook: "live.ipynb" }, predictions));
}
