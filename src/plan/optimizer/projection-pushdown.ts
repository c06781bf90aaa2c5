import { eventTimes } from "../binder/event-times.ts";
import type { BoundExpr, SortKey } from "../expression.ts";
import { collectColumns, mapColumns } from "../expression-tree.ts";
import type { ApplyCall, ApplyPlan, JoinPlan, LogicalPlan, PerSeriesPlan, RangeJoinPlan, WindowTvfPlan } from "../logical-plan.ts";
import { mapExpressions } from "../plan-tree.ts";
import type { Rule } from "./rule.ts";

/** Columns that nobody uses are never read, joined, sorted or computed. */
export const projectionPushdown: Rule = {
  name: "projection-pushdown",
  apply: (plan) =>
    prune(
      plan,
      plan.schema.map((_, i) => i),
    ),
};

/** Positions in ascending order, each once. */
type Columns = readonly number[];

const union = (...sets: readonly Iterable<number>[]): Columns => [...new Set(sets.flatMap((set) => [...set]))].sort((a, b) => a - b);
const used = (exprs: readonly (BoundExpr | undefined)[]): Columns => {
  const into = new Set<number>();
  for (const expr of exprs) if (expr !== undefined) collectColumns(expr, into);
  return [...into];
};
const keyExprs = (keys: readonly SortKey[]): BoundExpr[] => keys.map((key) => key.expr);

/** A plan that gives exactly the columns `wanted` of `plan`, in that order. */
function prune(plan: LogicalPlan, wanted: Columns): LogicalPlan {
  switch (plan.kind) {
    case "scan": {
      const kept = union(wanted, used([plan.filter]));
      if (kept.length === plan.schema.length) return select(plan, kept, wanted);
      const moved = mapExpressions(plan, (expr) => remap(expr, kept)) as typeof plan;
      return select({ ...moved, columns: kept.map((i) => plan.columns[i]), schema: kept.map((i) => plan.schema[i]) }, kept, wanted);
    }
    case "values": {
      if (wanted.length === plan.schema.length) return plan;
      return { ...plan, schema: wanted.map((i) => plan.schema[i]), rows: plan.rows.map((row) => wanted.map((i) => row[i])) };
    }
    case "series":
      return select(plan, [0], wanted);
    case "project": {
      const exprs = wanted.map((i) => plan.exprs[i]);
      const needed = union(used(exprs));
      const input = prune(plan.input, needed);
      if (input === plan.input && exprs.length === plan.exprs.length) return plan;
      return { ...plan, schema: wanted.map((i) => plan.schema[i]), input, exprs: exprs.map((expr) => remap(expr, needed)) };
    }
    case "filter":
      return overInput(plan, wanted, used([plan.predicate]));
    case "sort":
    case "top-n":
      return overInput(plan, wanted, used(keyExprs(plan.keys)));
    case "limit":
      return overInput(plan, wanted, []);
    case "distinct":
      return overInput(plan, wanted, plan.on === undefined ? plan.schema.keys() : used(plan.on));
    case "aggregate":
      return pruneAggregate(plan, wanted);
    case "window":
      return pruneWindow(plan, wanted);
    case "apply":
      return pruneApply(plan, wanted);
    case "unnest": {
      const width = plan.input.schema.length;
      const needed = union(
        wanted.filter((i) => i < width),
        used(plan.lists),
      );
      const input = prune(plan.input, needed);
      const kept = [...needed, ...plan.lists.map((_, i) => width + i)];
      if (input === plan.input) return select(plan, kept, wanted);
      const lists = plan.lists.map((expr) => remap(expr, needed));
      return select({ ...plan, schema: kept.map((i) => plan.schema[i]), input, lists }, kept, wanted);
    }
    case "window-tvf":
      return pruneWindowTvf(plan, wanted);
    case "replay": {
      const kept = union(wanted, [plan.time]);
      const input = prune(plan.input, kept);
      if (input === plan.input) return select(plan, kept, wanted);
      return select({ ...plan, schema: kept.map((i) => plan.schema[i]), input, time: kept.indexOf(plan.time) }, kept, wanted);
    }
    case "per-series":
      return prunePerSeries(plan, wanted);
    // Its columns are group keys and aggregates, each with a rule of its own.
    case "gap-fill":
    case "fill": {
      const input = prune(
        plan.input,
        plan.schema.map((_, i) => i),
      );
      const all = plan.schema.map((_, i) => i);
      return select(input === plan.input ? plan : { ...plan, input }, all, wanted);
    }
    case "stream":
      return plan;
    case "range-join":
      return pruneRangeJoin(plan, wanted);
    case "join":
      return pruneJoin(plan, wanted);
    case "set-operation": {
      // Which rows are equal depends on all columns; only UNION ALL does not ask.
      const kept = plan.op === "union" && plan.all ? wanted : plan.schema.map((_, i) => i);
      const left = prune(plan.left, kept);
      const right = prune(plan.right, kept);
      const same = left === plan.left && right === plan.right;
      return select(same ? plan : { ...plan, schema: kept.map((i) => plan.schema[i]), left, right }, kept, wanted);
    }
  }
}

/** An expression over all columns, over the kept ones. */
function remap(expr: BoundExpr, kept: Columns): BoundExpr {
  return mapColumns(expr, (index) => kept.indexOf(index));
}

/** `plan`, which gives the columns `kept`, cut down to `wanted`. */
function select(plan: LogicalPlan, kept: Columns, wanted: Columns): LogicalPlan {
  if (kept.length === wanted.length) return plan;
  const exprs = wanted.map((column): BoundExpr => {
    const index = kept.indexOf(column);
    const { name, type } = plan.schema[index];
    return { kind: "column", type, index, name, span: { start: 0, end: 0 } };
  });
  return {
    kind: "project",
    schema: exprs.map((expr, i) => ({ name: plan.schema[kept.indexOf(wanted[i])].name, type: expr.type })),
    input: plan,
    exprs,
  };
}

/** Nodes whose output is their input's columns. */
function overInput(
  plan: Extract<LogicalPlan, { kind: "filter" | "sort" | "top-n" | "limit" | "distinct" }>,
  wanted: Columns,
  own: Iterable<number>,
): LogicalPlan {
  const kept = union(wanted, own);
  const input = prune(plan.input, kept);
  if (input === plan.input) return select(plan, kept, wanted);
  const moved = mapExpressions(plan, (expr) => remap(expr, kept)) as typeof plan;
  return select({ ...moved, schema: kept.map((i) => plan.schema[i]), input }, kept, wanted);
}

function pruneAggregate(plan: Extract<LogicalPlan, { kind: "aggregate" }>, wanted: Columns): LogicalPlan {
  const keys = plan.groups.length;
  const kept = union(plan.groups.keys(), wanted);
  const aggregates = plan.aggregates.filter((_, i) => kept.includes(keys + i));
  const needed = union(
    used(plan.groups),
    used(aggregates.flatMap((aggregate) => [...aggregate.args, aggregate.filter, ...keyExprs(aggregate.orderBy)])),
  );
  const input = prune(plan.input, needed);
  if (input === plan.input && aggregates.length === plan.aggregates.length) return select(plan, kept, wanted);
  const smaller = { ...plan, schema: kept.map((i) => plan.schema[i]), aggregates };
  return select({ ...(mapExpressions(smaller, (expr) => remap(expr, needed)) as typeof plan), input }, kept, wanted);
}

function pruneWindow(plan: Extract<LogicalPlan, { kind: "window" }>, wanted: Columns): LogicalPlan {
  const width = plan.input.schema.length;
  const windows = plan.windows.filter((_, i) => wanted.includes(width + i));
  const below = wanted.filter((i) => i < width);
  if (windows.length === 0) return prune(plan.input, below);
  const bounds = windows.flatMap((window) => [window.frame.start.offset, window.frame.end.offset]);
  const own = windows.flatMap((window) => [...window.args, window.filter, ...window.partitionBy, ...keyExprs(window.orderBy)]);
  const needed = union(below, used(own), used(bounds));
  const input = prune(plan.input, needed);
  const kept = [...needed, ...wanted.filter((i) => i >= width)];
  if (input === plan.input && windows.length === plan.windows.length) return select(plan, kept, wanted);
  const smaller = { ...plan, schema: kept.map((i) => plan.schema[i]), windows };
  return select({ ...(mapExpressions(smaller, (expr) => remap(expr, needed)) as typeof plan), input }, kept, wanted);
}

/** Calls of which no output is used are not made. */
function pruneApply(plan: ApplyPlan, wanted: Columns): LogicalPlan {
  const width = plan.input.schema.length;
  const below = wanted.filter((i) => i < width);
  const outputs: number[] = [];
  let at = width;
  const calls = plan.calls.flatMap((call) => {
    const own = call.outputs.map(() => at++);
    const asked = own.filter((i) => wanted.includes(i));
    outputs.push(...asked);
    if (asked.length === own.length) return [call];
    return asked.length === 0
      ? []
      : [
          fewerOutputs(
            call,
            asked.map((i) => i - own[0]),
          ),
        ];
  });
  if (calls.length === 0) return prune(plan.input, below);
  const needed = union(below, used(calls.flatMap((call) => call.args)));
  const input = prune(plan.input, needed);
  const kept = [...needed, ...outputs];
  if (input === plan.input && calls.every((call, i) => call === plan.calls[i]) && calls.length === plan.calls.length)
    return select(plan, kept, wanted);
  const moved = mapExpressions({ ...plan, calls }, (expr) => remap(expr, needed)) as ApplyPlan;
  return select({ ...moved, schema: kept.map((i) => plan.schema[i]), input }, kept, wanted);
}

/** A call that gives the columns at some places among its columns. */
const fewerOutputs = (call: ApplyCall, places: readonly number[]): ApplyCall => ({
  ...call,
  outputs: places.map((place) => call.outputs[place]),
  wanted: places.map((place) => call.wanted?.[place] ?? place),
});

function pruneWindowTvf(plan: WindowTvfPlan, wanted: Columns): LogicalPlan {
  const width = plan.input.schema.length;
  const { window, time } = plan;
  const keys = window.type === "session" || window.type === "count" ? used(window.partitionBy) : [];
  const needed = union(
    wanted.filter((i) => i < width),
    time < 0 ? [] : [time],
    keys,
  );
  const input = prune(plan.input, needed);
  const kept = [...needed, ...plan.schema.slice(width).map((_, i) => width + i)];
  if (input === plan.input) return select(plan, kept, wanted);
  const moved = mapExpressions(plan, (expr) => remap(expr, needed)) as WindowTvfPlan;
  return select({ ...moved, schema: kept.map((i) => plan.schema[i]), input, time: needed.indexOf(time) }, kept, wanted);
}

/** The right side has what the aggregates take, and nothing else. */
function pruneRangeJoin(plan: RangeJoinPlan, wanted: Columns): LogicalPlan {
  const width = plan.left.schema.length;
  const needed = union(
    wanted.filter((i) => i < width),
    used(plan.keys),
    [plan.leftTime],
  );
  const left = prune(plan.left, needed);
  const right = prune(
    plan.right,
    plan.right.schema.map((_, i) => i),
  );
  const kept = [...(left === plan.left ? plan.left.schema.map((_, i) => i) : needed), ...plan.aggregates.map((_, i) => width + i)];
  if (left === plan.left) return select(right === plan.right ? plan : { ...plan, right }, kept, wanted);
  const keys = plan.keys.map((key) => remap(key, needed));
  const moved = { ...plan, schema: kept.map((i) => plan.schema[i]), left, right, keys, leftTime: needed.indexOf(plan.leftTime) };
  return select(moved, kept, wanted);
}

function prunePerSeries(plan: PerSeriesPlan, wanted: Columns): LogicalPlan {
  const width = plan.gives === "points" ? plan.input.schema.length : 0;
  const needed = union(
    wanted.filter((i) => i < width),
    used([...plan.ids, plan.time, ...plan.values]),
  );
  const input = prune(plan.input, needed);
  const own = plan.schema.slice(width).map((_, i) => width + i);
  const kept = width === 0 ? own : [...needed, ...own];
  if (input === plan.input)
    return select(
      plan,
      plan.schema.map((_, i) => i),
      wanted,
    );
  const moved = mapExpressions(plan, (expr) => remap(expr, needed)) as PerSeriesPlan;
  return select({ ...moved, schema: kept.map((i) => plan.schema[i]), input }, kept, wanted);
}

function pruneJoin(plan: JoinPlan, wanted: Columns): LogicalPlan {
  const width = plan.left.schema.length;
  const isMark = plan.join === "mark";
  // A mark that nobody asks for changes nothing.
  if (isMark && !wanted.includes(width)) return prune(plan.left, wanted);
  const own = used([plan.condition]);
  const { asof, systemTime } = plan;
  const leftNeeded = union(
    [...wanted, ...own].filter((i) => i < width),
    used([...plan.keys.map((key) => key.left), asof?.left, systemTime]),
  );
  const rightWanted = isMark ? own : [...wanted, ...own];
  const rightNeeded = union(
    rightWanted.filter((i) => i >= width).map((i) => i - width),
    used([...plan.keys.map((key) => key.right), asof?.right]),
    // Its versions are told apart by their times.
    systemTime === undefined ? [] : eventTimes(plan.right),
  );
  const left = prune(plan.left, leftNeeded);
  const right = prune(plan.right, rightNeeded);
  const both = [...leftNeeded, ...rightNeeded.map((i) => i + width)];
  const kept = isMark ? [...leftNeeded, width] : plan.join === "semi" || plan.join === "anti" ? leftNeeded : both;
  if (left === plan.left && right === plan.right) return select(plan, kept, wanted);
  const keys = plan.keys.map((key) => ({ ...key, left: remap(key.left, leftNeeded), right: remap(key.right, rightNeeded) }));
  const condition = plan.condition === undefined ? undefined : remap(plan.condition, both);
  const moved: JoinPlan = {
    ...plan,
    schema: kept.map((i) => plan.schema[i]),
    left,
    right,
    keys,
    condition,
    ...(asof !== undefined && { asof: { ...asof, left: remap(asof.left, leftNeeded), right: remap(asof.right, rightNeeded) } }),
    ...(systemTime !== undefined && { systemTime: remap(systemTime, leftNeeded) }),
  };
  return select(moved, kept, wanted);
}
