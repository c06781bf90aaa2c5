import { matrixProfile } from "../../src/timeseries/anomalies/matrix-profile.ts";
import { onlineMethods } from "../../src/timeseries/anomalies/methods.ts";
import { newVerdict } from "../../src/timeseries/anomalies/online.ts";
import { Random } from "../../src/timeseries/anomalies/random.ts";

/**
 * `node dist/bench/timeseries/anomaly-speed.js`: points a second of every online method on a noisy daily wave, one thread, the median of five runs, and
 * seconds for the matrix profile of 100,000 points with m = 100. Prints JSON lines.
 */
const MINUTE = 60e6;
const random = new Random(7);
const wave = (length: number) =>
  Float64Array.from({ length }, (_, i) => 3 * Math.sin((2 * Math.PI * i) / 1440) + random.next() + random.next());

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];

for (const method of onlineMethods) {
  const values = wave(method.name === "rcf" ? 20_000 : 1_000_000);
  const runs = Array.from({ length: 5 }, () => {
    const detector = method.create(method.options, 1);
    const verdict = newVerdict();
    const point = new Float64Array(1);
    const start = performance.now();
    for (let i = 0; i < values.length; i++) {
      point[0] = values[i];
      detector.update(point, i * MINUTE, verdict);
    }
    return (values.length / (performance.now() - start)) * 1000;
  });
  console.log(JSON.stringify({ method: method.name, pointsPerSecond: Math.round(median(runs)) }));
}

const long = wave(100_000);
const start = performance.now();
matrixProfile(long, 100);
console.log(
  JSON.stringify({
    method: "matrix_profile",
    points: long.length,
    m: 100,
    seconds: Number(((performance.now() - start) / 1000).toFixed(2)),
  }),
);
