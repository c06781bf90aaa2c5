import type { Schema } from "../../core/types.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import type { AsofJoinNode } from "./asof-join.ts";
import type { ChangelogAggregateNode } from "./changelog-aggregate.ts";
import type { ChangelogJoinNode } from "./changelog-join.ts";
import type { DeduplicateNode } from "./deduplicate.ts";
import type { DistinctNode } from "./distinct.ts";
import type { IntervalJoinNode } from "./interval-join.ts";
import type { TimeSortNode } from "./limit.ts";
import type { LookupJoinNode } from "./lookup-join.ts";
import type { NormalizeNode } from "./normalize.ts";
import type { StreamOverNode } from "./over.ts";
import type { LiveSeriesNode } from "./per-series.ts";
import type { ProcessingTimeNode } from "./processing-time.ts";
import type { StateBound, StreamProperties } from "./properties.ts";
import type { RangeJoinNode } from "./range-join.ts";
import type { RankNode } from "./rank.ts";
import type { SetOperationNode, UnionNode } from "./set-operation.ts";
import type { WindowAggregateNode } from "./window-aggregate.ts";
import type { WindowJoinNode } from "./window-join.ts";
import type { SessionRowsNode } from "./window-tvf.ts";

/** What all stream nodes have. Each kind has a file of its own beside this one: its type, and the rule that makes it. */
export interface StreamNodeBase<Op extends string> {
  readonly kind: "stream";
  /** Named by algorithm: "window-aggregate". */
  readonly op: Op;
  readonly schema: Schema;
  readonly inputs: readonly LogicalPlan[];
  /** Of its output. */
  readonly properties: StreamProperties;
  readonly state: StateBound;
  /** For EXPLAIN, by name: keys, bounds, window. */
  readonly facts: readonly (readonly [name: string, value: string | readonly string[]])[];
}

/** The stream nodes there are: one line a kind. */
export type StreamNode =
  | AsofJoinNode
  | ChangelogAggregateNode
  | ChangelogJoinNode
  | IntervalJoinNode
  | DeduplicateNode
  | DistinctNode
  | ProcessingTimeNode
  | RangeJoinNode
  | RankNode
  | SessionRowsNode
  | SetOperationNode
  | TimeSortNode
  | UnionNode
  | LiveSeriesNode
  | LookupJoinNode
  | NormalizeNode
  | WindowAggregateNode
  | WindowJoinNode
  | StreamOverNode;
