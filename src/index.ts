/** Weir as a library. Everything outside `src/` imports from here. */

import { allFunctions } from "./all-functions.ts";
import type { FunctionRegistry } from "./catalog/function-registry.ts";

export * from "./assist/index.ts";
export type { CatalogSnapshot } from "./catalog/catalog.ts";
export type { FunctionDefinition, FunctionDoc } from "./catalog/function-types.ts";
export { toIpc } from "./core/arrow.ts";
export { KIND_NAMES } from "./core/changes.ts";
export type { ErrorData, ErrorPhase, Span } from "./core/errors.ts";
export { caretLines, errorDetail, errorFromData, errorToData, lineAndColumn, nearestName, WeirError } from "./core/errors.ts";
export { valueAt } from "./core/read.ts";
export { type DataType, type Field, type Schema, typeName } from "./core/types.ts";
export type { IntervalValue, Value } from "./core/value.ts";
export type { RecordBatch, Table, Vector } from "./core/vector.ts";
export { startEngine } from "./engine/client.ts";
export type * from "./engine/protocol.ts";
export { showStatement } from "./engine/show-result.ts";
export { csvText } from "./formats/csv/csv-text.ts";
export { jsonRow, uniqueNames } from "./formats/json/json-value.ts";
export type { LiveFrame, LiveQuery, LiveStatus } from "./jobs/live.ts";
export { rowObjects } from "./row-objects.ts";
export { type FinishedStatement, type RunOptions, Session, type SessionOptions } from "./session.ts";
export { isComplete, splitStatements } from "./sql/index.ts";
export { tokenize } from "./sql/tokenizer.ts";

let registry: FunctionRegistry | undefined;

/** All functions with their documentation; made once. */
export function functionRegistry(): FunctionRegistry {
  registry ??= allFunctions();
  return registry;
}
