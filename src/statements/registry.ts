import { type Span, unsupported } from "../core/errors.ts";
import type { Statement } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { runCopy } from "./copy.ts";
import { runCreateFunction } from "./create-function.ts";
import { runCreateFunctions } from "./create-functions.ts";
import { runCreateJob } from "./create-job.ts";
import { runCreateMaterializedView } from "./create-materialized-view.ts";
import { runCreateModel } from "./create-model.ts";
import { runCreateStream } from "./create-stream.ts";
import { runCreateTable } from "./create-table.ts";
import { runCreateView } from "./create-view.ts";
import { runDescribe } from "./describe.ts";
import { runDrop } from "./drop.ts";
import { runExplain } from "./explain.ts";
import { runInsert } from "./insert.ts";
import { runInstallPack } from "./install-pack.ts";
import { runJobAction } from "./job-action.ts";
import { runLoadPack } from "./load-pack.ts";
import { runRecord } from "./record.ts";
import { runSelect } from "./select.ts";
import { runReset, runSet } from "./set.ts";
import { runShow } from "./show.ts";
import { explainJob } from "./show-jobs.ts";
import { runStopQuery } from "./stop-query.ts";
import { runSummarize } from "./summarize.ts";
import { runVerify } from "./verify.ts";

/** Every kind of statement and the file that runs it. */
export function runStatement(statement: Statement, context: StatementContext): Promise<StatementOutput> {
  switch (statement.kind) {
    case "query":
      return runSelect(statement, context);
    case "createTable":
      return runCreateTable(statement, context);
    case "createView":
      return runCreateView(statement, context);
    case "insert":
      return runInsert(statement, context);
    case "drop":
      return runDrop(statement, context);
    case "describe":
      return runDescribe(statement, context);
    case "summarize":
      return runSummarize(statement, context);
    case "show":
      return runShow(statement, context);
    case "set":
      return runSet(statement, context);
    case "reset":
      return runReset(statement, context);
    case "copy":
      return runCopy(statement, context);
    case "explain":
      return runExplain(statement, context);
    case "verify":
      return runVerify(statement, context);
    case "createStream":
      return runCreateStream(statement, context);
    case "createMaterializedView":
      return runCreateMaterializedView(statement, context);
    case "stopQuery":
      return runStopQuery(statement, context);
    case "record":
      return runRecord(statement, context);
    case "createJob":
      return runCreateJob(statement, context);
    case "jobAction":
      return runJobAction(statement, context);
    case "explainJob":
      return explainJob(statement, context);
    case "createFunction":
      return runCreateFunction(statement, context);
    case "createFunctions":
      return runCreateFunctions(statement, context);
    case "createModel":
      return runCreateModel(statement, context);
    case "installPack":
      return runInstallPack(statement, context);
    case "loadPack":
      return runLoadPack(statement, context);
    case "unsupported":
      throw unsupported(`${statement.feature} is not there yet`, statement.span, typeScriptHint(statement.span, context));
  }
}

/** TypeScript where SQL is expected: `export function …` reads as EXPORT DATABASE does, `import { … }` as a statement too. */
const typeScriptHint = ({ start }: Span, { text }: StatementContext): string | undefined =>
  /^(?:export\s+(?:async|function|const|default)|import\s+(?:[{*]|type\b|["']))/.test(text.slice(start, start + 40))
    ? "functions in TypeScript stand in a cell below %%function, or in CREATE FUNCTION"
    : undefined;
