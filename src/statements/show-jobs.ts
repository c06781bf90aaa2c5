import { relative } from "node:path";
import { WeirError } from "../core/errors.ts";
import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { Table } from "../core/vector.ts";
import { formatBytes } from "../exec/memory-budget.ts";
import { checkpointsOf, guarantee, type KnownJob } from "../jobs/job-manager.ts";
import { explainJson, explainText } from "../plan/index.ts";
import type { Describe, ExplainJob } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { tableFromRows } from "./rows.ts";

const COLUMNS: Schema = [
  { name: "name", type: VARCHAR },
  { name: "state", type: VARCHAR },
  { name: "rows_in", type: BIGINT },
  { name: "rows_out", type: BIGINT },
  { name: "rows_per_second", type: DOUBLE },
  { name: "lag_ms", type: DOUBLE },
  { name: "watermark", type: TIMESTAMP },
  { name: "restarts", type: BIGINT },
  { name: "checkpoint", type: BIGINT },
  { name: "checkpoint_age_ms", type: DOUBLE },
  { name: "checkpoint_ms", type: DOUBLE },
  { name: "checkpoint_bytes", type: BIGINT },
  { name: "state_bytes", type: BIGINT },
  { name: "folder", type: VARCHAR },
  { name: "error", type: VARCHAR },
];

const whole = (value: number | undefined): bigint | null => (value === undefined ? null : BigInt(Math.round(value)));
const milliseconds = (micros: number | undefined): number | null => (micros === undefined ? null : Math.round(micros / 1000));

/** SHOW JOBS: those of this session, and those that have a folder here. */
export async function showJobs({ jobs, clock, cwd }: StatementContext): Promise<{ schema: Schema; rows: Value[][] }> {
  const now = clock.now();
  const rows = await Promise.all((await jobs.list()).map((known) => jobRow(known, now, cwd)));
  return { schema: COLUMNS, rows };
}

async function jobRow(known: KnownJob, now: number, cwd: string): Promise<Value[]> {
  const { stored, job, folder } = known;
  const figures = job?.figures();
  const last = (await checkpointsOf(known)).at(-1);
  const { watermark, checkpoint } = figures ?? {};
  return [
    stored.name,
    stateOf(known),
    whole(figures?.rowsIn),
    whole(figures?.rowsOut),
    figures === undefined ? null : Math.round(figures.rowsInPerSecond),
    milliseconds(watermark === undefined ? undefined : now - watermark),
    whole(watermark),
    whole(stored.restarts),
    whole(last?.number),
    milliseconds(last === undefined ? undefined : now - last.time),
    checkpoint === undefined ? null : Math.round(checkpoint.durationMs),
    whole(checkpoint?.bytesWritten ?? last?.stateBytes),
    whole(figures?.stateBytes ?? last?.stateBytes),
    relative(cwd, folder),
    stored.error ?? null,
  ];
}

/** A job that was running when its process ended is stopped now. */
function stateOf({ job, stored, elsewhere }: KnownJob): string {
  if (job !== undefined) return job.figures().state;
  if (elsewhere !== undefined) return `${stored.state} in process ${elsewhere}`;
  return stored.state === "running" || stored.state === "created" ? "stopped" : stored.state;
}

/** DESCRIBE JOB j: what it is, its checkpoints, and what its operators do. */
export async function describeJob(statement: Describe, context: StatementContext): Promise<StatementOutput> {
  const { target } = statement;
  if (target.kind !== "tableName") throw new WeirError("internal", "DESCRIBE JOB without a name");
  const { name, span } = target.name[target.name.length - 1];
  const known = await context.jobs.get(name, span);
  const facts = COLUMNS.map((column, i) => [column.name, i] as const);
  const row = await jobRow(known, context.clock.now(), context.cwd);
  const { job, stored } = known;
  const rows: [string, string][] = facts.flatMap(([fact, i]): [string, string][] => (row[i] === null ? [] : [[fact, String(row[i])]]));
  rows.push(["statement", stored.sql]);
  for (const { name: of, sql } of stored.declarations) rows.push([`declaration of ${of}`, sql]);
  if (stored.tables.length > 0) rows.push(["tables", stored.tables.join(", ")]);
  for (const [setting, value] of Object.entries(stored.settings)) rows.push([`setting ${setting}`, String(value)]);
  if (job !== undefined) {
    const { checkpointsSkipped, checkpointsFailed } = job.figures();
    rows.push(["guarantee", guarantee(job.prepared)]);
    rows.push(["checkpoints skipped", String(checkpointsSkipped)], ["checkpoints failed", String(checkpointsFailed)]);
    rows.push(["plan", explainText(job.prepared.plan, job.nodeMetrics())]);
  }
  for (const { number, savepoint, stateBytes, parts, time } of await checkpointsOf(known)) {
    const label = savepoint === undefined ? `checkpoint ${number}` : `savepoint ${savepoint}`;
    rows.push([label, `${new Date(time / 1000).toISOString()}, ${formatBytes(stateBytes)} in ${parts} parts`]);
  }
  return { table: factTable(rows) };
}

const factTable = (rows: readonly (readonly [string, string])[]): Table =>
  tableFromRows(
    [
      { name: "property", type: VARCHAR },
      { name: "value", type: VARCHAR },
    ],
    rows,
  );

/** EXPLAIN JOB j: its plan; with ANALYZE what each operator has done up to now, while the job goes on. */
export async function explainJob(statement: ExplainJob, { jobs }: StatementContext): Promise<StatementOutput> {
  const { name, analyze, format } = statement;
  const job = await jobs.running(name.name, name.span);
  const metrics = analyze ? job.nodeMetrics() : undefined;
  const { plan } = job.prepared;
  return { text: format === "json" ? JSON.stringify(explainJson(plan, metrics), null, 2) : explainText(plan, metrics) };
}
