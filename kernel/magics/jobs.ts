import { CellError } from "../cell-error.ts";
import type { Magic } from "./magic.ts";

/** How often the jobs are looked at while a cell waits for them. */
const POLL_MS = 200;

export const jobsMagic: Magic = {
  name: "jobs",
  usage: "%jobs [wait]",
  summary: "lists the jobs, or waits until none of this session is at work",
  help: [
    "%jobs         -- the same as SHOW JOBS",
    "%jobs wait    -- holds the cell until the jobs have ended; a job that failed is an error",
    "",
    "weir run waits in this way for the jobs of a notebook.",
  ],
  async run(call, cell) {
    const wanted = call.args.trim().toLowerCase();
    if (wanted === "") return cell.runSql("SHOW JOBS", call.span);
    if (wanted !== "wait") throw new CellError(`%jobs takes wait, not "${call.args.trim()}"`, call.span, "%jobs wait");
    let jobs = await cell.engine.jobs();
    while (jobs.some(({ state }) => state === "running" || state === "restarting")) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      jobs = await cell.engine.jobs();
    }
    for (const { name, state } of jobs) cell.output.stream("stdout", `job ${name}: ${state}\n`);
    const failed = jobs.find(({ state }) => state === "failed");
    if (failed !== undefined) throw new CellError(`job ${failed.name} failed: ${failed.error}`, call.span);
  },
};
