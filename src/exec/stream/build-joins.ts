import { compileExpression, compilePipeline } from "../../compile/index.ts";
import type { CompiledExpression } from "../../compile/types.ts";
import { runtimeError } from "../../core/errors.ts";
import { type DataType, type Schema, typesEqual } from "../../core/types.ts";
import type { BoundExpr } from "../../plan/expression.ts";
import type { AsofJoinNode } from "../../plan/stream/asof-join.ts";
import type { ChangelogJoinNode } from "../../plan/stream/changelog-join.ts";
import type { IntervalJoinNode } from "../../plan/stream/interval-join.ts";
import type { LookupJoinNode } from "../../plan/stream/lookup-join.ts";
import type { RangeJoinNode } from "../../plan/stream/range-join.ts";
import type { WindowJoinNode } from "../../plan/stream/window-join.ts";
import { rangeJoinOptions } from "../build-range-join.ts";
import type { BuildContext, CurrentTable } from "../context.ts";
import type { OperatorTree } from "../driver.ts";
import { HashJoin } from "../join/hash-join.ts";
import type { JoinKey } from "../join/join-key.ts";
import { joinShape } from "../join/join-sides.ts";
import type { Operator } from "../operator.ts";
import { openScan } from "../scan.ts";
import { AsofStreamJoin } from "./asof-stream-join.ts";
import type { StreamBuild } from "./build.ts";
import { ChangelogJoin } from "./changelog-join.ts";
import { IntervalJoin } from "./interval-join.ts";
import { LookupJoin } from "./lookup-join.ts";
import { RangeStreamJoin } from "./range-stream-join.ts";

/** Fewer rows than fit in this much event time are not worth a bucket of their own. */
const LEAST_BUCKET = 64_000;
/** Buckets that an interval spans. */
const BUCKETS = 4;

export function buildIntervalJoin(node: IntervalJoinNode, build: StreamBuild): OperatorTree {
  const { left, right, keys, condition } = parts(node, build.context);
  const { low, high } = node;
  const width = Number.isFinite(high - low) ? high - low : 0;
  const bucket = Math.max(LEAST_BUCKET, Math.ceil(width / BUCKETS));
  const timeOf = (schema: Schema, column: number | undefined) =>
    column === undefined ? undefined : columnOf(schema, column, build.context);
  return tree(
    build,
    new IntervalJoin({
      name: node.op,
      join: node.join,
      left: { schema: left, time: timeOf(left, node.leftTime), shift: 0, bucket: Number.isFinite(low) ? bucket : Number.POSITIVE_INFINITY },
      right: {
        schema: right,
        time: timeOf(right, node.rightTime),
        shift: 0,
        bucket: Number.isFinite(high) ? bucket : Number.POSITIVE_INFINITY,
      },
      keys,
      low,
      high,
      condition,
      wanted: undefined,
      late: build.context.late,
    }),
  );
}

/** Windows with equal ends: an interval join of their last moments. */
export function buildWindowJoin(node: WindowJoinNode, build: StreamBuild): OperatorTree {
  const { left, right, keys, condition } = parts(node, build.context);
  const bucket = Math.max(LEAST_BUCKET, node.step);
  return tree(
    build,
    new IntervalJoin({
      name: node.op,
      join: node.join,
      left: { schema: left, time: columnOf(left, node.leftEnd, build.context), shift: -1, bucket },
      right: { schema: right, time: columnOf(right, node.rightEnd, build.context), shift: -1, bucket },
      keys,
      low: 0,
      high: 0,
      condition,
      wanted: undefined,
      late: build.context.late,
    }),
  );
}

export function buildChangelogJoin(node: ChangelogJoinNode, build: StreamBuild): OperatorTree {
  const { join, ttl } = node;
  return tree(build, new ChangelogJoin({ ...parts(node, build.context), join, ttl, clock: build.context.clock }));
}

export function buildAsofJoin(node: AsofJoinNode, build: StreamBuild): OperatorTree {
  const { left, right, keys, condition } = parts(node, build.context);
  return tree(
    build,
    new AsofStreamJoin({
      name: node.op,
      join: node.join,
      left: { schema: left, time: columnOf(left, node.leftTime, build.context) },
      right: { schema: right, time: columnOf(right, node.rightTime, build.context) },
      keys,
      op: node.match,
      tolerance: node.tolerance,
      condition,
      late: build.context.late,
    }),
  );
}

export function buildRangeStreamJoin(node: RangeJoinNode, build: StreamBuild): OperatorTree {
  const [left, right] = node.inputs.map((input) => input.schema);
  return tree(build, new RangeStreamJoin({ ...rangeJoinOptions(node, left, right, build.context), left, right, late: build.context.late }));
}

export function buildLookupJoin(node: LookupJoinNode, build: StreamBuild): OperatorTree {
  const { context } = build;
  const left = typesOf(node.inputs[0].schema);
  const right = typesOf(node.right);
  const { keys, condition } = joinParts(node, node.inputs[0].schema, node.right, context);
  const { table } = node;
  const asBound: CurrentTable = { version: table.source, source: () => table.source };
  const exprs =
    node.exprs ??
    table.schema.map(({ name, type }, index): BoundExpr => ({ kind: "column", type, index, name, span: { start: 0, end: 0 } }));
  const pipeline = compilePipeline({ filter: node.filter, exprs, inputTypes: typesOf(table.schema) }, context.compile);
  return tree(
    build,
    new LookupJoin({
      current: () => (context.currentTable === undefined ? asBound : context.currentTable(table.name)),
      *read(current) {
        const now = current.source();
        const isSame = table.columns.every((column, i) => {
          const field = now.schema[column];
          return field !== undefined && field.name === table.schema[i].name && typesEqual(field.type, table.schema[i].type);
        });
        if (!isSame) throw runtimeError(`table "${table.name}" has other columns now than when the query began`);
        const source = openScan({ ...table, source: now }, context.openSource);
        for (let morsel = 0; morsel < source.morselCount; morsel++) {
          const reader = source.open(morsel);
          for (let batch = reader.next(); batch !== null; batch = reader.next()) yield pipeline(batch);
        }
        source.close();
      },
      create: () =>
        new HashJoin({
          shape: joinShape(node.join, false, left.length, undefined),
          leftTypes: left,
          rightTypes: right,
          keys,
          condition,
          checkInterrupt: context.checkInterrupt,
        }),
    }),
  );
}

type JoinNode = IntervalJoinNode | WindowJoinNode | ChangelogJoinNode | AsofJoinNode;

const tree = ({ inputs, position }: StreamBuild, operator: Operator): OperatorTree => ({ operator, inputs, planNodes: [position] });

const typesOf = (schema: Schema): DataType[] => schema.map((field) => field.type);

/** The sides' schemas, and the join's expressions compiled over them. */
function parts(node: JoinNode, context: BuildContext) {
  const [left, right] = node.inputs.map((input) => input.schema);
  return { left, right, ...joinParts(node, left, right, context) };
}

function joinParts(node: Pick<JoinNode, "keys" | "condition">, left: Schema, right: Schema, { compile }: BuildContext) {
  const over = (expr: BoundExpr, types: readonly DataType[]): CompiledExpression => compileExpression(expr, types, compile);
  const keys = node.keys.map(
    ({ left: a, right: b, nullSafe }): JoinKey => ({
      left: over(a, typesOf(left)),
      right: over(b, typesOf(right)),
      type: a.type,
      nullSafe,
    }),
  );
  const condition = node.condition === undefined ? undefined : over(node.condition, [...typesOf(left), ...typesOf(right)]);
  return { keys, condition };
}

function columnOf(schema: Schema, index: number, { compile }: BuildContext): CompiledExpression {
  const { name, type } = schema[index];
  return compileExpression({ kind: "column", type, index, name, span: { start: 0, end: 0 } }, typesOf(schema), compile);
}
