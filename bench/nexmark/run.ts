import { loadavg } from "node:os";
import { BatchAnswers, differenceOfTables } from "./check.ts";
import { type GeneratorOptions, generate } from "./generator.ts";
import { type NexmarkQuery, QUERIES } from "./queries.ts";
import { StreamEngine } from "./stream-engine.ts";

/**
 * Nexmark on one thread. The events are made before the clock starts; answers are checked first, on fewer events, against the same query over tables.
 *
 *     node dist/bench/nexmark/run.js [--events 20000000] [--queries q0,q1] [--runs 1] [--operators]
 *
 * One JSON line a query: events a second of all three kinds together, beside the best published figure of one core. Those are of clusters that make the events
 * within the pipeline, so that this is a comparison and no race. `cpu_ratio` is by processor time, all threads, which a busy machine does not stretch; a query
 * is `ok` where one of the two reaches the bar. `--operators`: milliseconds of each operator, too.
 */

const args = process.argv.slice(2);
const option = (name: string, otherwise: string): string => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : args[at + 1];
};

const events = Number(option("events", "20000000"));
const runs = Number(option("runs", "1"));
const wanted = option("queries", "").split(",").filter(Boolean);
const queries = wanted.length === 0 ? QUERIES : QUERIES.filter(({ name }) => wanted.includes(name));
const MEMORY_BYTES = 12e9;
const CHECKED: GeneratorOptions = { events: 20_000, eventsPerSecond: 100, batchEvents: 512 };
/** Enough for every loop to be compiled; more than one window of 10 seconds. */
const WARM_UP: GeneratorOptions = { events: 1_200_000, seed: 3 };

/** Names of the queries whose rows are those of the same query over tables. */
async function checked(): Promise<ReadonlySet<string>> {
  const data = generate(CHECKED);
  const answers = new BatchAnswers(data);
  const streams = new StreamEngine(data, MEMORY_BYTES);
  const right = new Set<string>();
  for (const { name, sql, emit } of queries) {
    const { table } = await streams.run(sql, { keep: true, emit });
    const wrong = table === undefined ? "no table" : differenceOfTables(await answers.batch(sql), table);
    if (wrong === undefined) right.add(name);
    else console.error(`${name}: ${wrong}`);
  }
  await streams.close();
  await answers.close();
  return right;
}

async function measured({ name, sql, emit, published, bar }: NexmarkQuery, streams: StreamEngine, agrees: boolean): Promise<void> {
  let best: { ms: number; cpu: number; run: Awaited<ReturnType<StreamEngine["run"]>> } | undefined;
  for (let i = 0; i < runs; i++) {
    const used = process.cpuUsage();
    const started = performance.now();
    const run = await streams.run(sql, { keep: false, emit });
    const ms = performance.now() - started;
    const { user, system } = process.cpuUsage(used);
    if (best === undefined || ms < best.ms) best = { ms, cpu: (user + system) / 1000, run };
  }
  if (best === undefined) return;
  const { ms, cpu, run } = best;
  const perSecond = (events / ms) * 1000;
  const times = (millis: number) => (published === undefined ? undefined : Math.round((events / millis / published) * 100_000) / 100);
  const ratio = times(ms);
  const cpuRatio = times(cpu);
  const operators = args.includes("--operators")
    ? run.operators.map(({ tree, selfMs, rowsIn, rowsOut, maxStateBytes }) => {
        const { name: operator } = "operator" in tree ? tree.operator : tree.source;
        return `${operator}: ${Math.round(selfMs)} ms, ${rowsIn} to ${rowsOut} rows, ${Math.round(maxStateBytes / 1e6)} MB`;
      })
    : undefined;
  const line = {
    query: name,
    events,
    changes: run.changes,
    rows: run.rowCount,
    late: run.late,
    ms: Math.round(ms),
    cpu_ms: Math.round(cpu),
    events_per_second: Math.round(perSecond),
    published,
    ratio,
    cpu_ratio: cpuRatio,
    bar,
    agrees,
    ok: agrees && (ratio === undefined || cpuRatio === undefined || bar === undefined || Math.max(ratio, cpuRatio) >= bar),
    load: Math.round(loadavg()[0] * 10) / 10,
    operators,
  };
  console.log(JSON.stringify(line));
}

const right = await checked();
const warm = new StreamEngine(generate(WARM_UP), MEMORY_BYTES);
const streams = new StreamEngine(generate({ events }), MEMORY_BYTES);
for (const query of queries) {
  await warm.run(query.sql, { keep: false, emit: query.emit });
  await measured(query, streams, right.has(query.name));
}
await warm.close();
await streams.close();
