import type { DistinctNode } from "../../plan/stream/distinct.ts";
import type { SetOperationNode } from "../../plan/stream/set-operation.ts";
import type { OperatorTree } from "../driver.ts";
import type { StreamBuild } from "./build.ts";
import { DistinctRows } from "./distinct-rows.ts";

/** How often a row is in the result, from how often each input has it. */
const TIMES: Readonly<Record<SetOperationNode["set"], (left: number, right: number) => number>> = {
  union: (left, right) => (left + right > 0 ? 1 : 0),
  intersect: (left, right) => (left > 0 && right > 0 ? 1 : 0),
  "intersect all": Math.min,
  except: (left, right) => (left > 0 && right === 0 ? 1 : 0),
  "except all": (left, right) => Math.max(0, left - right),
};

export function buildDistinctRows(node: DistinctNode | SetOperationNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const operator = new DistinctRows({
    name: node.op,
    types: node.schema.map(({ type }) => type),
    times: node.op === "distinct" ? TIMES.union : TIMES[node.set],
    ttl: node.ttl,
    clock: context.clock,
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs, planNodes: [position] };
}
