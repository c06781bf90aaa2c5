import { type LiveQuery, Session, type Table, valueAt } from "../src/index.ts";

/**
 * 1000 continuous queries of 50 distinct plans over one live stream of 20,000 rows a second: are all right, is the stream read once, what memory do they
 * take, and how soon does a new cell answer? `--seconds 20`, `--queries 1000`. Prints JSON.
 */

const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const SECONDS = argument("seconds", 20);
const QUERIES = argument("queries", 1000);
const PLANS = argument("plans", 50);
const RATE = 20_000;

const stream = (name: string, more: string) =>
  `CREATE STREAM ${name} (ts TIMESTAMP, k VARCHAR, qty BIGINT, WATERMARK FOR ts AS ts) WITH (connector = 'generator', rows_per_second = ${more}, seed = 7,
    start_time = '2024-01-01 00:00:00', k.cardinality = 20, qty.range = '[0, 1000]')`;
const question = (from: string, plan: number) =>
  `SELECT window_start, k, count(*) AS n, sum(qty) AS total FROM TUMBLE(TABLE ${from}, DESCRIPTOR(ts), INTERVAL '1' SECOND)
   WHERE qty >= ${plan * 10} GROUP BY window_start, window_end, k`;

async function main(): Promise<void> {
  const session = new Session({ timeZone: "UTC", threads: 1 });
  await session.run(stream("live", `${RATE}`));
  const before = process.memoryUsage();
  const queries: LiveQuery[] = [];
  const started = performance.now();
  for (let i = 0; i < QUERIES; i++) {
    await session.run(question("live", i % PLANS), {
      queryName: `q${i}`,
      onLive: (live) => queries.push(live),
    });
  }
  const startMs = performance.now() - started;
  const answers: number[] = [];
  const firstRows: number[] = [];
  const until = performance.now() + SECONDS * 1000;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const asked = performance.now();
    await session.query("SELECT 1");
    answers.push(performance.now() - asked);
    const begun = performance.now();
    await new Promise<void>((resolve) => {
      void session.run("SELECT ts, qty FROM live", {
        queryName: "probe",
        onLive: (live) => {
          const stop = live.onChange(() => {
            if (live.frame(1).rowCount === 0) return;
            stop();
            live.stop();
            resolve();
          });
        },
      });
    });
    firstRows.push(performance.now() - begun);
  }
  const after = process.memoryUsage();
  const plansRunning = session.streaming.queries.plansRunning;
  const rowsRead = session.streaming.hub.figures("live").rows;
  for (const query of queries) query.stop();
  // The same rows as a table: row n of the generator depends on the seed and n alone.
  await session.run(stream("again", `'max', rows = ${rowsRead}, time_step = '${1e6 / RATE} microseconds'`));
  let wrong = 0;
  let compared = 0;
  for (let plan = 0; plan < PLANS; plan++) {
    const expected = rowsByKey(await session.query(question("again", plan)));
    for (let i = plan; i < queries.length; i += PLANS) {
      const got = rowsByKey(queries[i].frame(Number.POSITIVE_INFINITY).table);
      // The first window was open when the query came, and saw only some of its rows.
      const first = [...got.keys()].map((key) => key.split(" ")[0]).sort()[0];
      for (const [key, value] of got) {
        if (key.startsWith(`${first} `)) continue;
        compared++;
        if (expected.get(key) !== value) wrong++;
      }
    }
  }
  const p = (values: number[], share: number) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)];
  console.log(
    JSON.stringify(
      {
        queries: queries.length,
        distinctPlans: plansRunning,
        rowsRead,
        rowsPerSecond: Math.round(rowsRead / SECONDS),
        compared,
        wrong,
        startMs: Math.round(startMs),
        select1Ms: { p50: p(answers, 0.5), p95: p(answers, 0.95), max: Math.max(...answers) },
        firstRowOfNewCellMs: { p50: p(firstRows, 0.5), p95: p(firstRows, 0.95), max: Math.max(...firstRows) },
        memoryMB: { before: mb(before), after: mb(after) },
      },
      null,
      2,
    ),
  );
  await session.close();
}

const mb = ({ rss, arrayBuffers, heapUsed }: NodeJS.MemoryUsage) => ({
  rss: Math.round(rss / 1e6),
  arrayBuffers: Math.round(arrayBuffers / 1e6),
  heapUsed: Math.round(heapUsed / 1e6),
});

function rowsByKey({ batches }: Table): Map<string, string> {
  const rows = new Map<string, string>();
  for (const { columns, length } of batches) {
    for (let i = 0; i < length; i++) {
      const [start, k, n, total] = columns.map((column) => String(valueAt(column, i)));
      rows.set(`${start} ${k}`, `${n} ${total}`);
    }
  }
  return rows;
}

await main();
