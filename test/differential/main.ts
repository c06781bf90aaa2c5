import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describe, runGenerated } from "./run.ts";

/** `node dist/test/differential/main.js [--seed n] [--queries n] [--differences n] [--no-shrink] [--script file]`: a run of any length. */
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    queries: { type: "string", default: "1000" },
    differences: { type: "string", default: "10" },
    "no-shrink": { type: "boolean", default: false },
    script: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const report = await runGenerated({
  seed,
  queries: Number(values.queries),
  maxDifferences: Number(values.differences),
  shrink: !values["no-shrink"],
  onDifference: ({ query, summary, detail, script }) => console.log(`--- query ${query}: ${summary}\n${script}\n${detail}\n`),
});
console.log(describe(report));
if (values.script !== undefined) writeFileSync(values.script, report.differences.map(({ script }) => script).join("\n\n"));
process.exitCode = report.differences.length > 0 ? 1 : 0;
