import { rmSync } from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { copyOfNotebooks } from "./run-notebook.ts";

vi.setConfig({ testTimeout: 180_000 });

const { folder, run } = copyOfNotebooks();
afterAll(() => rmSync(folder, { recursive: true }));

/** What a fit's script printed, as it stands in a notebook, against the row that ML_EVALUATE gives. */
function figures(json: string, name: string): number[] {
  const line = new RegExp(`${name}: ([^"\\\\]*)`).exec(json)?.[1] ?? "";
  return [...line.matchAll(/ ([\d.]+)(?:,|$)/g)].map(([, figure]) => Number(figure));
}

const rounded = (row: string): number[] =>
  row
    .trim()
    .split(/\s+/)
    .slice(-6)
    .map((text) => Math.round(Number(text) * 1e6) / 1e6);

describe("the notebooks on models", () => {
  test("churn", () => {
    const churn = run("churn");
    expect(churn.status).toBe(0);
    const printed = figures(churn.json, "churn.onnx");
    expect(printed).toHaveLength(6);
    expect(rounded(churn.outputs("FROM ML_EVALUATE(TABLE (FROM customers").trim().split("\n").at(-1) ?? "")).toEqual(printed);
    expect(churn.outputs("CREATE MODEL churn")).toMatch(/class labels +kept, lost/);
    expect(churn.outputs("%%as to_call")).toMatch(/C2120 +monthly +fiber +6 +0\.938/);
    expect(churn.drawn("Mean risk of the accounts something happened to, by day")).toHaveLength(81);
    expect(churn.outputs("CREATE OR REPLACE MODEL boosted")).toMatch(/NULL +0 +1/);
    expect(churn.outputs("VERIFY")).toMatch(/^agrees: 891 rows, 3 columns; not checked: predict/);
    expect(churn.namesThisMachine).toBe(false);
  });

  test("late flights", () => {
    const late = run("late-flights");
    expect(late.status).toBe(0);
    const [sklearn, boosted] = late
      .outputs("SELECT 'scikit-learn' AS model")
      .trim()
      .split("\n")
      .filter((line) => /^(scikit|LightGBM)/.test(line));
    expect(rounded(sklearn)).toEqual(figures(late.json, "late-flights.onnx"));
    expect(rounded(boosted)).toEqual(figures(late.json, "late-flights-boosted.onnx"));
    expect(late.outputs("AS same_risk")).toMatch(/192 +true +true/);
    expect(late.namesThisMachine).toBe(false);
  });
});
