import { join } from "node:path";
import { median } from "../measure.ts";
import { generateNexmark } from "./generator.ts";
import { openNexmark, readQueries } from "./nexmark.ts";

/**
 * Nexmark, one thread, the events made before the clock starts.
 *
 *     node dist/bench/nexmark/run.js [--events 20000000] [--runs 1] [q0 …]
 *
 * One JSON line a query: events a second of all three kinds together, beside the best published figure of one core
 * (theirs on a cluster with a generator in the pipeline, so a comparison and not a race). test/nexmark checks the answers.
 */

const PUBLISHED: Readonly<Record<string, number>> = {
  q0: 436e3,
  q1: 436e3,
  q2: 436e3,
  q3: 413e3,
  q4: 265e3,
  q5: 412e3,
  q7: 196e3,
  q8: 415e3,
  q9: 57e3,
  q16: 51e3,
  q18: 85e3,
  q20: 85e3,
};

const args = process.argv.slice(2);
const option = (name: string, otherwise: number): number => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args.splice(at, 2)[1]);
};
const events = option("events", 20_000_000);
const runs = option("runs", 1);
const session = await openNexmark(generateNexmark(events));
for (const { name, sql } of readQueries(join(process.cwd(), "bench", "nexmark", "queries"))) {
  if (args.length > 0 && !args.includes(name)) continue;
  const times: number[] = [];
  const busy: number[] = [];
  let rows = 0;
  try {
    for (let i = 0; i < runs; i++) {
      const used = process.cpuUsage();
      const start = performance.now();
      rows = (await session.query(sql)).rowCount;
      times.push(performance.now() - start);
      const { user, system } = process.cpuUsage(used);
      busy.push((user + system) / 1000);
    }
  } catch (error) {
    console.log(JSON.stringify({ query: name, events, error: error instanceof Error ? error.message : String(error) }));
    continue;
  }
  const ms = median(times);
  const rate = Math.round((events / ms) * 1000);
  const published = PUBLISHED[name];
  const ratio = published === undefined ? undefined : Math.round((rate / published) * 100) / 100;
  console.log(
    JSON.stringify({
      query: name,
      events,
      rows,
      ms: Math.round(ms),
      cpu_ms: Math.round(median(busy)),
      events_per_second: rate,
      published,
      ratio,
    }),
  );
}
await session.close();
