import { parseArgs } from "node:util";
import { describe } from "../differential/run.ts";
import { runOwn } from "./run.ts";

/** `node dist/test/own-functions/main.js [--seed n] [--queries n] [--differences n] [--no-shrink] [--identities percent] [--show]`: a run of any length. */
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    queries: { type: "string", default: "1000" },
    differences: { type: "string", default: "10" },
    "no-shrink": { type: "boolean", default: false },
    identities: { type: "string", default: "12" },
    show: { type: "boolean", default: false },
  },
});
const report = await runOwn({
  seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  queries: Number(values.queries),
  maxDifferences: Number(values.differences),
  shrink: !values["no-shrink"],
  show: values.show,
  identities: Number(values.identities),
  onDifference: ({ query, summary, detail, script }) => console.log(`--- query ${query}: ${summary}\n${script}\n${detail}\n`),
});
console.log(describe(report));
console.log(
  `${report.rewritten} rewritten; ${[...report.used]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(", ")}`,
);
process.exitCode = report.differences.length > 0 ? 1 : 0;
