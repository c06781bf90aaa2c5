import { rmSync } from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { copyOfNotebooks } from "./run-notebook.ts";

vi.setConfig({ testTimeout: 180_000 });

const { folder, run } = copyOfNotebooks();
afterAll(() => rmSync(folder, { recursive: true }));

describe("the notebooks on streams", () => {
  test("trades", () => {
    const trades = run("trades");
    expect(trades.status).toBe(0);
    expect(trades.outputs("%%as candles")).toMatch(/14:31:00 {2}NVDA +241\.69 +242\.0 +240\.37 +240\.53/);
    expect(trades.drawn("NVDA, by the minute").length).toBeGreaterThanOrEqual(19);
    expect(trades.outputs("%%as five_minutes")).toMatch(/14:30:00 {2}AAPL +6056 +9\.11/);
    expect(trades.outputs("VERIFY")).toMatch(/^agrees: 104 rows/);
    expect(trades.outputs("FROM invested")).toContain("114845.0");
    expect(trades.namesThisMachine).toBe(false);
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
    expect(sensors.namesThisMachine).toBe(false);
  });

  test("web-sessions", () => {
    const shop = run("web-sessions");
    expect(shop.status).toBe(0);
    expect(shop.outputs("VERIFY")).toMatch(/^agrees: 162 rows/);
    expect(shop.outputs("STOP JOB")).toMatch(/job sessions is stopped at checkpoint \d+, kept as savepoint-\d+/);
    // Nothing is lost and nothing is written twice by a job that was stopped and went on.
    expect(shop.outputs("expected_sessions")).toMatch(/595 +3100 +595 +3100/);
    expect(shop.namesThisMachine).toBe(false);
  });
});
