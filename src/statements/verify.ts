import { WeirError } from "../core/errors.ts";
import type { Table } from "../core/vector.ts";
import type { Query, Verify } from "../sql/index.ts";
import { type VerifyContext, verify, verifyFailure } from "../verify/verify.ts";
import { type StatementContext, type StatementOutput, tableOf } from "./context.ts";
import { ownFunctions, seriesFunctions } from "./own-functions.ts";
import { typeOfValue } from "./parameters.ts";
import { reportVerdict } from "./verdict.ts";
import { runVerifyStream } from "./verify-stream.ts";

/**
 * `VERIFY query`: runs it here and on DuckDB. One line where they agree, which says what could not be checked; else the differing rows
 * side by side. A query that fails here fails still, and says how DuckDB does.
 */
export async function runVerify(statement: Verify, context: StatementContext): Promise<StatementOutput> {
  const { query } = statement;
  if (overStreams(query, context)) return runVerifyStream(query, context);
  const read = async (wanted: Query): Promise<Table> => {
    const plan = context.plan(wanted);
    return tableOf(plan.root.schema, await context.run(plan));
  };
  const verifyContext: VerifyContext = {
    ...context,
    read,
    typeOfParameter: typeOfValue,
    isOwn: ownFunctions(context.functions),
    isOfSeries: seriesFunctions(context.functions),
  };
  const ours = await read(query).catch(async (error: unknown) => {
    if (error instanceof WeirError && ["bind", "runtime"].includes(error.phase)) {
      const there = await verifyFailure(query, context.reference, verifyContext);
      error.hint = error.hint === undefined ? there : `${error.hint}; ${there}`;
    }
    throw error;
  });
  const verdict = await verify(query, ours, context.reference, verifyContext);
  return reportVerdict(verdict, ours, context, "");
}

/** Whether a query reads streams; one that cannot be planned is told of when it runs. */
function overStreams(query: Query, context: StatementContext): boolean {
  try {
    return context.plan(query).stream !== undefined;
  } catch (error) {
    if (error instanceof WeirError) return false;
    throw error;
  }
}
