import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Session } from "../../src/index.ts";

/*
 * A process that kill tests start and kill: `node job-process.js <folder>` runs `<folder>/job.sql`, which creates job j, or resumes it where it is there
 * already, and ends when the job has. SIGTERM stops it cleanly.
 */
const [folder] = process.argv.slice(2);
const session = new Session({ cwd: folder, threads: 1, timeZone: "UTC", notify: (message) => process.stderr.write(`${message}\n`) });

let isStopping = false;
process.once("SIGTERM", () => {
  isStopping = true;
  void end();
});

async function end(): Promise<void> {
  await session.close();
  process.exit(0);
}

const resumes = existsSync(join(folder, ".weir", "jobs", "j", "job.json"));
const script = readFileSync(join(folder, "job.sql"), "utf8");
try {
  await session.run(resumes ? `${settingsOf(script)} RESUME JOB j` : script, {
    onOutput: ({ output, warnings }) => process.stdout.write(`${"message" in output ? output.message : ""}${warnings.join("; ")}\n`),
  });
} catch (error) {
  const { message } = error as Error;
  // It was killed in the last moment of its life.
  if (/has finished/.test(message)) await end();
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
const jobs = await session.jobs.atRest();
for (const { state, error } of jobs) {
  process.stdout.write(`${state}\n`);
  if (state !== "finished" && !isStopping) {
    process.stderr.write(`job is ${state}: ${error}\n`);
    process.exit(1);
  }
}
if (!isStopping) await end();

function settingsOf(text: string): string {
  return text
    .split(";")
    .filter((statement) => /^\s*SET\b/i.test(statement))
    .map((statement) => `${statement};`)
    .join(" ");
}
