import { bindError, WeirError } from "../core/errors.ts";
import { createFileWriter } from "../formats/index.ts";
import type { Query, RecordStream } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { rows } from "./create-table.ts";
import { selectAll } from "./select-query.ts";

/**
 * RECORD s TO 'file': writes a stream's rows, from the earliest it still has, so that queries can be run again on the same rows. With an end of its own
 * (a stream that ends, FOR, UNTIL) it waits for it; otherwise it goes on in the background until STOP.
 */
export async function runRecord(statement: RecordStream, context: StatementContext): Promise<StatementOutput> {
  const path = context.constant(statement.path);
  if (typeof path !== "string") throw bindError("RECORD needs the name of a file", statement.path.span);
  const { stream, duration, until, span } = statement;
  const from = stream.startingAt === undefined ? { ...stream, startingAt: { kind: "startingAt", at: "earliest", span } as const } : stream;
  const query: Query = { ...selectAll(from), duration, until, span };
  const plan = context.plan(query);
  if (plan.stream === undefined) throw bindError("RECORD writes streams, and this is a table", stream.span, "COPY t TO 'file'");
  const writer = (() => {
    try {
      return createFileWriter(path, plan.root.schema, { cwd: context.cwd });
    } catch (error) {
      if (error instanceof WeirError) error.span ??= statement.path.span;
      throw error;
    }
  })();
  if (plan.stream.properties.endless && duration === undefined && until === undefined) {
    const followed = context.streaming.start({
      name: `record_${stream.name[stream.name.length - 1].name}`,
      sql: context.text.slice(span.start, span.end),
      plan: { ...plan, stream: plan.stream },
      exec: context.execContext(),
      keepRows: 1,
      foreground: false,
      onChanges: (batch) => writer.write(batch),
    });
    void followed.query.finished.then(() => (followed.query.status === "failed" ? writer.abort() : writer.finish()));
    return { message: `recording to ${path} as ${followed.name}; STOP ${followed.name} ends it` };
  }
  try {
    const result = await context.run(plan, (batch) => writer.write(batch));
    writer.finish();
    return { message: `${path}: ${rows(result.rowCount)}` };
  } catch (error) {
    writer.abort();
    throw error;
  }
}
