import { describe, expect, test } from "vitest";
import { nabScore } from "../../src/timeseries/accuracy/nab.ts";
import { pointMeasures, rangeMeasures, rangesOf } from "../../src/timeseries/accuracy/ranges.ts";
import { rangeAucPr, vusPr } from "../../src/timeseries/accuracy/vus.ts";
import { onePass } from "../../src/timeseries/anomalies/batch.ts";
import { generalizedEsd } from "../../src/timeseries/anomalies/esd.ts";
import { HalfSpaceTrees } from "../../src/timeseries/anomalies/half-space-trees.ts";
import { matrixProfile } from "../../src/timeseries/anomalies/matrix-profile.ts";
import { batchMethod, onlineMethod } from "../../src/timeseries/anomalies/methods.ts";
import { newVerdict } from "../../src/timeseries/anomalies/online.ts";
import { QuantileDigest } from "../../src/timeseries/anomalies/quantile-digest.ts";
import { Random } from "../../src/timeseries/anomalies/random.ts";
import { RandomCutForest } from "../../src/timeseries/anomalies/random-cut-forest.ts";
import { RandomCutTree } from "../../src/timeseries/anomalies/random-cut-tree.ts";
import { isAnomaly } from "../../src/timeseries/anomalies/score.ts";
import { studentTail } from "../../src/timeseries/numeric/student-t.ts";
import { readReference } from "./reference-values.ts";

type Numbers = readonly (number | null)[];

interface Case {
  readonly function: string;
  readonly method: string;
  readonly part?: string;
  readonly against: string;
  readonly tolerance: number;
  readonly options?: Record<string, number>;
  // biome-ignore lint/suspicious/noExplicitAny: inputs and results are as many shapes as there are methods
  readonly [more: string]: any;
}

const stored = readReference<{ cloud: number[][]; cases: Case[] }>("anomalies");
const casesOf = (...methods: string[]) => stored.cases.filter((one) => methods.includes(one.method));
const doubles = (values: Numbers) => Float64Array.from(values, (value) => value ?? Number.NaN);

/** Hours from the beginning of 1970. */
const hours = (length: number) => Float64Array.from({ length }, (_, i) => i * 3600e6);

function expectClose(actual: ArrayLike<number>, expected: Numbers, tolerance: number, from = 0): void {
  expect(actual.length).toBe(expected.length);
  for (let i = from; i < expected.length; i++) {
    const wanted = expected[i];
    if (wanted === null) expect(Number.isFinite(actual[i]), `${i}: ${actual[i]} where nothing was expected`).toBe(false);
    else
      expect(Math.abs(actual[i] - wanted), `${i}: ${actual[i]} for ${wanted}`).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(wanted)),
      );
  }
}

describe("against other implementations", () => {
  test.each(casesOf("auto", "zscore", "ewma", "mad", "hampel", "iqr", "seasonal"))(
    "$method: $against",
    ({ method, input, expected, options, tolerance }) => {
      const found = onlineMethod(method);
      const values = doubles(input);
      const { score } = onePass(found).run({ times: hours(values.length), values: [values] }, { ...found.options, ...options }, () => {});
      expectClose(score, expected, tolerance);
    },
  );

  test.each(casesOf("stl"))("$method: $against", ({ method, input, expected, options, tolerance }) => {
    const found = batchMethod(method);
    const values = doubles(input);
    expectClose(
      found.run({ times: hours(values.length), values: [values] }, { ...found.options, ...options }, () => {}).score,
      expected,
      tolerance,
    );
  });

  test.each(stored.cases.filter((one) => one.part === "outliers"))("$method: $against", ({ method, input, expected, options }) => {
    const found = batchMethod(method);
    const values = doubles(input);
    const { score } = found.run({ times: hours(values.length), values: [values] }, { ...found.options, ...options }, () => {});
    expect(expected).toContain(40);
    expect([...score.keys()].filter((i) => isAnomaly(score[i], 0.5))).toEqual(expected);
  });

  test.each(casesOf("holt_winters"))("$method: $against", ({ input, expected, options, tolerance, skip }) => {
    const found = onlineMethod("holt_winters");
    const values = doubles(input);
    const verdicts = onePass(found).run({ times: hours(values.length), values: [values] }, { ...found.options, ...options }, () => {});
    expectClose(verdicts.expected, expected, tolerance, skip);
    expect(verdicts.score.findIndex((score) => !Number.isNaN(score))).toBe(skip);
  });

  test.each(casesOf("quantile"))("quantile: $against", ({ input, probes, expected, tolerance }) => {
    const digest = new QuantileDigest();
    for (const value of input) digest.add(value);
    for (const [i, probe] of probes.entries()) expect(Math.abs(digest.place(probe) - expected[i]), `${probe}`).toBeLessThan(tolerance);
    for (const [i, probe] of probes.entries()) expect(digest.valueAt(digest.place(probe)), `${i}`).toBeCloseTo(probe, 9);
  });

  test.each(stored.cases.filter((one) => one.part === "esd"))(
    "generalised ESD: $against",
    ({ input, expected, tolerance, robust = false }) => {
      const { steps, outliers } = generalizedEsd(doubles(input), { most: 10, alpha: 0.05, robust });
      expectClose(
        steps.map((step) => step.statistic),
        expected.statistics,
        tolerance,
      );
      expectClose(
        steps.map((step) => step.critical),
        expected.critical,
        tolerance,
      );
      expect(outliers).toBe(expected.outliers);
    },
  );

  test("tails of Student's distribution", () => {
    const [{ expected, tolerance }] = stored.cases.filter((one) => one.part === "student");
    for (const [t, freedom, tail] of expected) expect(Math.abs(studentTail(t, freedom) / tail - 1)).toBeLessThan(tolerance);
  });

  test.each(casesOf("matrix_profile"))("matrix profile: $against", ({ input, expected, tolerance }) => {
    const { distances, left } = matrixProfile(doubles(input), expected.window);
    expectClose(distances, expected.profile, tolerance);
    if (expected.left !== undefined) expectClose(left, expected.left, tolerance);
  });

  test.each(casesOf("half_space_trees"))("$method ranks points as $against does", ({ expected, agreement, start, tolerance, odd }) => {
    const detector = new HalfSpaceTrees(onlineMethod("half_space_trees").options, 2);
    const verdict = newVerdict();
    const raw = stored.cloud.map((point) => {
      detector.update(point, 0, verdict);
      return detector.rawScore;
    });
    expect(spearman(raw.slice(start), expected.slice(start))).toBeGreaterThan(agreement - tolerance);
    expect(standingOut(raw, odd, start)).toBeGreaterThan(standingOut(expected, odd, start) - 0.03);
  });

  test.each(casesOf("rcf"))(
    "$method: trees that changed point by point are those of $against",
    ({ expected, agreement, start, tolerance }) => {
      const points = stored.cloud.map((point) => Float64Array.from(point));
      const sample = points.slice(start, start + expected.length);
      const means = new Float64Array(sample.length);
      const TREES = 150;
      for (let seed = 0; seed < TREES; seed++) {
        const tree = new RandomCutTree(sample.length + 100, 2, new Random(seed));
        const others = points.slice(0, 100).map((point) => tree.insert(point));
        const leaves = sample.map((point, i) => {
          if (i % 2 === 0) tree.delete(others.pop()!);
          return tree.insert(point);
        });
        leaves.forEach((leaf, i) => {
          means[i] += tree.displacement(leaf) / TREES;
        });
      }
      expect(spearman([...means], expected)).toBeGreaterThan(agreement - tolerance);
      const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean(means) / mean(expected) - 1)).toBeLessThan(0.03);
    },
  );

  test.each(casesOf("rcf"))("$method: points that were strewn about stand out from the clusters", ({ odd }) => {
    const detector = new RandomCutForest({ ...onlineMethod("rcf").options, shingle: 1 }, 2);
    const verdict = newVerdict();
    const raw = stored.cloud.map((point) => {
      detector.update(point, 0, verdict);
      return detector.rawScore;
    });
    expect(standingOut(raw, odd, 600)).toBeGreaterThan(0.9);
  });

  test.each(casesOf("points", "ranges"))("$method: $against", ({ method, input: [truth, detected], expected, options, tolerance }) => {
    const { precision, recall, f1 } = method === "points" ? pointMeasures(truth, detected) : rangeMeasures(truth, detected, options);
    expectClose([precision, recall, f1], expected, tolerance);
  });

  test.each(casesOf("nab"))("score of the Numenta benchmark: $against", ({ input, expected, tolerance }) => {
    const all = (input as Numbers[][]).map(([labels, scores]) => ({ scores: doubles(scores), windows: rangesOf(doubles(labels)) }));
    expectClose(
      [[all[0]], [all[1]], all].map((some) => nabScore(some).score),
      expected,
      tolerance,
    );
  });

  test.each(casesOf("vus"))("VUS-PR: $against", ({ input: [truth, scores], expected, tolerance }) => {
    for (const [buffer, area] of expected.auc) expect(Math.abs(rangeAucPr(truth, doubles(scores), buffer) - area)).toBeLessThan(tolerance);
    expect(Math.abs(vusPr(truth, doubles(scores), expected.longest) - expected.vus)).toBeLessThan(tolerance);
  });
});

/** The share of the other points, from the `start`-th on, that a strewn one scores higher than, on average. */
function standingOut(scores: Numbers, odd: readonly number[], start: number): number {
  const others = scores.flatMap((score, i) => (i < start || odd.includes(i) ? [] : [score!]));
  const strewn = odd.filter((i) => i >= start);
  return strewn.reduce((sum, i) => sum + others.filter((score) => score < scores[i]!).length / others.length, 0) / strewn.length;
}

function spearman(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) => {
    const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
    const result = new Float64Array(values.length);
    for (let i = 0; i < order.length; ) {
      let j = i;
      while (j < order.length && values[order[j]] === values[order[i]]) j++;
      for (let k = i; k < j; k++) result[order[k]] = (i + j - 1) / 2;
      i = j;
    }
    return result;
  };
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) ** 2;
    yy += (y[i] - middle) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
