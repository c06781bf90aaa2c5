import type { StreamNode } from "../../plan/stream/nodes.ts";
import type { BuildContext } from "../context.ts";
import type { OperatorTree } from "../driver.ts";
import {
  buildAsofJoin,
  buildChangelogJoin,
  buildIntervalJoin,
  buildLookupJoin,
  buildRangeStreamJoin,
  buildWindowJoin,
} from "./build-joins.ts";
import { buildChangelogAggregate } from "./changelog-aggregate.ts";
import { buildDeduplicate, buildNormalize } from "./deduplicate.ts";
import { buildDistinctRows } from "./distinct.ts";
import { buildLiveSeries } from "./live-series.ts";
import { buildOver } from "./over-build.ts";
import { ProcessingTime } from "./processing-time.ts";
import { buildRank } from "./rank.ts";
import { buildTimeSort } from "./rank-time-sort.ts";
import { buildSessionRows } from "./session-rows.ts";
import { buildUnion } from "./union.ts";
import { buildWindowAggregate } from "./window-aggregate-build.ts";

/** What the builder of a stream node is given: its inputs built, and its place in the plan (pre-order). */
export interface StreamBuild {
  readonly inputs: readonly OperatorTree[];
  readonly position: number;
  readonly context: BuildContext;
}

/** The operator of a stream node: one line a kind. */
export function buildStream(node: StreamNode, build: StreamBuild): OperatorTree {
  switch (node.op) {
    case "interval-join":
    case "append-join":
      return buildIntervalJoin(node, build);
    case "window-join":
      return buildWindowJoin(node, build);
    case "range-join":
      return buildRangeStreamJoin(node, build);
    case "lookup-join":
      return buildLookupJoin(node, build);
    case "changelog-join":
      return buildChangelogJoin(node, build);
    case "asof-join":
    case "temporal-join":
      return buildAsofJoin(node, build);
    case "changelog-normalize":
      return buildNormalize(node, build);
    case "deduplicate":
      return buildDeduplicate(node, build);
    case "rank":
      return buildRank(node, build);
    case "distinct":
    case "set-operation":
      return buildDistinctRows(node, build);
    case "union":
      return buildUnion(build);
    case "time-sort":
      return buildTimeSort(node, build);
    case "changelog-aggregate":
      return buildChangelogAggregate(node, build);
    case "window-aggregate":
      return buildWindowAggregate(node, build);
    case "session-rows":
      return buildSessionRows(node, build);
    case "processing-time":
      return { operator: new ProcessingTime(build.context.clock), inputs: build.inputs, planNodes: [build.position] };
    case "live-series":
      return buildLiveSeries(node, build);
    case "stream-over":
      return buildOver(node, build);
  }
}
