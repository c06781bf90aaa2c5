import { parseArgs } from "node:util";
import { describeStreaming } from "../streaming-equivalence/run.ts";
import { runOwnStreams } from "./streams.ts";

/** `node dist/test/own-functions/streams-main.js [--seed n] [--queries n] [--differences n] [--identities percent] [--cross] [--show]`: a run of any length. */
const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    queries: { type: "string", default: "1000" },
    differences: { type: "string", default: "10" },
    identities: { type: "string", default: "25" },
    cross: { type: "boolean", default: false },
    show: { type: "boolean", default: false },
  },
});
const report = await runOwnStreams({
  seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  queries: Number(values.queries),
  maxDifferences: Number(values.differences),
  identities: Number(values.identities),
  cross: values.cross,
  show: values.show,
});
for (const difference of report.differences) console.log(`--- ${difference}\n`);
console.log(describeStreaming(report));
console.log(`${report.rewritten} rewritten; ${[...report.used].sort().join(" ")}`);
process.exitCode = report.differences.length > 0 ? 1 : 0;
