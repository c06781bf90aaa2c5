import type { SnapshotProperty } from "../catalog/catalog.ts";

/** What WITH of CREATE FUNCTION and CREATE FUNCTIONS takes, and `%%function` behind its name. */
export const FUNCTION_PROPERTIES: readonly SnapshotProperty[] = [
  { name: "on_error", doc: "What an exception gives: the end of the query, or NULL.", choices: ["fail", "null"] },
  { name: "concurrency", doc: "Most calls of an asynchronous function that are under way at once." },
  { name: "timeout", doc: "How long one call of an asynchronous function may take, as 2s." },
  { name: "retries", doc: "Further attempts after a failed call of an asynchronous function." },
  { name: "ordered", doc: "Whether the rows of an asynchronous function keep their order.", choices: ["true", "false"] },
  { name: "batch", doc: "Most rows of one call of an asynchronous function that takes columns." },
];
