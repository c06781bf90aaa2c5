import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MODELS } from "../../src/timeseries/forecast/models.ts";

/**
 * Series a second of the forecasters, one thread, beside statsforecast in the same minute.
 *
 *     node dist/bench/timeseries/forecast-speed.js [model …] [--series 1000] [--peer 50] [--runs 3]
 *
 * Monthly series of 120 points (a trend, a season, noise, some with zeros), horizon 18, no intervals. `--peer` is how many of
 * them the peer gets, 0 for none. WEIR_BENCH_PYTHON is the interpreter with statsforecast; python3 where it is not set.
 * One JSON line a model: medians of the runs, by processor time, which a busy machine distorts less; `ratio` above 1: Weir is faster.
 */

const POINTS = 120;
const SEASON = 12;
const HORIZON = 18;
/** Series a second that each model should reach. */
const BARS: Readonly<Record<string, number>> = { theta: 3000, auto_ets: 150, auto_arima: 20 };

const words = process.argv.slice(2);
const option = (name: string, otherwise: number) =>
  words.includes(`--${name}`) ? Number(words[words.indexOf(`--${name}`) + 1]) : otherwise;
const asked = words.filter((word, i) => !word.startsWith("--") && !words[i - 1]?.startsWith("--"));

/** A linear congruential generator (Knuth's MMIX constants), so that both sides and every run have the same series. */
function generator(seed: bigint): () => number {
  let state = seed;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}

function makeSeries(index: number): Float64Array {
  const random = generator(BigInt(index) * 7919n + 1n);
  const level = 50 + 500 * random();
  const slope = (random() - 0.3) * 0.01 * level;
  const swing = 0.3 * random();
  const noise = 0.02 + 0.08 * random();
  const phase = 2 * Math.PI * random();
  let drift = 0;
  return Float64Array.from({ length: POINTS }, (_, t) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    drift += 0.3 * noise * level * normal;
    const season = 1 + swing * Math.sin((2 * Math.PI * t) / SEASON + phase) + 0.3 * swing * Math.cos((4 * Math.PI * t) / SEASON);
    return Math.max(1, (level + slope * t + drift) * season * (1 + noise * (random() - 0.5)));
  });
}

function root(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, "bench/timeseries/forecast-peer.py"))) return at;
  }
  return process.cwd();
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
const round = (value: number) => Math.round(value * 100) / 100;

const series = Array.from({ length: option("series", 1000) }, (_, i) => makeSeries(i));
const peerCount = Math.min(option("peer", 50), series.length);
const runs = option("runs", 3);
const python =
  peerCount === 0
    ? undefined
    : spawn(process.env.WEIR_BENCH_PYTHON ?? "python3", [join(root(), "bench/timeseries/forecast-peer.py")], {
        stdio: ["pipe", "pipe", "inherit"],
      });
const answers = python && createInterface({ input: python.stdout })[Symbol.asyncIterator]();

async function peerSeconds(model: string): Promise<number> {
  const request = { model, series: series.slice(0, peerCount).map((y) => [...y]), season: SEASON, horizon: HORIZON };
  python!.stdin.write(`${JSON.stringify(request)}\n`);
  const answer = await answers!.next();
  if (answer.done === true) throw new Error(`the peer gave no answer for ${model}: is statsforecast installed?`);
  return (JSON.parse(answer.value) as { seconds: number }).seconds;
}

function ourSeconds(name: string): number {
  const model = MODELS.get(name);
  if (model === undefined) throw new Error(`there is no model '${name}': ${[...MODELS.keys()].join(", ")}`);
  const started = process.cpuUsage();
  let sum = 0;
  for (const y of series) sum += model.fit(y, { seasons: [SEASON] }).forecast(HORIZON, []).mean[0];
  if (!Number.isFinite(sum)) throw new Error(`${name} gave a forecast that is not a number`);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

try {
  for (const name of asked.length > 0 ? asked : ["theta", "auto_ets"]) {
    const ours: number[] = [];
    const theirs: number[] = [];
    ourSeconds(name);
    for (let i = 0; i < runs; i++) {
      ours.push(series.length / ourSeconds(name));
      if (peerCount > 0) theirs.push(peerCount / (await peerSeconds(name)));
    }
    const weir = median(ours);
    const peer = theirs.length > 0 ? median(theirs) : undefined;
    const figures = {
      model: name,
      series_a_second: round(weir),
      ...(BARS[name] === undefined ? {} : { bar: BARS[name] }),
      ...(peer === undefined ? {} : { statsforecast: round(peer), ratio: round(weir / peer) }),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
} finally {
  python?.kill();
}
