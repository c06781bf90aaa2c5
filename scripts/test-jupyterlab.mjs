// JupyterLab 4 in Chromium runs a notebook and draws its charts.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const READY_MS = 60_000;

/** Chromium of this machine, of WEIR_CHROMIUM, or installed now. */
function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = () =>
    names.flatMap((name) => (process.env.PATH ?? "").split(":").map((folder) => join(folder, name))).find((path) => existsSync(path));
  const found = process.env.WEIR_CHROMIUM ?? onPath();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0) {
    spawnSync("apt-get", ["update"], { stdio: "ignore" });
    spawnSync("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"], { stdio: "inherit" });
  }
  const installed = onPath();
  if (installed === undefined) throw new Error("Chromium is missing: install it, or name it in WEIR_CHROMIUM");
  return installed;
}

const FLAGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchChromium = () => chromium.launch({ executablePath: findChromium(), args: FLAGS });

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A copy of the notebooks, with the same folders around them, so that running them changes nothing of ours. */
function copyNotebooks(root, work) {
  const folder = join(work, "lab");
  mkdirSync(join(folder, "notebooks"), { recursive: true });
  for (const name of readdirSync(join(root, "notebooks"))) {
    if (name !== "out") cpSync(join(root, "notebooks", name), join(folder, "notebooks", name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Every cell is drawn, also those out of sight, and nobody asks about news. */
function writeSettings(work) {
  const folder = join(work, "settings", "@jupyterlab", "notebook-extension");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tracker.jupyterlab-settings"), JSON.stringify({ windowingMode: "none" }));
  const news = join(work, "settings", "@jupyterlab", "apputils-extension");
  mkdirSync(news, { recursive: true });
  writeFileSync(join(news, "notification.jupyterlab-settings"), JSON.stringify({ fetchNews: "false" }));
  return join(work, "settings");
}

/** Opens a notebook of `folder` in JupyterLab in Chromium and waits for its kernel; `use` gets the page. */
export async function inLab({ bin, work, env, folder, notebook }, use) {
  const port = await freePort();
  const token = randomBytes(16).toString("hex");
  const args = [
    ...["lab", "--no-browser", "--expose-app-in-browser", "--allow-root", `--port=${port}`, "--ServerApp.port_retries=0"],
    ...[`--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${folder}`, `--LabApp.user_settings_dir=${writeSettings(work)}`],
    ...[
      `--LabApp.workspaces_dir=${join(work, "workspaces")}`,
      "--LabApp.news_url=None",
      "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ],
  ];
  const server = spawn(join(bin, "jupyter"), args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.on("data", (data) => {
    log += data;
  });
  const browser = await launchChromium();
  try {
    const address = `http://127.0.0.1:${port}`;
    await waitForServer(`${address}/api/status?token=${token}`, () => log);
    const page = await browser.newPage({ viewport: { width: 1200, height: 1400 } });
    await page.goto(`${address}/lab/tree/${notebook}?token=${token}`);
    await page.waitForFunction(() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady, null, { timeout: READY_MS });
    const kernel = await page.evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.name);
    if (kernel !== "weir") throw new Error(`the notebook started the kernel ${kernel}`);
    await use(page);
  } finally {
    await browser.close();
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    setTimeout(() => server.kill("SIGKILL"), 5000).unref();
    await ended;
  }
}

export async function runInLab({ root, bin, work, env, notebook }) {
  const folder = copyNotebooks(root, work);
  const charts = countCharts(join(root, "notebooks", notebook));
  await inLab({ bin, work, env, folder, notebook: `notebooks/${notebook}` }, async (page) => {
    await page.evaluate(() => window.jupyterapp.commands.execute("notebook:run-all-cells"));
    const wrong = await page.evaluate(readCells);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    await page.waitForFunction((count) => document.querySelectorAll(".vega-embed canvas, .vega-embed svg").length >= count, charts, {
      timeout: READY_MS,
    });
    const tables = await page.locator(".weir-table table").count();
    if (tables === 0) throw new Error("no table is shown");
    const screenshot = join(tmpdir(), "weir-jupyterlab.png");
    await page.locator(".vega-embed").first().scrollIntoViewIfNeeded();
    await page.screenshot({ path: screenshot });
    console.log(`JupyterLab shows ${charts} charts and ${tables} tables: ${screenshot}`);
  });
}

/** Runs in the page: what is wrong with the cells that were run. Those tagged `raises-exception` are to fail. */
function readCells() {
  const wrong = [];
  for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {
    const { cell_type, source, outputs, execution_count, metadata } = cell.toJSON();
    if (cell_type !== "code" || [source].flat().join("").trim() === "") continue;
    const error = outputs.find((output) => output.output_type === "error");
    const mayFail = (metadata.tags ?? []).includes("raises-exception");
    if (execution_count === null) wrong.push(`not run: ${source}`);
    if ((error !== undefined) !== mayFail) wrong.push(`${error === undefined ? "no error" : error.evalue}: ${source}`);
  }
  return wrong;
}

/** Cells that draw a chart. */
function countCharts(path) {
  const { cells } = JSON.parse(readFileSync(path, "utf8"));
  const sources = cells.filter((cell) => cell.cell_type === "code").map((cell) => [cell.source].flat().join(""));
  const count = sources.filter((source) => /^%{1,2}(?:chart|vegalite)\b/m.test(source)).length;
  if (count === 0) throw new Error("the notebook draws no chart");
  return count;
}

async function waitForServer(address, log) {
  for (let waited = 0; waited < READY_MS; waited += 250) {
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`JupyterLab did not start: ${log().slice(-1500)}`);
}
