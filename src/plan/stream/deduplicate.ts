import type { BoundExpr, SortKey } from "../expression.ts";
import type { StreamNodeBase } from "./nodes.ts";

/** One row a key: the first by an order. */
export interface DeduplicateNode extends StreamNodeBase<"deduplicate"> {
  readonly partitionBy: readonly BoundExpr[];
  /** None: the first by coming. */
  readonly orderBy: readonly SortKey[];
  /** The event-time column that orders: the first row is told once the watermark has passed it, and never changes. */
  readonly time: number | undefined;
  /** A column with the row's number stands behind the others. */
  readonly numbered: boolean;
  readonly ttl: number | undefined;
}
