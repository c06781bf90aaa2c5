import { WeirError } from "../../core/errors.ts";
import type { StreamNode } from "../../plan/stream/nodes.ts";
import type { BuildContext } from "../context.ts";
import type { OperatorTree } from "../driver.ts";
import { buildAsofJoin, buildChangelogJoin, buildIntervalJoin, buildWindowJoin } from "./build-joins.ts";
import { buildChangelogAggregate } from "./changelog-aggregate.ts";
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
      return buildIntervalJoin(node, build);
    case "window-join":
      return buildWindowJoin(node, build);
    case "changelog-join":
      return buildChangelogJoin(node, build);
    case "asof-join":
    case "temporal-join":
      return buildAsofJoin(node, build);
    case "changelog-aggregate":
      return buildChangelogAggregate(node, build);
    case "window-aggregate":
      return buildWindowAggregate(node, build);
    default:
      throw new WeirError("internal", `no operator for ${node.op} over ${build.inputs.length} inputs`);
  }
}
