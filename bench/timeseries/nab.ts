import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAB_PROFILES, type NabProfile, type NabSeries, nabCounts, nabScore } from "../../src/timeseries/accuracy/nab.ts";
import { onePass } from "../../src/timeseries/anomalies/batch.ts";
import { onlineMethods } from "../../src/timeseries/anomalies/methods.ts";
import { deviationOf } from "../../src/timeseries/anomalies/score.ts";
import { newExtreme, windowedGaussian } from "./nab-baselines.ts";

/**
 * `node dist/bench/timeseries/nab.js`: detectors on the series of the Numenta Anomaly Benchmark in `$WEIR_DATA/nab` (`data/…csv` and `windows.json`),
 * with their default options, each point judged when it comes. Prints the scores of every online method, of windowed Gaussian and of the new-extreme
 * detector, then hits and false alarms of `auto` in each series.
 */
interface Labelled {
  readonly name: string;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly windows: NabSeries["windows"];
}

function load(folder: string): Labelled[] {
  const labels = JSON.parse(readFileSync(join(folder, "windows.json"), "utf8")) as Record<string, [string, string][]>;
  return Object.entries(labels).map(([name, windows]) => {
    const rows = readFileSync(join(folder, "data", name), "utf8")
      .trim()
      .split("\n")
      .slice(1);
    const stamps = rows.map((row) => row.split(",")[0]);
    const place = (stamp: string) => stamps.indexOf(stamp.slice(0, 19));
    return {
      name,
      times: Float64Array.from(stamps, (stamp) => Date.parse(`${stamp.replace(" ", "T")}Z`) * 1000),
      values: Float64Array.from(rows, (row) => Number(row.split(",")[1])),
      windows: windows.map(([first, last]) => [place(first), place(last)] as const),
    };
  });
}

const folder = join(process.env.WEIR_DATA ?? "", "nab");
if (process.env.WEIR_DATA === undefined || !existsSync(join(folder, "windows.json"))) {
  console.error("WEIR_DATA must name a folder that holds nab/windows.json and nab/data (github.com/numenta/NAB)");
  process.exit(1);
}
const series = load(folder);
const scored = (score: (one: Labelled) => Float64Array): NabSeries[] => series.map((one) => ({ scores: score(one), windows: one.windows }));

const contenders: Record<string, NabSeries[]> = {
  "says nothing": scored((one) => new Float64Array(one.values.length)),
  perfect: scored((one) => Float64Array.from(one.values, (_, i) => (one.windows.some(([first]) => first === i) ? 1 : 0))),
  "windowed Gaussian": scored((one) => windowedGaussian(one.values)),
  "new extreme": scored((one) => newExtreme(one.values)),
};
for (const method of onlineMethods) {
  contenders[method.name] = scored(({ times, values }) => onePass(method).run({ times, values: [values] }, method.options, () => {}).score);
}

console.log(`| detector | ${Object.keys(NAB_PROFILES).join(" | ")} |\n|---|${"--:|".repeat(Object.keys(NAB_PROFILES).length)}`);
for (const [name, all] of Object.entries(contenders)) {
  const scores = Object.values(NAB_PROFILES).map((profile: NabProfile) => nabScore(all, profile).score.toFixed(1));
  console.log(`| ${name} | ${scores.join(" | ")} |`);
}

const auto = contenders.auto;
const best = nabScore(auto);
console.log(
  `\nauto, standard profile: best threshold ${best.threshold.toFixed(3)} (${deviationOf(best.threshold).toFixed(2)} standard deviations)`,
);
console.log(`at its own threshold of 0.5: ${scoreAt(auto, 0.5).toFixed(1)}`);
for (const parity of [0, 1]) {
  const here = auto.filter((_, i) => i % 2 === parity);
  const there = auto.filter((_, i) => i % 2 !== parity);
  const { threshold } = nabScore(there);
  const which = parity === 0 ? "1st, 3rd, …" : "2nd, 4th, …";
  console.log(
    `${which} series: ${scoreAt(here, 0.5).toFixed(1)} at 0.5, ${scoreAt(here, threshold).toFixed(1)} at what is best for the others`,
  );
}
console.log("\n| series | hits | false alarms | value |\n|---|--:|--:|--:|");
series.forEach(({ name }, i) => {
  const { hits, windows, falseAlarms, value } = nabCounts(auto[i], best.threshold);
  console.log(`| ${name} | ${hits} of ${windows} | ${falseAlarms} | ${value.toFixed(2)} |`);
});

function scoreAt(all: readonly NabSeries[], threshold: number): number {
  let windows = 0;
  let value = 0;
  for (const one of all) {
    const counts = nabCounts(one, threshold);
    windows += counts.windows;
    value += counts.value;
  }
  return (100 * (value + windows)) / (2 * windows);
}
