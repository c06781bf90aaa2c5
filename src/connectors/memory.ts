import { bindError } from "../core/errors.ts";
import type { Connector } from "./connector.ts";

/** Bytes that a stream of inserted rows keeps unless `retain` says otherwise. */
export const MEMORY_RETAIN_BYTES = 256_000_000;

/** Rows that INSERT INTO brings; the stream's log is all there is to it. */
export const memoryConnector: Connector = {
  name: "memory",
  doc: "Rows that INSERT INTO the stream brings. The latest 256 MB are kept, or as `retain` says, and can be read again.",
  source: {
    options: [],
    formats: [],
    delivery: "at-most-once",
    live: false,
    replayable: false,
    isEndless: () => true,
    defaultStart: () => "earliest",
    columns() {
      throw bindError("a stream without a connector needs columns", undefined, "CREATE STREAM s (a BIGINT, …)");
    },
    open() {
      throw new Error("a memory stream has no source to open");
    },
  },
};
