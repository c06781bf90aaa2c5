import type { CreateJob, CreateMaterializedView, CreateStream, JobAction, Property, RecordStream, Watermark } from "./ast.ts";
import { identifier, nameList, type Print, qualifiedName, quoteString, words } from "./print-names.ts";
import { pointInTime, spanOfTime } from "./print-query.ts";

/** The statements about streams, views that stay fresh, and jobs. Annotations are comments, which stand above and end their line. */

const PLAIN_KEY = /^[a-z_][\w]*$/i;

export function printProperty({ key, value }: Property, print: Print): string {
  return `${PLAIN_KEY.test(key) ? key : quoteString(key)} = ${print(value)}`;
}

export function properties(list: readonly Property[], print: Print): string {
  return list.length === 0 ? "" : `WITH (${list.map(print).join(", ")})`;
}

export function printWatermark({ column, expr }: Watermark, print: Print): string {
  return `WATERMARK FOR ${identifier(column)} AS ${print(expr)}`;
}

export interface Creation {
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}

export const create = ({ orReplace, ifNotExists }: Creation, object: string): string =>
  words("CREATE", orReplace && "OR REPLACE", object, ifNotExists && "IF NOT EXISTS");

export function printCreateStream(node: CreateStream, print: Print): string {
  const items = [...node.columns, ...(node.watermark === undefined ? [] : [node.watermark])].map(print);
  const annotations = node.annotations.map(({ name, text }) => `-- @${name}${text === "" ? "" : `: ${text}`}\n`).join("");
  const statement = words(
    create(node, "STREAM"),
    qualifiedName(node.name),
    items.length > 0 && `(${items.join(", ")})`,
    properties(node.properties, print),
    node.query !== undefined && `AS ${print(node.query)}`,
  );
  return annotations + statement;
}

export function printCreateMaterializedView(node: CreateMaterializedView, print: Print): string {
  return words(
    create(node, "MATERIALIZED VIEW"),
    qualifiedName(node.name) + nameList(node.columns),
    properties(node.properties, print),
    `AS ${print(node.query)}`,
  );
}

export function printCreateJob(node: CreateJob, print: Print): string {
  return words(create(node, "JOB"), identifier(node.name), properties(node.properties, print), `AS ${print(node.insert)}`);
}

export function printJobAction({ action, name, savepoint }: JobAction): string {
  return words(action.toUpperCase(), "JOB", identifier(name), savepoint && "WITH SAVEPOINT");
}

export function printRecord({ stream, path, duration, until }: RecordStream, print: Print): string {
  return words(
    "RECORD",
    print(stream),
    `TO ${print(path)}`,
    duration !== undefined && `FOR ${spanOfTime(duration, print)}`,
    until !== undefined && `UNTIL ${pointInTime(until, print)}`,
  );
}
