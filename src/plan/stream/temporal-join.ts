import { unsupported } from "../../core/errors.ts";
import type { BoundExpr } from "../expression.ts";
import type { JoinPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import { type AsofJoinNode, asofProperties, timeColumn } from "./asof-join.ts";
import type { Planned, StreamContext } from "./context.ts";
import { conditionFact, keyTexts } from "./interval-join.ts";
import { planLookupJoin } from "./lookup-join.ts";
import { asChanges } from "./normalize.ts";
import { planTableJoin } from "./table-join.ts";

/**
 * FOR SYSTEM_TIME AS OF: over a stream, the version of each key that was valid at the left row's event time; over a table, its rows as they are when the
 * left row comes.
 */
export function planTemporalJoin(node: JoinPlan, systemTime: BoundExpr, left: Planned, right: Planned, context: StreamContext): Planned {
  const { span } = systemTime;
  if (!left.properties.streaming) throw unsupported("FOR SYSTEM_TIME AS OF with a table on the left side", span, "put the stream there");
  if (left.properties.changelog !== "append") throw unsupported("FOR SYSTEM_TIME AS OF with a left side whose rows change", span);
  if (!right.properties.streaming) {
    return planLookupJoin(node, systemTime, left) ?? planTableJoin(node, left, right, context);
  }
  if (node.keys.length === 0) {
    throw unsupported(
      "FOR SYSTEM_TIME AS OF without an equality",
      span,
      "join ON the key whose versions the right side holds: ON o.currency = r.currency",
    );
  }
  const leftTime = timeColumn(systemTime, left.properties, "left");
  const [rightTime] = right.properties.times;
  if (rightTime === undefined || right.properties.times.length > 1) {
    throw unsupported(
      "FOR SYSTEM_TIME AS OF a stream without one event time",
      span,
      "its versions are told apart by the column that WATERMARK FOR names",
    );
  }
  context.notice("the temporal join keeps the latest version of each key: state grows with the number of distinct keys");
  const versions = asChanges(right, context);
  const properties = asofProperties(left.properties, right.properties, leftTime, false);
  const plan: AsofJoinNode = {
    kind: "stream",
    op: "temporal-join",
    schema: node.schema,
    inputs: [left.plan, versions.plan],
    properties,
    state: "keys",
    facts: [["join", node.join], ["keys", keyTexts(node.keys)], ["as_of", printExpression(systemTime)], ...conditionFact(node.condition)],
    join: node.join === "left" ? "left" : "inner",
    leftTime,
    rightTime,
    match: ">=",
    tolerance: undefined,
    keys: node.keys,
    condition: node.condition,
  };
  return { plan, properties, state: "keys" };
}
