import type { Drop, JobAction } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";

/** PAUSE JOB, RESUME JOB, STOP JOB [WITH SAVEPOINT]. */
export async function runJobAction({ action, name, savepoint }: JobAction, { jobs }: StatementContext): Promise<StatementOutput> {
  switch (action) {
    case "pause":
      return { message: await jobs.pause(name.name, name.span) };
    case "resume":
      return { message: await jobs.resume(name.name, name.span) };
    case "stop":
      return { message: await jobs.stop(name.name, savepoint, name.span) };
  }
}

/** DROP JOB: stops it and removes its folder. What its sink has stays. */
export async function runDropJob(statement: Drop, { jobs }: StatementContext): Promise<StatementOutput> {
  const dropped: string[] = [];
  for (const qualified of statement.names) {
    const { name, span } = objectName(qualified);
    if (statement.ifExists && !jobs.has(name)) continue;
    await jobs.drop(name, span);
    dropped.push(name);
  }
  return { message: dropped.length === 0 ? "nothing to drop" : `dropped job ${dropped.join(", ")}` };
}
