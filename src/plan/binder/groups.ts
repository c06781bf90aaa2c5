import { bindError } from "../../core/errors.ts";
import type { Expr, GroupItem, Select } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { expressionKey, some } from "../expression-tree.ts";
import { GROUP_BY } from "./clause.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { refersTo } from "./references.ts";
import type { ExpandedItem } from "./select-state.ts";

/** Group keys, each once, and the sets of them where there are several. */
export interface Groups {
  readonly keys: readonly BoundExpr[];
  readonly sets: readonly (readonly number[])[] | undefined;
}

/** A GROUP BY clause, bound; GROUP BY ALL waits for the select list. */
export interface GroupClause {
  /** Texts of the keys; undefined for GROUP BY ALL. */
  readonly keyTexts: readonly string[] | undefined;
  /** Whether GROUP BY was written, if only as `GROUP BY ()` or ALL. */
  readonly explicit: boolean;
  resolve(outputs: readonly BoundExpr[]): Groups;
}

/** At most this many sets come of ROLLUP and CUBE, so that CUBE over 30 columns is an error and not a hang. */
const MAX_SETS = 4096;

export function bindGroups(binder: ExpressionBinder, select: Select, items: readonly ExpandedItem[]): GroupClause {
  if (select.groupByAll) return { explicit: true, keyTexts: undefined, resolve: groupByAll };
  const keys: BoundExpr[] = [];
  const texts: string[] = [];
  const inner = binder.in(GROUP_BY);
  const add = (expr: Expr): number => {
    const bound = bindKey(inner, expr, items);
    const text = expressionKey(bound);
    const known = texts.indexOf(text);
    if (known !== -1) return known;
    texts.push(text);
    return keys.push(bound) - 1;
  };
  const perItem = select.groupBy.map((item) => setsOf(item, add));
  const all = cross(perItem, select);
  const simple = all.length === 1 && all[0].length === keys.length;
  return { explicit: select.groupBy.length > 0, keyTexts: texts, resolve: () => ({ keys, sets: simple ? undefined : all }) };
}

/** All outputs without aggregates, but for those that no row decides: they are no keys, so that without rows there still is one group. */
function groupByAll(outputs: readonly BoundExpr[]): Groups {
  const keys: BoundExpr[] = [];
  for (const output of outputs) {
    if (refersTo(output, "aggregate") || refersTo(output, "window") || refersTo(output, "unnest")) continue;
    if (!some(output, (node) => node.kind === "column")) continue;
    if (!keys.some((key) => expressionKey(key) === expressionKey(output))) keys.push(output);
  }
  return { keys, sets: undefined };
}

/** An ordinal of the select list, a column, an alias or an expression. */
function bindKey(binder: ExpressionBinder, expr: Expr, items: readonly ExpandedItem[]): BoundExpr {
  if (expr.kind === "number" && expr.type === "integer") {
    const item = items[Number(expr.text) - 1];
    if (item === undefined)
      throw bindError(`GROUP BY position ${expr.text} is out of range`, expr.span, `the select list has ${items.length} columns`);
    return binder.bind(item.expr);
  }
  return binder.bind(expr);
}

type Sets = readonly (readonly number[])[];

/** The grouping sets an item stands for, as positions of keys. */
function setsOf(item: GroupItem, add: (expr: Expr) => number): Sets {
  switch (item.kind) {
    case "groupingSets":
      return item.sets.flatMap((set) => setsOf(set, add));
    case "groupSet":
      return [item.items.map(add)];
    case "rollup": {
      const parts = item.items.map((part) => setsOf(part, add)[0]);
      return Array.from({ length: parts.length + 1 }, (_, i) => parts.slice(0, parts.length - i).flat());
    }
    case "cube": {
      const parts = item.items.map((part) => setsOf(part, add)[0]);
      if (2 ** parts.length > MAX_SETS)
        throw bindError(`CUBE over ${parts.length} expressions makes too many grouping sets`, item.span, `at most ${MAX_SETS}`);
      return Array.from({ length: 2 ** parts.length }, (_, i) =>
        parts.filter((_part, bit) => ((2 ** parts.length - 1 - i) >> (parts.length - 1 - bit)) & 1).flat(),
      );
    }
    default:
      return [[add(item)]];
  }
}

/** Several items of GROUP BY multiply: every set of one with every set of the next. */
function cross(items: readonly Sets[], select: Select): Sets {
  const count = items.reduce((product, sets) => product * sets.length, 1);
  if (count > MAX_SETS) throw bindError(`GROUP BY makes ${count} grouping sets`, select.span, `at most ${MAX_SETS}`);
  return items.reduce<Sets>((all, sets) => all.flatMap((left) => sets.map((right) => [...new Set([...left, ...right])])), [[]]);
}
