/** Weir as a library. Everything outside `src/` imports from here. */

export type { CatalogSnapshot } from "./catalog/catalog.ts";
export type { ErrorData, ErrorPhase, Span } from "./core/errors.ts";
export { caretLines, errorFromData, errorToData, lineAndColumn, nearestName, WeirError } from "./core/errors.ts";
export { valueAt } from "./core/read.ts";
export { type DataType, type Field, type Schema, typeName } from "./core/types.ts";
export type { IntervalValue, Value } from "./core/value.ts";
export type { RecordBatch, Table, Vector } from "./core/vector.ts";
export { startEngine } from "./engine/client.ts";
export type * from "./engine/protocol.ts";
export { type FinishedStatement, type RunOptions, Session, type SessionOptions } from "./session.ts";
