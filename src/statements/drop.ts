import { getFunction } from "../catalog/functions.ts";
import { bindError } from "../core/errors.ts";
import type { Drop } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { dropPacks } from "./drop-pack.ts";
import { runDropJob } from "./job-action.ts";
import { functionName, objectName, splitVersion } from "./names.ts";

export async function runDrop(statement: Drop, context: StatementContext): Promise<StatementOutput> {
  const { object } = statement;
  if (object === "job") return runDropJob(statement, context);
  if (object === "function") return dropFunctions(statement, context);
  if (object === "model") return dropModels(statement, context);
  if (object === "pack") return dropPacks(statement, context);
  const { catalog, streaming } = context;
  const dropped: string[] = [];
  for (const qualified of statement.names) {
    const { name, span } = objectName(qualified);
    const entry = catalog.lookup(name);
    // A stream that is computed from others is kept as the view it is.
    const kind = object === "stream" && entry?.kind === "view" && entry.stream === true ? "view" : object;
    if (catalog.drop(name, kind, span)) {
      dropped.push(name);
      if (kind === "stream" || kind === "materialized view") streaming.drop(name);
    } else if (!statement.ifExists) throw catalog.missing(name, span);
  }
  return answer(object, dropped);
}

const answer = (object: Drop["object"], dropped: readonly string[]): StatementOutput => ({
  message: dropped.length === 0 ? "nothing to drop" : `dropped ${object} ${dropped.join(", ")}`,
});

/** Queries that run go on with what they have. */
function dropFunctions(statement: Drop, { functions }: StatementContext): StatementOutput {
  const dropped: string[] = [];
  for (const parts of statement.names) {
    const { name, span } = functionName(parts);
    const pack = functions.lookup(name)?.origin?.pack;
    if (pack !== undefined) throw bindError(`${name} is a function of pack ${pack}`, span, `DROP PACK ${pack} takes all of it out`);
    if (functions.drop(name, span)) dropped.push(name);
    else if (!statement.ifExists) getFunction(functions, name, span);
  }
  return answer("function", dropped);
}

/** `m` is every version, `m@2` that one. Queries that run go on with what they have. */
function dropModels(statement: Drop, { models }: StatementContext): StatementOutput {
  const dropped: string[] = [];
  for (const [written] of statement.names) {
    const { name, version } = splitVersion(written.name);
    if (models.lookup(name, version) === undefined) {
      if (statement.ifExists) continue;
      models.get(written.name, written.span);
    }
    for (const model of models.remove(name, version)) model.retire();
    dropped.push(written.name);
  }
  return answer("model", dropped);
}
