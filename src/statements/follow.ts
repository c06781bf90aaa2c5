import { bindError, type WeirError } from "../core/errors.ts";
import type { RecordBatch } from "../core/vector.ts";
import { type ExecContext, interruptedError } from "../exec/context.ts";
import { failureOf } from "../jobs/continuous-query.ts";
import type { LiveRunOptions } from "../jobs/live.ts";
import { type Streaming, streamsOf } from "../jobs/streaming.ts";
import type { StreamQueryPlan } from "../plan/index.ts";
import type { LogicalPlan } from "../plan/logical-plan.ts";
import type { Statement } from "../sql/index.ts";
import type { StatementOutput } from "./context.ts";

/** What a statement over streams is run with. */
export interface FollowContext {
  readonly streaming: Streaming;
  /** The text that spans refer to. */
  readonly text: string;
  /** For queries that someone waits for, which the session's interrupt ends. */
  readonly exec: ExecContext;
  /** For queries that run on. */
  readonly ownExec: () => ExecContext;
  readonly live: LiveRunOptions;
  /** Puts an error in code of the user's own at the call. Gives the error. */
  readonly place: (error: WeirError) => WeirError;
  /** Rows kept of a result that only grows and has no end. */
  readonly rowsKept: number;
  readonly warnings: string[];
  /** Dead letters that were told of, by stream. */
  readonly deadLettersTold: Map<string, number>;
}

/** A SELECT over streams: to its end where it has one, or else in the background. */
export async function followQuery(plan: StreamQueryPlan, statement: Statement, context: FollowContext): Promise<StatementOutput> {
  const { live, warnings } = context;
  warnings.push(...plan.stream.notices);
  const held = hasEnd(plan) || !plan.stream.properties.endless;
  const followed = context.streaming.start({
    name: live.queryName ?? "query",
    sql: context.text.slice(statement.span.start, statement.span.end),
    plan,
    exec: held ? context.exec : context.ownExec(),
    keepRows: held ? undefined : context.rowsKept,
    foreground: held,
    place: context.place,
    onChanges: live.onChanges === undefined ? undefined : (batch) => live.onChanges?.(batch, plan.root.schema),
  });
  live.onLive?.(followed, { statement, held });
  if (!held) return { live: followed };
  const { query } = followed;
  await query.finished;
  if (query.status === "failed") throw failureOf(query);
  if (query.status === "stopped") warnings.push("stopped before its end: the rows are those so far");
  const { late, deadLetters, dropped } = query.figures();
  if (late > 0) warnings.push(`${late} ${late === 1 ? "row" : "rows"} came too late: SELECT * FROM "${followed.name}$late"`);
  if (deadLetters > 0) warnings.push(...deadLetterWarnings(plan.root, context));
  if (dropped > 0) warnings.push(`${dropped} rows were dropped by a source that could not wait`);
  warnings.push(...query.warnings);
  return { table: query.table() };
}

/** A query over streams whose rows a statement needs all. */
export async function runToEnd(plan: StreamQueryPlan, context: FollowContext, sink?: (batch: RecordBatch) => void) {
  const { streaming, text, exec } = context;
  if (plan.stream.properties.endless && !hasEnd(plan)) throw endlessError(text);
  const { query } = streaming.start({ name: "query", sql: text, plan, exec, foreground: true, place: context.place });
  context.warnings.push(...plan.stream.notices);
  await query.finished;
  if (query.status === "failed") throw failureOf(query);
  if (query.status === "stopped") throw interruptedError();
  context.warnings.push(...query.warnings);
  const table = query.table();
  if (sink !== undefined) for (const batch of table.batches) sink(batch);
  return { ...table, warnings: [], metrics: query.nodeMetrics() };
}

/** What could not be read of a plan's streams, as far as it was not told before. */
function deadLetterWarnings(plan: LogicalPlan, { streaming: { hub }, deadLettersTold }: FollowContext): string[] {
  return streamsOf(plan).flatMap((name) => {
    const count = hub.has(name) ? hub.figures(name).deadLetters : 0;
    if (count <= (deadLettersTold.get(name) ?? 0)) return [];
    deadLettersTold.set(name, count);
    return [`${count} ${count === 1 ? "record" : "records"} of ${name} could not be read: SELECT * FROM "${name}$dead_letters"`];
  });
}

/** Whether a query over streams comes to an end though its streams do not. */
const hasEnd = (plan: StreamQueryPlan): boolean => plan.duration !== undefined || plan.until !== undefined || endsByLimit(plan.root);

/** A LIMIT without ORDER BY is full at some time. */
const endsByLimit = (plan: LogicalPlan): boolean =>
  plan.kind === "limit" ? plan.limit !== undefined : plan.kind === "project" && endsByLimit(plan.input);

export const endlessError = (sql: string) =>
  bindError(
    `this query has no end, and its rows are needed here: ${sql.trim().slice(0, 60)}`,
    undefined,
    "FOR INTERVAL '10' SECOND, LIMIT or UNTIL ends it; CREATE JOB or CREATE MATERIALIZED VIEW runs it on",
  );
