import { describe, expect, test } from "vitest";
import { nabCounts, nabProbation, nabScore } from "../../src/timeseries/accuracy/nab.ts";
import { type AnomalySeries, onePass } from "../../src/timeseries/anomalies/batch.ts";
import { batchMethod, batchMethods, onlineMethod, onlineMethods } from "../../src/timeseries/anomalies/methods.ts";
import { newVerdict } from "../../src/timeseries/anomalies/online.ts";
import { checkOptions } from "../../src/timeseries/anomalies/options.ts";
import { PhaseBaseline } from "../../src/timeseries/anomalies/phase-baseline.ts";
import { Random } from "../../src/timeseries/anomalies/random.ts";
import { deviationOf, isAnomaly, scoreOf, thresholdDeviation } from "../../src/timeseries/anomalies/score.ts";

const HOUR = 3600e6;
const names = onlineMethods.map((method) => method.name);

/** Small windows and warm-ups, so that short series are long enough. */
const QUICK: Readonly<Record<string, Record<string, number>>> = {
  auto: { warmup: 100 },
  seasonal: { cycle: 86400, phases: 24 },
  holt_winters: { season_length: 24 },
  half_space_trees: { window: 50 },
  rcf: { sample: 64, trees: 10 },
};
const optionsOf = (name: string) => ({ ...onlineMethod(name).options, ...QUICK[name] });

function daily(length: number, seed = 1): AnomalySeries {
  const random = new Random(seed);
  const values = Float64Array.from({ length }, (_, i) => 10 + 3 * Math.sin((2 * Math.PI * i) / 24) + random.next() + random.next());
  return { times: Float64Array.from({ length }, (_, i) => i * HOUR), values: [values] };
}

const run = (name: string, series: AnomalySeries) => onePass(onlineMethod(name)).run(series, optionsOf(name), () => {});
const cut = ({ times, values }: AnomalySeries, length: number): AnomalySeries => ({
  times: times.subarray(0, length),
  values: values.map((column) => column.subarray(0, length)),
});

describe.each(names)("%s", (name) => {
  test("what comes later changes nothing", () => {
    const series = daily(900);
    const whole = run(name, series);
    expect(whole.score.some((score) => !Number.isNaN(score))).toBe(true);
    for (const length of [1, 99, 500, 777]) {
      const part = run(name, cut(series, length));
      for (const field of ["score", "expected", "lower", "upper"] as const) expect(part[field]).toEqual(whole[field].slice(0, length));
    }
  });

  test("a detector made of a state goes on exactly as the first would", () => {
    for (const columns of [1, 2]) {
      const method = onlineMethod(name);
      const options = optionsOf(name);
      const [{ values }, second] = [daily(900), daily(900, 2)];
      const point = (i: number) => Float64Array.of(...[values[0][i], second.values[0][i]].slice(0, columns));
      for (const at of [0, 30, 99, 450]) {
        const first = method.create(options, columns);
        const [here, there] = [newVerdict(), newVerdict()];
        for (let i = 0; i < at; i++) first.update(point(i), i * HOUR, here);
        const saved = structuredClone(first.state());
        const restored = method.restore(saved, options, columns);
        for (let i = at; i < 900; i++) {
          first.update(point(i), i * HOUR, here);
          restored.update(point(i), i * HOUR, there);
          expect(there).toEqual(here);
        }
        expect(restored.choice?.()).toBe(first.choice?.());
        const again = method.restore(saved, options, columns);
        again.update(point(at), at * HOUR, there);
        const afresh = method.restore(saved, options, columns);
        afresh.update(point(at), at * HOUR, here);
        expect(there, "a state is not changed by what is made of it").toEqual(here);
      }
    }
  });

  test("a value far out scores high, and scores are between 0 and 1", () => {
    const series = daily(900);
    series.values[0][800] = 500;
    const { score } = run(name, series);
    expect(score[800]).toBeGreaterThan(0.6);
    for (const one of score) if (!Number.isNaN(one)) expect(one >= 0 && one <= 1).toBe(true);
    expect(score.filter((one) => isAnomaly(one, 0.5)).length).toBeLessThan(60);
  });

  test("a constant series has no anomaly, and any other value in it is one", () => {
    const series = { times: daily(900).times, values: [new Float64Array(900).fill(0.1)] };
    series.values[0][850] = 0.2;
    const { score } = run(name, series);
    expect(score[849]).toBe(0);
    expect(score[850]).toBe(1);
    expect(score[0]).toBeNaN();
  });

  test("scores do not change with the unit of the values", () => {
    const series = daily(900);
    const plain = run(name, series);
    const scaled = run(name, { times: series.times, values: [series.values[0].map((value) => value * 1024)] });
    plain.score.forEach((score, i) => {
      if (Number.isNaN(score)) expect(scaled.score[i]).toBeNaN();
      else expect(scaled.score[i]).toBeCloseTo(score, 9);
    });
  });

  test("missing and infinite values are passed over", () => {
    const series = daily(900);
    const holes = series.values[0].map((value, i) => (i % 7 === 3 ? Number.NaN : i === 400 ? Infinity : value));
    const { score } = run(name, { times: series.times, values: [holes] });
    expect(score[400]).toBeNaN();
    score.forEach((one, i) => {
      if (i % 7 === 3) expect(one).toBeNaN();
    });
    expect(score.slice(600).filter((one) => !Number.isNaN(one)).length).toBeGreaterThan(200);
    expect(run(name, { times: series.times, values: [new Float64Array(900).fill(Number.NaN)] }).score.every(Number.isNaN)).toBe(true);
  });

  test("with several columns, the one that is off has most of the score", () => {
    const [one, other] = [daily(900), daily(900, 2)];
    other.values[0][800] = 300;
    const method = onlineMethod(name);
    const detector = method.create(optionsOf(name), 2);
    const verdict = newVerdict();
    let share = Number.NaN;
    let score = Number.NaN;
    for (let i = 0; i < 900; i++) {
      detector.update(Float64Array.of(one.values[0][i], other.values[0][i]), i * HOUR, verdict);
      if (i !== 800) continue;
      score = verdict.score;
      share = detector.attribution?.()[1] ?? 1;
    }
    expect(score).toBeGreaterThan(0.5);
    expect(share).toBeGreaterThan(0.6);
  });
});

describe("methods for whole series", () => {
  test.each(batchMethods.map((method) => method.name))("%s finds a spike, and has nothing to say of a gap", (name) => {
    const method = batchMethod(name);
    const series = daily(900);
    series.values[0][800] = 60;
    series.values[0][600] = Number.NaN;
    const options = { ...method.options, ...QUICK[name], ...(name === "matrix_profile" ? { window: 24 } : {}) };
    const { score } = method.run(series, options, () => {});
    expect(isAnomaly(Math.max(...score.subarray(800, 824).filter((one) => !Number.isNaN(one))), 0.5)).toBe(true);
    expect(score[600]).toBeNaN();
  });

  test("stl and s_h_esd find the season, and say so", () => {
    for (const name of ["stl", "s_h_esd"]) {
      const { choice } = batchMethod(name).run(daily(900), batchMethod(name).options, () => {});
      expect(choice).toBe("a season of 24 points");
    }
  });

  test("s_h_esd agrees with itself on what is an outlier", () => {
    const method = batchMethod("s_h_esd");
    const series = daily(900);
    for (const i of [100, 200, 300, 301, 302]) series.values[0][i] += 15;
    const { score } = method.run(series, method.options, () => {});
    expect([...score.keys()].filter((i) => isAnomaly(score[i], 0.5))).toEqual([100, 200, 300, 301, 302]);
  });

  test("what is too short or empty is refused with a sentence", () => {
    const short = daily(50);
    expect(() => batchMethod("matrix_profile").run(short, batchMethod("matrix_profile").options, () => {})).toThrow("at least 400 points");
    expect(() => batchMethod("stl").run(short, { ...batchMethod("stl").options, season_length: 40 }, () => {})).toThrow(
      "a season of 40 points needs 80 points",
    );
    const empty = { times: short.times, values: [new Float64Array(50).fill(Number.NaN)] };
    expect(() => batchMethod("stl").run(empty, batchMethod("stl").options, () => {})).toThrow("the series has no values");
  });
});

describe("auto", () => {
  const choiceOf = (series: AnomalySeries) => onePass(onlineMethod("auto")).run(series, onlineMethod("auto").options, () => {}).choice;

  test("chooses views from the series and says which", () => {
    expect(choiceOf(daily(1000))).toBe("records in values, same time of day, same time of week");
    const minutes = Float64Array.from({ length: 1000 }, (_, i) => i * 60e6);
    const wave = Float64Array.from(minutes, (_, i) => Math.sin((2 * Math.PI * i) / 20));
    expect(choiceOf({ times: minutes, values: [wave] })).toBe(
      "records in values, same time of day, same time of week, same place in a period of 20 points",
    );
    const line = Float64Array.from(minutes, (_, i) => 3 * i);
    expect(choiceOf({ times: minutes, values: [line] })).toMatch(/^records in changes \(the series has a trend\)/);
    const rare = Float64Array.from(minutes, (_, i) => (i % 20 === 0 ? 1 : 0));
    expect(choiceOf({ times: minutes, values: [rare] })).toBe("records in values; sparse, so nothing seasonal");
    const random = new Random(3);
    const uneven = minutes.map((time) => time + random.next() * 50e6);
    expect(choiceOf({ times: uneven, values: [daily(1000).values[0]] })).toBe(
      "records in values; times are irregular, so nothing seasonal",
    );
  });

  test("is silent for 15 % of a series that ends, at most 750 points, and for 750 of one that does not", () => {
    const first = (length: number, known: number | undefined) => {
      const detector = onlineMethod("auto").create(onlineMethod("auto").options, 1, known);
      const verdict = newVerdict();
      const { times, values } = daily(length);
      for (let i = 0; i < length; i++) {
        detector.update(values[0].subarray(i, i + 1), times[i], verdict);
        if (!Number.isNaN(verdict.score)) return i;
      }
      return -1;
    };
    expect(first(1000, 1000)).toBe(150);
    expect(first(2000, 100000)).toBe(750);
    expect(first(2000, undefined)).toBe(750);
    expect(first(30, 30)).toBe(10);
  });

  test("months are of one season though they differ in length", () => {
    const times = Float64Array.from({ length: 240 }, (_, i) => Date.UTC(2000, i, 1) * 1000);
    const values = Float64Array.from(times, (_, i) => 10 * Math.sin((2 * Math.PI * i) / 12) + Math.sin(i * i));
    values[200] = -values[200];
    const { score, choice, expected } = onePass(onlineMethod("auto")).run(
      { times, values: [values] },
      { ...onlineMethod("auto").options, warmup: 48 },
      () => {},
    );
    expect(choice).toBe("records in values, same place in a period of 12 points");
    expect([...score.keys()].filter((i) => isAnomaly(score[i], 0.5))).toContain(200);
    for (let i = 201; i < 212; i++) expect(Math.abs(expected[i] - 10 * Math.sin((2 * Math.PI * i) / 12))).toBeLessThan(2);
  });

  test("sees a day that does not rise, though no value is new, and tells it once", () => {
    const series = daily(24 * 60);
    for (let i = 1000; i < 1024; i++) series.values[0][i] = 7.5;
    const { score } = onePass(onlineMethod("auto")).run(series, onlineMethod("auto").options, () => {});
    const told = [...score.keys()].filter((i) => isAnomaly(score[i], 0.5));
    const here = told.filter((i) => i >= 1000 && i < 1024);
    expect(here.length).toBeGreaterThan(0);
    expect(here.length).toBeLessThan(5);
    expect(told.length).toBeLessThan(12);
  });
});

describe("what is usual at a phase", () => {
  test("is the median of the last four cycles, each phase for itself", () => {
    for (const phases of [7, 24, 49, 107]) {
      const baseline = new PhaseBaseline(phases * 300e6, phases);
      for (let cycle = 0; cycle < 6; cycle++) {
        for (let i = 0; i < phases; i++) baseline.learn(100 * i + cycle * cycle, (cycle * phases + i) * 300e6);
      }
      // Cycles 2 to 5: 4, 9, 16 and 25.
      for (let i = 0; i < phases - 1; i++) expect(baseline.expected((6 * phases + i) * 300e6 + 299e6)).toBe(100 * i + 12.5);
    }
    expect(new PhaseBaseline(24, 24).expected(5)).toBeNaN();
  });

  test("takes several values in one phase of one cycle as their mean", () => {
    const baseline = new PhaseBaseline(10, 2);
    for (const [time, value] of [
      [0, 1],
      [1, 2],
      [2, 6],
      [6, 50],
      [10, 5],
      [16, 70],
    ])
      baseline.learn(value, time);
    expect(baseline.expected(20)).toBe(4);
  });
});

describe("scores", () => {
  test("are 0.5 at three standard deviations, and turn back", () => {
    expect(scoreOf(3)).toBe(0.5);
    expect(scoreOf(-3)).toBe(0.5);
    expect(scoreOf(Infinity)).toBe(1);
    expect(scoreOf(1e200)).toBe(1);
    for (const d of [0, 0.1, 3, 40]) expect(deviationOf(scoreOf(d))).toBeCloseTo(d, 9);
    expect([0, 0.5, 1].map(thresholdDeviation)).toEqual([6, 3, 1.5]);
    expect(isAnomaly(0.5, 0.5)).toBe(true);
    expect(isAnomaly(Number.NaN, 1)).toBe(false);
  });

  test("options are checked by name and range", () => {
    expect(() => checkOptions(onlineMethod("mad"), { windw: 5 })).toThrow("method mad has no option windw: did you mean window?");
    expect(() => checkOptions(onlineMethod("mad"), { window: 2.5 })).toThrow("window must be an integer from 3 to 65536, but is 2.5");
    expect(() => checkOptions(onlineMethod("mad"), { sensitivity: 2 })).toThrow("sensitivity must be a number from 0 to 1, but is 2");
    for (const { name, options } of batchMethods) expect(checkOptions({ name, options }, options)).toEqual(options);
    expect(() => onlineMethod("stl")).toThrow("needs the whole series");
    expect(() => batchMethod("sttl")).toThrow("did you mean stl?");
    expect(onlineMethod("EW_ZScore").name).toBe("ewma");
  });
});

describe("the Numenta benchmark's score", () => {
  const windows = [
    [300, 339],
    [700, 719],
  ] as const;
  const at = (...places: number[]) => {
    const scores = new Float64Array(1000);
    for (const place of places) scores[place] = 1;
    return { scores, windows };
  };

  test("is 0 for silence and 100 for the first point of every window", () => {
    expect(nabScore([at()]).score).toBe(0);
    expect(nabScore([at(300, 700)]).score).toBe(100);
    expect(nabScore([at(300, 700), { scores: new Float64Array(1000), windows: [] }]).score).toBe(100);
  });

  test("rewards early detections, counts a window once, and weighs false alarms by their distance", () => {
    const sigmoid = (x: number) => 2 / (1 + Math.exp(5 * x)) - 1;
    const early = nabCounts(at(300), 1).value;
    const late = nabCounts(at(339), 1).value;
    expect(early).toBeCloseTo(0, 12);
    expect(late).toBeCloseTo(sigmoid(-1 / 40) / sigmoid(-1) - 1, 12);
    expect(nabCounts(at(300, 310, 320), 1)).toEqual({ windows: 2, hits: 1, falseAlarms: 0, value: early });
    expect(nabCounts(at(200), 1).value).toBeCloseTo(-2 - 0.11, 12);
    expect(nabCounts(at(350), 1).value).toBeCloseTo(-2 + 0.11 * sigmoid(11 / 39), 12);
    expect(nabCounts(at(690), 1).value).toBeCloseTo(-2 - 0.11, 12);
  });

  test("leaves the first 15 % of a series out, and at most 750 points", () => {
    expect([nabProbation(1000), nabProbation(5000), nabProbation(22000)]).toEqual([150, 750, 750]);
    expect(nabCounts(at(149), 1).falseAlarms).toBe(0);
    expect(nabCounts(at(150), 1).falseAlarms).toBe(1);
  });

  test("takes the one threshold that is best for all series together", () => {
    const noisy = at(300, 700);
    noisy.scores.fill(0.4, 400, 500);
    const other = at();
    other.scores[300] = 0.5;
    other.scores[700] = 0.3;
    expect(nabScore([noisy, other]).threshold).toBe(0.5);
    expect(nabScore([noisy, other]).score).toBeCloseTo(75, 9);
  });
});
