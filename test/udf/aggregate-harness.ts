import { expect } from "vitest";
import { valueAt } from "../../src/core/read.ts";
import { Session, type SessionOptions } from "../../src/session.ts";
import { loadModule } from "../../src/udf/load-module.ts";
import { readModule } from "../../src/udf/read-module.ts";

/** A session with the functions of a module. */
export async function sessionWith(code: string, options: SessionOptions = {}): Promise<Session> {
  const session = new Session({ timeZone: "UTC", threads: 1, ...options });
  await define(session, code);
  return session;
}

/** Functions of a module, in the place of those of the same names. */
export async function define(session: Session, code: string, pack?: string): Promise<void> {
  const module = readModule(code, { name: "cell", place: { kind: "file", path: "cell.ts" }, ...(pack !== undefined && { pack }) });
  for (const definition of await loadModule(module)) session.functions.define(definition, { replace: true });
}

/** The rows of a query, as values. */
export async function rowsOf(session: Session, sql: string): Promise<unknown[][]> {
  const { schema, batches } = await session.query(sql);
  return batches.flatMap(({ columns, length }) => Array.from({ length }, (_, row) => schema.map((_field, c) => valueAt(columns[c], row))));
}

/** What a query fails with: message, then hint. */
export async function failure(session: Session, sql: string): Promise<string> {
  const error = await session.query(sql).then(
    () => expect.fail(`${sql} did not fail`),
    (reason: Error & { hint?: string }) => reason,
  );
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}
