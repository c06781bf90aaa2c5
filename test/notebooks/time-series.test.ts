import { rmSync } from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { copyOfNotebooks } from "./run-notebook.ts";

vi.setConfig({ testTimeout: 180_000 });

const { folder, run } = copyOfNotebooks();
afterAll(() => rmSync(folder, { recursive: true }));

/** The cells of a text table's rows, without its heading. */
const rowsOf = (output: string, like: RegExp): string[][] =>
  output
    .split("\n")
    .filter((line) => like.test(line))
    .map((line) => line.trim().split(/ {2,}/));

describe("the notebooks on time series", () => {
  test("co2", () => {
    const co2 = run("co2");
    expect(co2.status).toBe(0);
    const panels = co2.drawn("Carbon dioxide at Mauna Loa, parts per million");
    expect(new Set(panels.map(({ k }) => k)).size).toBe(4);
    expect(co2.outputs("mann_kendall")).toMatch(/2010 +increasing +2\.4\d/);
    expect(co2.outputs("EXPLAIN FORECAST")).toMatch(/model: median of \d models[\s\S]*every: 1 month[\s\S]*seasons: 12/);
    // Five years of months, each with three bands.
    const fan = co2.drawn("Five years ahead, with bands of 50, 80 and 95 %");
    expect(fan.filter(({ l }) => l !== undefined)).toHaveLength(180);
    const models = rowsOf(co2.outputs("compare_forecasts"), /^[a-z_]+ +5 /).map(([model, , , mase]) => [model, Number(mase)] as const);
    expect(models).toHaveLength(7);
    expect(models.at(-1)?.[0]).toBe("seasonal_naive");
    expect(models.find(([model]) => model === "auto")?.[1]).toBeLessThan(0.6);
    // A line of forecasts whose truth is known goes through each time once: none leads back from the last known point.
    const lines = co2.drawn("Two years ahead, from what was known before").filter(({ y }) => y !== undefined);
    expect(lines).toHaveLength(120);
    expect(co2.outputs("CREATE TABLE jobs")).toMatch(/space mining +NULL +1 +NULL +error: model auto_ets needs/);
    expect(co2.namesThisMachine).toBe(false);
  });

  test("machine-temperature", () => {
    const machine = run("machine-temperature");
    expect(machine.status).toBe(0);
    const alarms = machine.outputs("max(anomaly_score)");
    expect(alarms).toMatch(/early sign +2014-01-27 14:20:00 +\d/);
    expect(alarms).toMatch(/failure +2014-02-07 14:55:00 +\d/);
    // The day before the failure, ahead of the window that people drew around it.
    expect(machine.outputs("CREATE TABLE windows")).toContain("2014-02-07 14:10:00");
    const scores = rowsOf(machine.outputs("nab_score"), /^[a-z_]+ +\d+ +\d/);
    expect(scores[0][0]).toBe("auto");
    expect(Number(scores[0][2])).toBeGreaterThan(80);
    expect(machine.outputs("FROM alarms ORDER BY ts")).toMatch(/2014-02-08 01:35:00 +42\.62/);
    expect(machine.outputs("IS DISTINCT FROM")).toMatch(/12030 +0/);
    expect(machine.namesThisMachine).toBe(false);
  });

  test("volatility", () => {
    const volatility = run("volatility");
    expect(volatility.status).toBe(0);
    expect(volatility.outputs("CREATE TABLE weeks")).toMatch(/2008-09-15 +19\.0 +70\.0/);
    const marked = volatility.drawn("The same with a penalty of 20").filter(({ m }) => m === true);
    expect(marked).toHaveLength(4);
    expect(volatility.outputs("known_in")).toMatch(/2008-09-29 +2008-09-15 +3 +0\.95/);
    expect(volatility.outputs("'bocpd' AS detector")).toMatch(/cusum +\d+ +\d/);
    expect(volatility.namesThisMachine).toBe(false);
  });
});
