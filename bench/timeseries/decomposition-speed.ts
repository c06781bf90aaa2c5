import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mstl } from "../../src/timeseries/decomposition/mstl.ts";
import { stl } from "../../src/timeseries/decomposition/stl.ts";

/**
 * Seconds of STL and MSTL for 100,000 points, one thread, beside statsmodels in the same minute, which must agree.
 *
 *     node dist/bench/timeseries/decomposition-speed.js [--points 100000] [--runs 5] [--peer 1]
 *
 * `--peer 0` leaves statsmodels out. WEIR_BENCH_PYTHON is the interpreter that has it; python3 where it is not set.
 * One JSON line a case: medians of the runs on the clock and of the processor's time; `ratio` above 1: Weir is faster.
 */

const words = process.argv.slice(2);
const option = (name: string, otherwise: number) =>
  words.includes(`--${name}`) ? Number(words[words.indexOf(`--${name}`) + 1]) : otherwise;

const points = option("points", 100_000);
const runs = option("runs", 5);

/** A trend, two seasons and an even noise that both sides can make. */
const series = Float64Array.from(
  { length: points },
  (_, i) =>
    10 + 0.001 * i + 3 * Math.sin((2 * Math.PI * i) / 24) + 2 * Math.cos((2 * Math.PI * i) / 168) + (((i * i * 7) % 1009) / 1009 - 0.5),
);

interface Case {
  readonly name: string;
  /** Seconds that it should stay under for 100,000 points. */
  readonly bar?: number;
  readonly trend: () => Float64Array;
}

const CASES: readonly Case[] = [
  { name: "stl_24", bar: 0.3, trend: () => stl(series, { period: 24 }).trend },
  { name: "stl_24_robust", trend: () => stl(series, { period: 24, robust: true }).trend },
  { name: "mstl_24_168", bar: 1, trend: () => mstl(series, { periods: [24, 168] }).trend },
];

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
const round = (value: number) => Math.round(value * 1000) / 1000;

interface Peer {
  readonly seconds: number;
  /** The trend at every thousandth of the series. */
  readonly trend: readonly number[];
}

const peers = option("peer", 1) > 0 ? askPeer() : {};

for (const { name, bar, trend } of CASES) {
  let answer = trend();
  const clock: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < runs; i++) {
    const used = process.cpuUsage();
    const started = performance.now();
    answer = trend();
    clock.push((performance.now() - started) / 1000);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1e6);
  }
  const peer = peers[name];
  const seconds = median(clock);
  const figures = {
    case: name,
    points,
    seconds: round(seconds),
    processor_seconds: round(median(processor)),
    ...(bar === undefined ? {} : { bar }),
  };
  const beside = peer === undefined ? {} : { statsmodels: round(peer.seconds), ratio: round(peer.seconds / seconds) };
  if (peer !== undefined) checkAgreement(name, answer, peer);
  process.stdout.write(`${JSON.stringify({ ...figures, ...beside })}\n`);
}

function checkAgreement(name: string, answer: Float64Array, peer: Peer): void {
  const step = Math.floor(points / 1000);
  for (const [i, value] of peer.trend.entries())
    if (!(Math.abs(answer[i * step] - value) <= 1e-9 * Math.abs(value)))
      throw new Error(`${name}: the trend at ${i * step} is ${answer[i * step]}, and statsmodels has ${value}`);
}

function askPeer(): Readonly<Record<string, Peer>> {
  const python = process.env.WEIR_BENCH_PYTHON ?? "python3";
  const { status, stdout } = spawnSync(python, [join(root(), "bench/timeseries/decomposition-peer.py"), String(points)], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error("the peer gave no answer: is statsmodels installed?");
  return JSON.parse(stdout);
}

function root(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, "bench/timeseries/decomposition-peer.py"))) return at;
  return process.cwd();
}
