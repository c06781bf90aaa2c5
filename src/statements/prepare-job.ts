import { bindError, WeirError } from "../core/errors.ts";
import { runQuery } from "../exec/run-query.ts";
import type { PreparedJob } from "../jobs/job-environment.ts";
import { checkStateIsKept } from "../jobs/job-state.ts";
import { usesOf } from "../jobs/job-uses.ts";
import { streamsOf } from "../jobs/streaming.ts";
import type { Insert } from "../sql/index.ts";
import type { StatementContext } from "./context.ts";
import { openSink, planStreamInsert } from "./insert.ts";

/** Plans the INSERT of a job: from streams into a stream that has a sink. A changelog that the sink cannot take is refused. */
export function prepareJob(insert: Insert, context: StatementContext): PreparedJob {
  const { name, span, plan, sink } = planStreamInsert(insert, context);
  if (sink === undefined) {
    throw bindError(`stream "${name}" has no sink to write to`, span, "CREATE STREAM … WITH (connector = 'file', path = '…') has one");
  }
  const { stream } = plan;
  if (stream === undefined) {
    throw bindError("a job reads streams, and this query reads tables only", insert.source?.span, "INSERT INTO runs it once");
  }
  if (stream.properties.changelog !== "append") {
    try {
      sink.checkChangelog("this query");
    } catch (error) {
      if (error instanceof WeirError) error.span ??= insert.source?.span;
      throw error;
    }
  }
  checkStateIsKept(plan.root);
  const { streaming } = context;
  const { functions } = context.execContext();
  return {
    plan,
    uses: () => usesOf(plan, functions, context.models, context.cwd),
    notices: stream.notices,
    sources: streamsOf(plan.root).map((source) => ({ name: source, delivery: streaming.delivery(source) })),
    sink: { name, delivery: sink.delivery, open: () => openSink(sink, plan, context) },
    start: (job, options) => runQuery(plan, context.execContext(), { ...options, late: streaming.lateOf(job, plan), foreground: false }),
  };
}
