import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { VEGALITE_MIME } from "../../kernel/display.ts";
import { type Notebook, textOf } from "../../kernel/notebook.ts";
import { PACKAGE_ROOT } from "../../kernel/version.ts";

vi.setConfig({ testTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), "weir-notebooks-"));
const root = fileURLToPath(PACKAGE_ROOT);
afterAll(() => rmSync(folder, { recursive: true }));
cpSync(join(root, "notebooks"), join(folder, "books"), { recursive: true, filter: (path) => !/\.weir|out$/.test(path) });

interface Ran {
  readonly status: number | null;
  readonly json: string;
  /** Plain texts of the outputs of the cell whose source holds a text. */
  readonly outputs: (source: string) => string;
  /** Rows drawn by the cell with this title. */
  readonly drawn: (title: string) => readonly Record<string, unknown>[];
}

function run(name: string): Ran {
  const target = join(folder, `${name}.out.ipynb`);
  // Compiled code lies in dist/, or in the folder that tests were compiled to.
  const command = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
  const { status } = spawnSync(process.execPath, [command, "run", join(folder, "books", `${name}.ipynb`), "--output", target], {
    env: { ...process.env, JUPYTER_DATA_DIR: join(folder, "data"), TZ: "UTC" },
  });
  const json = readFileSync(target, "utf8");
  const cells = (JSON.parse(json) as Notebook).cells.filter((cell) => cell.cell_type === "code");
  const outputsOf = (source: string) => cells.find((cell) => textOf(cell.source).includes(source))?.outputs ?? [];
  const plain = ({ data, text }: Record<string, unknown>) => textOf(((data as Record<string, unknown>)?.["text/plain"] ?? text) as string);
  return {
    status,
    json,
    outputs: (source) => outputsOf(source).map(plain).join("\n"),
    drawn: (title) => {
      const data = outputsOf(`title="${title}"`)[0]?.data as Record<string, { data: { values: Record<string, unknown>[] } }>;
      return data[VEGALITE_MIME].data.values;
    },
  };
}

/** Outputs name files from the notebook's folder. */
const ofThisMachine = ({ json }: Ran): boolean => [folder, root, tmpdir()].some((path) => json.includes(path));

describe("the notebooks on streams", () => {
  test("trades", () => {
    const trades = run("trades");
    expect(trades.status).toBe(0);
    expect(trades.outputs("%%as candles")).toMatch(/14:31:00 {2}NVDA +241\.69 +242\.0 +240\.37 +240\.53/);
    expect(trades.drawn("NVDA, by the minute").length).toBeGreaterThanOrEqual(19);
    expect(trades.outputs("%%as five_minutes")).toMatch(/14:30:00 {2}AAPL +6056 +9\.11/);
    expect(trades.outputs("VERIFY")).toMatch(/^agrees: 104 rows/);
    expect(trades.outputs("FROM invested")).toContain("114845.0");
    expect(ofThisMachine(trades)).toBe(false);
  });

  test("sensors", () => {
    const sensors = run("sensors");
    expect(sensors.status).toBe(0);
    expect(sensors.outputs("%%as minutes")).toMatch(/late 73 · malformed 9/);
    expect(sensors.outputs('"patient$late"')).toMatch(/yard-1 +late +18[\s\S]*yard-2 +late +18/);
    expect(sensors.outputs("VERIFY")).toMatch(/^agrees: 623 rows/);
    expect(sensors.outputs('"readings$dead_letters"')).toMatch(/cannot read "ERR" as DOUBLE.*data\/sensors\.csv:\d+/);
    const gap = sensors.drawn("cold-2: what was measured, and the gap filled");
    expect(gap.filter(({ y }) => y === null)).toHaveLength(7);
    expect(ofThisMachine(sensors)).toBe(false);
  });

  test("web-sessions", () => {
    const shop = run("web-sessions");
    expect(shop.status).toBe(0);
    expect(shop.outputs("VERIFY")).toMatch(/^agrees: 162 rows/);
    expect(shop.outputs("STOP JOB")).toMatch(/job sessions is stopped at checkpoint \d+, kept as savepoint-\d+/);
    // Nothing is lost and nothing is written twice by a job that was stopped and went on.
    expect(shop.outputs("expected_sessions")).toMatch(/595 +3100 +595 +3100/);
    expect(ofThisMachine(shop)).toBe(false);
  });
});
