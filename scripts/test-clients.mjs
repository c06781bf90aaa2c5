// Runs the kernel behind real clients: jupyter_kernel_test, nbclient, nbconvert, and JupyterLab in Chromium.
// Installs what it needs into a virtual environment outside the checkout. Whatever is missing counts as failed.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareCharts } from "./test-charts.mjs";
import { launchChromium, runInLab } from "./test-jupyterlab.mjs";
import { testLive } from "./test-live.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const clients = join(root, "test", "clients");
const work = mkdtempSync(join(tmpdir(), "weir-clients-"));
const env = {
  ...process.env,
  JUPYTER_DATA_DIR: join(work, "data"),
  JUPYTER_RUNTIME_DIR: join(work, "runtime"),
  JUPYTER_CONFIG_DIR: join(work, "config"),
};
let passed = 0;
let failed = 0;

function report(name, error) {
  if (error === undefined) passed += 1;
  else failed += 1;
  console.log(error === undefined ? `passed ${name}` : `failed ${name}: ${error}`);
}

async function check(name, run) {
  try {
    await run();
    report(name);
  } catch (error) {
    report(name, error.message);
  }
}

/** A virtual environment with the pinned packages; made once for each list of them. */
function python() {
  if (process.env.WEIR_TEST_VENV) return join(process.env.WEIR_TEST_VENV, "bin");
  const requirements = join(clients, "requirements.txt");
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const venv = join(cache, `weir-test-venv-${hash}`);
  const bin = join(venv, "bin");
  if (existsSync(join(venv, "complete"))) return bin;
  mkdirSync(cache, { recursive: true });
  execFileSync("python3", ["-m", "venv", "--clear", venv], { stdio: "inherit" });
  execFileSync(join(bin, "python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], {
    stdio: "inherit",
  });
  mkdirSync(join(venv, "complete"));
  return bin;
}

/** Runs a program to its end; an error carries the end of what it printed. */
function run(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, env, encoding: "utf8", timeout: 600_000 });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`${(done.stdout + done.stderr).trim().slice(-2000)} (status ${done.status})`);
  return done.stdout;
}

/** Tests that print a line each (report.py). */
function pythonTests(bin, suite, file) {
  const options = { cwd: work, env, encoding: "utf8", timeout: 300_000 };
  const { status, stdout, stderr } = spawnSync(join(bin, "python"), [join(clients, file)], options);
  const lines = (stdout ?? "").split(/^(?=passed |failed )/m).filter((line) => /^(?:passed|failed) /.test(line));
  if (status !== 0 || lines.length === 0) report(suite, (stderr ?? "").trim().slice(-2000));
  for (const line of lines) {
    const name = `${suite} ${line
      .slice(7)
      .split(/:|\n/)[0]
      .replace(/^__main__\.\w+\./, "")}`;
    report(name, line.startsWith("passed") ? undefined : line.trim());
  }
}

try {
  const bin = python();
  const weir = (...args) => run(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], work);
  await check("weir kernel install", () => weir("kernel", "install"));
  await check("weir kernel doctor", () => weir("kernel", "doctor"));

  pythonTests(bin, "jupyter_kernel_test", "kernel_tests.py");
  pythonTests(bin, "jupyter_client", "function_tests.py");

  const notebooks = readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb"));
  if (notebooks.length === 0) report("notebooks", "there are none");
  for (const name of notebooks) {
    const path = join(root, "notebooks", name);
    await check(`nbclient ${name}`, () => run(join(bin, "python"), [join(clients, "run_notebook.py"), path, join(work, name)], work));
    await check(`nbconvert ${name}`, () => {
      const args = ["nbconvert", "--execute", "--to", "html", "--output-dir", work, path];
      run(join(bin, "jupyter"), args, work);
      const page = readFileSync(join(work, name.replace(/ipynb$/, "html")), "utf8");
      const charts = (readFileSync(join(work, name), "utf8").match(/vnd\.vegalite\.v5\+json/g) ?? []).length;
      const pictures = (page.match(/data:image\/png;base64,/g) ?? []).length;
      if (pictures < charts) throw new Error(`${charts} charts, but ${pictures} pictures in the page`);
    });
  }
  await check("JupyterLab quickstart", () => runInLab({ root, bin, work, env, notebook: "quickstart.ipynb" }));
  await testLive({ root, bin, work, env }, check);
  const browser = await launchChromium();
  await compareCharts(browser, check);
  await browser.close();
} catch (error) {
  report("set-up", error.message);
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
