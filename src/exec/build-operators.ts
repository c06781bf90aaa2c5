import { compileExpression, compilePipeline, evaluateConstant } from "../compile/index.ts";
import type { CompiledExpression, CompiledPipeline } from "../compile/types.ts";
import { BOOLEAN, type DataType, type Schema } from "../core/types.ts";
import type { BoundExpr, SortKey } from "../plan/expression.ts";
import { collectColumns, conjunction, conjuncts, shiftColumns, substituteColumns } from "../plan/expression-tree.ts";
import type { JoinPlan, LogicalPlan, ReplayPlan, ScanPlan } from "../plan/logical-plan.ts";
import { countPlanNodes } from "../plan/plan-tree.ts";
import { paneAggregate } from "../plan/stream/window-aggregate.ts";
import { Distinct } from "./aggregate/distinct.ts";
import { HashAggregate } from "./aggregate/hash-aggregate.ts";
import { SetOperation } from "./aggregate/set-operation.ts";
import { type AggregatePlan, aggregateDefinition, aggregateOptions } from "./aggregate-options.ts";
import { buildApply } from "./build-apply.ts";
import { buildPerSeries } from "./build-per-series.ts";
import { rangeJoinOptions } from "./build-range-join.ts";
import { tableCalls } from "./build-table-calls.ts";
import { buildWindowTvf } from "./build-window-tvf.ts";
import { compileChangePipeline } from "./change-pipeline.ts";
import type { BuildContext } from "./context.ts";
import type { OperatorTree } from "./driver.ts";
import { FillGaps } from "./fill.ts";
import { FilterProject } from "./filter-project.ts";
import { GapFill } from "./gap-fill.ts";
import { AsofJoin } from "./join/asof-join.ts";
import { HashJoin } from "./join/hash-join.ts";
import { joinShape } from "./join/join-sides.ts";
import { NestedLoopJoin } from "./join/nested-loop-join.ts";
import { RangeJoin } from "./join/range-join.ts";
import { Limit } from "./limit.ts";
import type { Operator } from "./operator.ts";
import type { FromWorker } from "./parallel/fragment.ts";
import { ParallelAggregate } from "./parallel/parallel-aggregate.ts";
import { divide } from "./parallel/parallel-plan.ts";
import { ParallelRun } from "./parallel/parallel-run.ts";
import { ParallelScan, type StartRun } from "./parallel/parallel-scan.ts";
import { PartialAggregation } from "./parallel/partial-aggregation.ts";
import { Replay } from "./replay.ts";
import type { WantedColumns } from "./row-store.ts";
import { Scan } from "./scan.ts";
import { Series } from "./series.ts";
import type { CompiledSortKey } from "./sort/sort-keys.ts";
import { Sort } from "./sort/sort-operator.ts";
import { buildStream } from "./stream/build.ts";
import { buildWindowAggregate } from "./stream/window-aggregate-build.ts";
import { StreamScan } from "./stream-scan.ts";
import { TopN } from "./top-n.ts";
import { UnionAll } from "./union-all.ts";
import { Unnest } from "./unnest.ts";
import { canTravel } from "./user-calls.ts";
import { Values } from "./values.ts";
import { Window } from "./window/window-operator.ts";
import { windowOptions } from "./window/window-options.ts";

/** Builds the operators of a plan, leaves last. One operator may do the work of several plan nodes (a scan with the filter and projection above it). */
export function buildOperators(plan: LogicalPlan, context: BuildContext): OperatorTree {
  return build(plan, 0, context, undefined);
}

/** A fragment of a parallel plan, for one thread: like a plan of its own, except that an aggregate at its root keeps its groups for a merge. */
export function buildFragment(plan: LogicalPlan, context: BuildContext): OperatorTree {
  const tree = buildOperators(plan, context);
  if ("operator" in tree && tree.operator instanceof HashAggregate) return { ...tree, operator: new PartialAggregation(tree.operator) };
  return tree;
}

const typesOf = (schema: Schema): DataType[] => schema.map((field) => field.type);

/** `position`: the plan node's place in the pre-order of the whole plan. `wanted`: which of its columns are read, where that is not all. */
function build(plan: LogicalPlan, position: number, context: BuildContext, wanted: WantedColumns): OperatorTree {
  const unary = (input: LogicalPlan, operator: Operator): OperatorTree => ({
    operator,
    inputs: [build(input, position + 1, context, undefined)],
    planNodes: [position],
  });
  switch (plan.kind) {
    case "scan":
    case "filter":
    case "project":
      return buildPipeline(plan, position, context);
    case "values":
      return {
        source: new Values(typesOf(plan.schema), plan.rows, (expr) => evaluateConstant(expr, context.compile)),
        planNodes: [position],
      };
    case "series": {
      const { start, stop, step, inclusive, span, schema } = plan;
      const constant = (expr: BoundExpr) => evaluateConstant(expr, context.compile);
      const bounds = {
        type: schema[0].type,
        start: constant(start),
        stop: constant(stop),
        step: constant(step),
        inclusive,
        span,
      };
      return { source: new Series(bounds, context.compile.timeZone), planNodes: [position] };
    }
    case "limit":
      return unary(plan.input, new Limit(plan.limit, plan.offset));
    case "sort":
      return unary(plan.input, new Sort(typesOf(plan.schema), sortKeys(plan.keys, plan.input.schema, context)));
    case "top-n": {
      const keys = sortKeys(plan.keys, plan.input.schema, context);
      return unary(plan.input, new TopN(typesOf(plan.schema), keys, plan.limit, plan.offset, context.checkInterrupt));
    }
    case "unnest": {
      const calls = tableCalls(plan, context, wanted);
      if (calls !== undefined) return unary(plan.input, calls);
      const lists = plan.lists.map((list) => compileExpression(list, typesOf(plan.input.schema), context.compile));
      const elementTypes = typesOf(plan.schema).slice(plan.input.schema.length);
      return unary(plan.input, new Unnest(lists, elementTypes, plan.outer, wanted));
    }
    case "apply":
      return buildApply(plan, build(plan.input, position + 1, context, undefined), position, context);
    case "join":
      return binary(plan.left, plan.right, position, context, buildJoin(plan, context, wanted));
    case "range-join":
      return binary(
        plan.left,
        plan.right,
        position,
        context,
        new RangeJoin(rangeJoinOptions(plan, plan.left.schema, plan.right.schema, context)),
      );
    case "set-operation":
      if (plan.op === "union" && plan.all) return binary(plan.left, plan.right, position, context, new UnionAll());
      return binary(plan.left, plan.right, position, context, buildSetOperation(plan, context));
    case "aggregate":
      return buildAggregate(plan, position, context);
    case "distinct":
      return unary(plan.input, buildDistinct(plan, context));
    case "window":
      return unary(plan.input, buildWindow(plan, context));
    case "window-tvf":
      return unary(plan.input, buildWindowTvf(plan, context, wanted));
    case "per-series":
      return unary(plan.input, buildPerSeries(plan, context, buildFragment));
    case "fill":
      return unary(plan.input, new FillGaps({ ...plan, types: typesOf(plan.schema) }));
    case "gap-fill":
      return unary(plan.input, new GapFill({ ...plan, types: typesOf(plan.schema) }));
    case "replay":
      return buildReplay(plan, position, context);
    case "stream":
      return buildStream(plan, { inputs: buildInputs(plan.inputs, position, context), position, context });
  }
}

/** The input is read and sorted by a run of its own, as fast as it goes. */
function buildReplay(plan: ReplayPlan, position: number, context: BuildContext): OperatorTree {
  const { input, time, speed, schema } = plan;
  const key = { expr: columnsOf(schema)[time], descending: false, nullsFirst: false };
  const tree = buildOperators({ kind: "sort", schema, input, keys: [key] }, context);
  const { clock, memory, checkInterrupt } = context;
  const planNodes = Array.from({ length: countPlanNodes(plan) }, (_, i) => position + i);
  return { source: new Replay({ tree, time, speed, clock, memory, checkInterrupt }), planNodes };
}

function buildInputs(inputs: readonly LogicalPlan[], position: number, context: BuildContext): OperatorTree[] {
  let next = position + 1;
  return inputs.map((input) => {
    const tree = build(input, next, context, undefined);
    next += countPlanNodes(input);
    return tree;
  });
}

function binary(left: LogicalPlan, right: LogicalPlan, position: number, context: BuildContext, operator: Operator): OperatorTree {
  return { operator, inputs: buildInputs([left, right], position, context), planNodes: [position] };
}

/** A run of plan nodes that one compiled loop does: [project] [filter …] and what they stand on. */
interface FusedPipeline {
  readonly filter: BoundExpr | undefined;
  /** Undefined: the columns as they are. */
  readonly exprs: readonly BoundExpr[] | undefined;
  readonly input: LogicalPlan;
  /** Plan nodes passed, `input` not included. */
  readonly nodes: number;
  /** Each batch is used up before the next is made. */
  readonly transient?: boolean;
}

function fusePipeline(plan: LogicalPlan): FusedPipeline {
  let nodes = 0;
  let exprs: readonly BoundExpr[] | undefined;
  const predicates: BoundExpr[] = [];
  let input = plan;
  if (input.kind === "project") {
    exprs = input.exprs;
    input = input.input;
    nodes++;
  }
  while (input.kind === "filter") {
    predicates.unshift(input.predicate);
    input = input.input;
    nodes++;
  }
  if (input.kind === "scan" && input.filter !== undefined) predicates.unshift(input.filter);
  return { filter: conjunction(predicates.flatMap(conjuncts)), exprs, input, nodes };
}

/** What a fused run computes; undefined where it changes nothing. */
function compileFused({ filter, exprs, input, transient }: FusedPipeline, context: BuildContext): CompiledPipeline | undefined {
  if (filter === undefined && (exprs === undefined || isIdentity(exprs, input.schema))) return undefined;
  return compileChangePipeline(
    { filter, exprs: exprs ?? columnsOf(input.schema), inputTypes: typesOf(input.schema), transient },
    context.compile,
  );
}

const columnsOf = (schema: Schema): BoundExpr[] =>
  schema.map(({ name, type }, index) => ({ kind: "column", name, type, index, span: { start: 0, end: 0 } }));

const isIdentity = (exprs: readonly BoundExpr[], schema: Schema): boolean =>
  exprs.length === schema.length && exprs.every((expr, i) => expr.kind === "column" && expr.index === i);

function buildPipeline(plan: LogicalPlan, position: number, context: BuildContext): OperatorTree {
  return buildParallel(plan, position, context) ?? buildFused(fusePipeline(plan), position, context);
}

/** The plan on several threads, where it is one large scan with work on its rows; undefined elsewhere. */
function buildParallel(plan: LogicalPlan, position: number, context: BuildContext): OperatorTree | undefined {
  const { parallel } = context;
  if (parallel === undefined) return undefined;
  const divided = divide(plan);
  if (divided === undefined || !(divided.works || divided.scan.source.kind === "file")) return undefined;
  if (!canTravel(plan, context.compile.functions)) return undefined;
  const start: StartRun = (morsel) =>
    new ParallelRun(plan, divided.position, context, parallel, buildFragment, {
      morsel,
      message: (message) => {
        if (message.kind === "batches") morsel(message.morsel, message.batches);
      },
    });
  const planNodes = Array.from({ length: countPlanNodes(plan) }, (_, i) => position + i);
  return { source: new ParallelScan(start), planNodes };
}

/** `position`: of the first plan node that the run stands for. */
function buildFused(fused: FusedPipeline, position: number, context: BuildContext): OperatorTree {
  const pipeline = compileFused(fused, context);
  const positions = Array.from({ length: fused.nodes }, (_, i) => position + i);
  const inputPosition = position + fused.nodes;
  if (fused.input.kind === "scan") return buildScan(fused.input, pipeline, [...positions, inputPosition], context);
  const input = build(fused.input, inputPosition, context, pipeline === undefined ? undefined : columnsWanted(fused));
  if (pipeline === undefined) return { ...input, planNodes: [...positions, ...input.planNodes] };
  return { operator: new FilterProject(pipeline), inputs: [input], planNodes: positions };
}

/** Which input columns a pipeline reads. */
function columnsWanted({ filter, exprs, input }: FusedPipeline): WantedColumns {
  if (exprs === undefined) return undefined;
  const read = new Set<number>();
  for (const expr of exprs) collectColumns(expr, read);
  if (filter !== undefined) collectColumns(filter, read);
  return input.schema.map((_, i) => read.has(i));
}

function buildScan(
  plan: ScanPlan,
  pipeline: CompiledPipeline | undefined,
  planNodes: readonly number[],
  context: BuildContext,
): OperatorTree {
  if (plan.source.kind === "stream") {
    return { source: new StreamScan(plan, plan.source, { open: context.openStream, pipeline, late: context.late }), planNodes };
  }
  const driving = context.drivingScan;
  if (driving !== undefined && planNodes.includes(driving.position)) return { source: driving.open(plan, pipeline), planNodes };
  return { source: new Scan(plan, context.openSource, pipeline), planNodes };
}

/** Groups of threads can be merged, and the answer does not depend on which thread saw which row. */
const isMergeable = (plan: AggregatePlan, context: BuildContext): boolean =>
  plan.aggregates.every((aggregate) => aggregate.orderBy.length === 0 && aggregateDefinition(aggregate, context).ordered !== true);

/** GROUP BY over one compiled loop that filters and computes its keys and arguments. */
function buildAggregate(plan: AggregatePlan, position: number, context: BuildContext): OperatorTree {
  const panes = paneAggregate(plan, context.compile.functions);
  if (panes !== undefined) {
    const inputs = [build(panes.node.inputs[0], position + panes.passed, context, undefined)];
    const planNodes = Array.from({ length: panes.passed }, (_, i) => position + i);
    return { ...buildWindowAggregate(panes.node, { inputs, position, context }), planNodes };
  }
  const { exprs, options } = aggregateOptions(plan, context);
  const { parallel } = context;
  const divided = parallel === undefined || !isMergeable(plan, context) ? undefined : divide(plan.input);
  if (parallel !== undefined && divided !== undefined && canTravel(plan, context.compile.functions)) {
    const start = (message: (message: FromWorker) => void) =>
      new ParallelRun(plan, divided.position + 1, context, parallel, buildFragment, { morsel: () => {}, message });
    const planNodes = Array.from({ length: countPlanNodes(plan) }, (_, i) => position + i);
    return { source: new ParallelAggregate(new HashAggregate(options), start), planNodes };
  }
  const below = fusePipeline(plan.input);
  const composed = below.exprs === undefined ? exprs : exprs.map((expr) => substituteColumns(expr, below.exprs!));
  const aggregate = new HashAggregate(options);
  const input = buildFused({ ...below, exprs: composed, transient: !aggregate.keepsInputs }, position + 1, context);
  return { operator: aggregate, inputs: [input], planNodes: [position] };
}

const sortKeys = (keys: readonly SortKey[], input: Schema, context: BuildContext): CompiledSortKey[] =>
  keys.map(({ expr, descending, nullsFirst }) => ({
    value: compileExpression(expr, typesOf(input), context.compile),
    type: expr.type,
    descending,
    nullsFirst,
  }));

function buildSetOperation({ op, all, schema }: Extract<LogicalPlan, { kind: "set-operation" }>, context: BuildContext): Operator {
  return new SetOperation({ op, all, types: typesOf(schema), checkInterrupt: context.checkInterrupt });
}

function buildDistinct({ input, on }: Extract<LogicalPlan, { kind: "distinct" }>, context: BuildContext): Operator {
  const types = typesOf(input.schema);
  const { checkInterrupt } = context;
  if (on === undefined) return new Distinct({ keyTypes: types, keys: (batch) => batch.columns, checkInterrupt });
  const keys = compilePipeline({ exprs: on, inputTypes: types }, context.compile);
  return new Distinct({ keyTypes: on.map((expr) => expr.type), keys: (batch) => keys(batch).columns, checkInterrupt });
}

function buildWindow({ input, windows }: Extract<LogicalPlan, { kind: "window" }>, context: BuildContext): Operator {
  const { exprs, options } = windowOptions(windows, context);
  const computed = compilePipeline({ exprs, inputTypes: typesOf(input.schema) }, context.compile);
  return new Window({ ...options, computed: exprs.length === 0 ? () => [] : (batch) => computed(batch).columns });
}

function buildJoin(plan: JoinPlan, context: BuildContext, wanted: WantedColumns): Operator {
  const leftTypes = typesOf(plan.left.schema);
  const rightTypes = typesOf(plan.right.schema);
  const pairTypes = [...leftTypes, ...rightTypes];
  const compile = (expr: BoundExpr, types: readonly DataType[]): CompiledExpression => compileExpression(expr, types, context.compile);
  const { condition, keys } = plan;
  const joinKeys = keys.map(({ left, right, nullSafe }) => ({
    left: compile(left, leftTypes),
    right: compile(right, rightTypes),
    type: left.type,
    nullSafe,
  }));
  if (plan.asof !== undefined) {
    return new AsofJoin({
      shape: joinShape(plan.join, false, leftTypes.length, wanted),
      rightTypes,
      keys: joinKeys,
      left: compile(plan.asof.left, leftTypes),
      right: compile(plan.asof.right, rightTypes),
      timeType: plan.asof.right.type,
      op: plan.asof.op,
      tolerance: plan.asof.tolerance,
      condition: condition === undefined ? undefined : compile(condition, pairTypes),
    });
  }
  const whole = conjunction([
    ...keys.map(({ left, right, nullSafe }): BoundExpr => {
      const op = nullSafe ? "not-distinct" : "=";
      return { kind: "compare", type: BOOLEAN, op, left, right: shiftColumns(right, leftTypes.length), span: left.span };
    }),
    ...(condition === undefined ? [] : [condition]),
  ]);
  if (keys.length > 0) {
    const exact = plan.join === "mark" && condition !== undefined ? whole : undefined;
    return new HashJoin({
      shape: joinShape(plan.join, plan.build === "left" && exact === undefined, leftTypes.length, wanted),
      leftTypes,
      rightTypes,
      keys: joinKeys,
      condition: condition === undefined ? undefined : compile(condition, pairTypes),
      exact: exact === undefined ? undefined : compile(exact, pairTypes),
      checkInterrupt: context.checkInterrupt,
    });
  }
  return new NestedLoopJoin({
    shape: joinShape(plan.join, false, leftTypes.length, wanted),
    leftTypes,
    rightTypes,
    condition: condition === undefined ? undefined : compile(condition, pairTypes),
    conditionColumns: condition === undefined ? new Set() : collectColumns(condition),
  });
}
