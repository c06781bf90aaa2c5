import type { ShownPicture } from "../../kernel/live/screen.ts";
import type { LivePicture } from "../../src/engine/index.ts";

const STATUS: LivePicture["status"] = {
  rowsIn: 1234,
  rowsOut: 12,
  rowsInPerSecond: 1000.4,
  rowsOutPerSecond: 2.5,
  late: 0,
  deadLetters: 0,
  dropped: 0,
  stateBytes: 2048,
  stateRows: 3,
  elapsedMs: 65_000,
  state: "running",
};

export const TABLE: NonNullable<LivePicture["table"]> = {
  columns: [
    { name: "symbol", type: "VARCHAR", align: "left" },
    { name: "n", type: "BIGINT", align: "right" },
  ],
  rows: [
    ["<b>A&B", "1"],
    [null, "22"],
  ],
  isTail: false,
};

/** A picture of a query that runs, with what is said of it. */
export const picture = (parts: Partial<ShownPicture> = {}, status: Partial<LivePicture["status"]> = {}): ShownPicture => ({
  state: "running",
  status: { ...STATUS, state: parts.state ?? "running", ...status },
  rowCount: 2,
  warnings: [],
  failure: [],
  table: TABLE,
  ...parts,
});
