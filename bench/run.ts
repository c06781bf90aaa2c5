import { CASES } from "./cases/index.ts";
import { measure } from "./measure.ts";

/**
 * `npm run bench [-- case …] [--runs n]`: prints one JSON line per case, medians of `runs` runs (5) after two warm-ups, Weir and DuckDB in turn.
 * A case name alone runs all its thread counts; `name@2` one of them.
 */
const args = process.argv.slice(2);
const runsAt = args.indexOf("--runs");
const runs = runsAt === -1 ? 5 : Number(args.splice(runsAt, 2)[1]);
const matches = (name: string, threads: number) => args.length === 0 || args.includes(name) || args.includes(`${name}@${threads}`);
const chosen = CASES.filter((one) => matches(one.name, one.threads));
if (chosen.length === 0) {
  console.error(`no such case; there are ${[...new Set(CASES.map((one) => one.name))].join(", ")}`);
  process.exit(1);
}
for (const one of chosen) console.log(JSON.stringify(await measure(one, runs)));
