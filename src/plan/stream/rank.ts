import type { Schema } from "../../core/types.ts";
import type { BoundExpr, SortKey } from "../expression.ts";
import { collectColumns, conjunction, conjuncts } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { printExpression, printSortKey } from "../print-expression.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { DeduplicateNode } from "./deduplicate.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges, keyedStateNotice } from "./normalize.ts";
import { projected, type StreamProperties } from "./properties.ts";

type FilterPlan = Extract<LogicalPlan, { kind: "filter" }>;
type WindowPlan = Extract<LogicalPlan, { kind: "window" }>;
type ProjectPlan = Extract<LogicalPlan, { kind: "project" }>;

/** The rows of each partition whose rank by an order is above `offset` and at most `offset + limit`. */
export interface RankShape {
  readonly partitionBy: readonly BoundExpr[];
  /** None: by coming. */
  readonly orderBy: readonly SortKey[];
  readonly rank: "row_number" | "rank" | "dense_rank";
  readonly limit: number;
  readonly offset: number;
  /** Whether the rank itself is wanted. */
  readonly numbered: boolean;
}

/** Top-N of each partition. */
export interface RankNode extends StreamNodeBase<"rank">, RankShape {
  readonly retracting: boolean;
  /** Partitions belong to windows that end there: told once, when they close. */
  readonly windowEnd: number | undefined;
  readonly ttl: number | undefined;
}

/**
 * A filter that keeps the first ranks of a window function as Top-N or deduplication; undefined where it is none. `wanted`: the columns of the filter that
 * are read above it, where that is known.
 */
export function planRank(node: FilterPlan, plan: PlanInput, context: StreamContext, wanted?: ReadonlySet<number>): Planned | undefined {
  const project = node.input.kind === "project" ? node.input : undefined;
  const window = project?.input ?? node.input;
  if (window.kind !== "window" || window.windows.length !== 1) return undefined;
  const [call] = window.windows;
  const { name, partitionBy, orderBy } = call;
  if (call.aggregate || (name !== "row_number" && name !== "rank" && name !== "dense_rank")) return undefined;
  const column = rankColumn(window, project);
  if (column === undefined) return undefined;
  const range = rankRange(node.predicate, column);
  if (range === undefined) return undefined;
  const read = new Set<number>();
  for (const expr of range.rest) collectColumns(expr, read);
  const numbered = wanted === undefined || wanted.has(column) || read.has(column);
  const shape = { partitionBy, orderBy, rank: name, limit: range.last - range.first + 1, offset: range.first - 1, numbered } as const;
  const ranked = rankNode(shape, window.schema, asChanges(plan(window.input), context), context);
  return above(ranked, project, node, conjunction(range.rest));
}

/** Where the rank stands in the filter's input. */
function rankColumn(window: WindowPlan, project: ProjectPlan | undefined): number | undefined {
  const last = window.schema.length - 1;
  if (project === undefined) return last;
  const found = project.exprs.findIndex((expr) => expr.kind === "column" && expr.index === last);
  return found < 0 ? undefined : found;
}

/** Puts back what stood between the rank and what reads it: a projection, and the rest of the condition. */
function above(ranked: Planned, project: ProjectPlan | undefined, node: FilterPlan, rest: BoundExpr | undefined): Planned {
  let { plan, properties } = ranked;
  if (project !== undefined) {
    plan = { ...project, input: plan };
    properties = projected(properties, project.exprs);
  }
  if (rest !== undefined) plan = { kind: "filter", schema: node.schema, input: plan, predicate: rest };
  return { plan, properties, state: ranked.state };
}

/** The ranks a condition lets pass, and its parts that say something else; undefined where they have no upper bound. */
function rankRange(predicate: BoundExpr, column: number): { first: number; last: number; rest: BoundExpr[] } | undefined {
  let first = 1;
  let last = Infinity;
  const rest: BoundExpr[] = [];
  for (const part of conjuncts(predicate)) {
    const bound = comparison(part, column);
    if (bound === undefined) {
      rest.push(part);
      continue;
    }
    const { op, value } = bound;
    if (op === "=" || op === "<=") last = Math.min(last, Math.floor(value));
    if (op === "<") last = Math.min(last, Math.ceil(value) - 1);
    if (op === "=" || op === ">=") first = Math.max(first, Math.ceil(value));
    if (op === ">") first = Math.max(first, Math.floor(value) + 1);
  }
  return last === Infinity || last < first ? undefined : { first, last, rest };
}

const FLIPPED: Readonly<Record<string, string>> = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function comparison(expr: BoundExpr, column: number): { op: string; value: number } | undefined {
  if (expr.kind !== "compare" || !(expr.op in FLIPPED)) return undefined;
  const { left, right, op } = expr;
  const isRank = (side: BoundExpr) => side.kind === "column" && side.index === column;
  const constant = isRank(left) ? right : isRank(right) ? left : undefined;
  if (constant?.kind !== "literal" || (typeof constant.value !== "bigint" && typeof constant.value !== "number")) return undefined;
  if (constant.type.kind === "decimal") return undefined;
  return { op: isRank(left) ? op : FLIPPED[op], value: Number(constant.value) };
}

/** The node of a shape over an input that is planned and says which rows go. `schema`: the input's, and where there is one the rank's column behind it. */
export function rankNode(shape: RankShape, schema: Schema, input: Planned, context: StreamContext): Planned {
  const { partitionBy, orderBy, rank, limit, offset, numbered } = shape;
  const { properties } = input;
  const appends = properties.changelog === "append";
  const keys = partitionBy.map((expr) => (expr.kind === "column" ? expr.index : -1));
  const hasRank = schema.length > input.plan.schema.length;
  const single = limit === 1 && offset === 0 && rank === "row_number";
  const rankKey = single ? keys : hasRank && numbered && rank === "row_number" ? [...keys, schema.length - 1] : undefined;
  const key = rankKey?.includes(-1) ? undefined : rankKey;
  const windowEnd = appends && finalResults(context) ? closingWindow(properties, keys) : undefined;
  const facts: [string, string | readonly string[]][] = [["partition", partitionBy.map(printExpression)]];
  if (orderBy.length > 0) facts.push(["order", orderBy.map(printSortKey)]);
  facts.push(["ranks", offset === 0 ? `${rank} <= ${limit}` : `${offset} < ${rank} <= ${offset + limit}`]);
  const common = { kind: "stream" as const, schema, inputs: [input.plan], ttl: context.stateTtl };
  if (windowEnd === undefined && partitionBy.length > 0)
    keyedStateNotice(context, `distinct keys (${partitionBy.map(printExpression).join(", ")})`);
  if (appends && single && windowEnd === undefined) {
    const time = orderBy.length === 1 ? earliestFirst(properties, orderBy[0]) : undefined;
    const appendsOnly = time !== undefined || orderBy.length === 0;
    const out: StreamProperties = {
      ...properties,
      changelog: appendsOnly ? "append" : "retract",
      key,
      times: time !== undefined ? [time] : appendsOnly ? properties.times : [],
    };
    const node: DeduplicateNode = {
      ...common,
      op: "deduplicate",
      properties: out,
      state: "keys",
      facts: time === undefined ? facts : [...facts, ["emit", "when the watermark has passed"]],
      partitionBy,
      orderBy,
      time,
      numbered: hasRank,
    };
    return { plan: node, properties: out, state: "keys" };
  }
  const bounded = windowEnd !== undefined || (appends && partitionBy.length === 0);
  const out: StreamProperties = { ...properties, changelog: windowEnd === undefined ? "retract" : "append", key, times: [] };
  const state = bounded ? "bounded" : "keys";
  const facts2 = windowEnd === undefined ? facts : [...facts, ["emit", "when the window closes"] as [string, string]];
  const node: RankNode = {
    ...common,
    ...shape,
    op: "rank",
    properties: out,
    state,
    facts: facts2,
    retracting: !appends,
    windowEnd,
  };
  return { plan: node, properties: out, state };
}

const finalResults = ({ emit }: StreamContext): boolean => emit === undefined || emit.mode === "final";

/** The column of the end of the window that the partition keys fix. */
function closingWindow({ window, streaming }: StreamProperties, keys: readonly number[]): number | undefined {
  if (!streaming || window?.end === undefined) return undefined;
  const { shape, start, end } = window;
  if (keys.includes(end)) return end;
  // Windows of a fixed size are told apart by their starts too.
  return (shape.type === "tumble" || shape.type === "hop") && start !== undefined && keys.includes(start) ? end : undefined;
}

/** The event-time column where a key orders by it, the earliest first. */
function earliestFirst({ times, streaming }: StreamProperties, { expr, descending }: SortKey): number | undefined {
  return streaming && !descending && expr.kind === "column" && times.includes(expr.index) ? expr.index : undefined;
}
