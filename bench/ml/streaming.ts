import { readFileSync } from "node:fs";
import { type LiveQuery, type RecordBatch, Session } from "../../src/index.ts";
import type { Figures } from "./scoring.ts";

const ROWS_PER_SECOND = 100_000;
const WARMUP_SECONDS = 5;

/**
 * A stream of 100,000 rows a second with and without `predict`, both at once: from the moment a row is due to the moment its result is there. Memory
 * is that of the engine and of the model's process, at the start of the measured time and at its end.
 */
export async function streaming(model: string, seconds: number): Promise<Figures> {
  const session = new Session({ timeZone: "UTC" });
  await session.run(`CREATE MODEL m WITH ('path' = '${model}')`);
  await session.run(`CREATE STREAM s (ts TIMESTAMP, a DOUBLE, b DOUBLE, WATERMARK FOR ts AS ts)
    WITH (connector = 'generator', rows_per_second = ${ROWS_PER_SECOND}, 'a.range' = '[0, 8]', 'b.range' = '[0, 5]')`);
  const plain = await follow(session, "plain", "SELECT ts, a + b AS value FROM s");
  const scored = await follow(session, "scored", "SELECT ts, predict('m', a, b) AS value FROM s");
  await wait(WARMUP_SECONDS);
  plain.forget();
  scored.forget();
  const memory: number[] = [];
  for (let second = 0; second < seconds; second++) {
    await wait(1);
    memory.push(residentMegabytes());
  }
  const [without, within] = [plain.quantile(0.95), scored.quantile(0.95)];
  const figures = {
    case: "stream",
    seconds,
    rows_per_second: Math.round(scored.rows() / seconds),
    plain_p95_ms: round(without),
    predict_p50_ms: round(scored.quantile(0.5)),
    predict_p95_ms: round(within),
    added_p95_ms: round(within - without),
    bar_ms: 50,
    memory_first_mb: Math.round(mean(memory.slice(0, Math.ceil(seconds / 10)))),
    memory_last_mb: Math.round(mean(memory.slice(-Math.ceil(seconds / 10)))),
  };
  plain.live.stop();
  scored.live.stop();
  await session.close();
  return figures;
}

/** Delays in classes of a tenth of a millisecond: memory stays the same however long it runs. */
const CLASSES = 100_000;

async function follow(session: Session, queryName: string, sql: string) {
  const counts = new Float64Array(CLASSES);
  let rows = 0;
  let live: LiveQuery | undefined;
  const onChanges = ({ columns: [times], length }: RecordBatch) => {
    const now = performance.timeOrigin + performance.now();
    if (times.layout !== "flat") return;
    const data = times.data as BigInt64Array;
    for (let i = 0; i < length; i++) {
      const delay = now - Number(data[i]) / 1000;
      counts[Math.max(0, Math.min(CLASSES - 1, Math.floor(delay * 10)))]++;
    }
    rows += length;
  };
  await session.run(sql, {
    queryName,
    onChanges,
    onLive: (started) => {
      live = started;
    },
  });
  if (live === undefined) throw new Error(`${sql} does not run on`);
  return {
    live,
    rows: () => rows,
    forget: () => {
      counts.fill(0);
      rows = 0;
    },
    quantile: (share: number) => {
      let left = share * rows;
      for (let i = 0; i < CLASSES; i++) {
        left -= counts[i];
        if (left <= 0) return i / 10;
      }
      return CLASSES / 10;
    },
  };
}

/** Of this process and those it started; of this one alone where the system does not say. */
function residentMegabytes(): number {
  const own = process.memoryUsage.rss();
  if (process.platform !== "linux") return own / 1e6;
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").trim().split(" ");
  const pages = children.filter((pid) => pid !== "").map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]));
  return (own + pages.reduce((sum, count) => sum + count * 4096, 0)) / 1e6;
}

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const round = (value: number) => Math.round(value * 10) / 10;
