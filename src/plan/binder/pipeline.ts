import { bindError } from "../../core/errors.ts";
import { BOOLEAN } from "../../core/types.ts";
import type { BoundExpr } from "../expression.ts";
import { conjunction, conjuncts, expressionKey, mapChildren, rewrite } from "../expression-tree.ts";
import type { JoinPlan, LogicalPlan } from "../logical-plan.ts";
import { printAggregate } from "../print-expression.ts";
import { extractKeys } from "./join-keys.ts";
import type { RangeJoin } from "./range-join.ts";
import { type ReferenceKind, referenceOf } from "./references.ts";
import { joinPlan } from "./relation.ts";
import { correlatedColumn } from "./scope.ts";
import type { Correlation, Mark, SelectState } from "./select-state.ts";

/**
 * The plan of a SELECT while it grows, and what its expressions mean on top of it. An expression is bound over FROM, with references to
 * aggregates, windows, marks and unnested lists; `resolve` gives them their positions in the plan as it stands.
 */
export class Pipeline {
  plan: LogicalPlan;
  /** Whether there will be a grouping; set once the select list is bound. */
  grouping: boolean | undefined;
  readonly #state: SelectState;
  /** Group keys, once there is a grouping: their texts, by position. */
  #groups: readonly string[] | undefined;
  /** Position of the first column of each kind. */
  readonly #bases: Partial<Record<ReferenceKind, number>> = {};
  #grouped = false;
  /** Columns of FROM from here on stand for rows of the right side of a WINDOW JOIN. */
  #left = Number.POSITIVE_INFINITY;

  constructor(plan: LogicalPlan, state: SelectState) {
    this.plan = plan;
    this.#state = state;
  }

  get #width(): number {
    return this.plan.schema.length;
  }

  /** `expr` over the plan as it stands. */
  resolve(expr: BoundExpr): BoundExpr {
    this.#applyMarks();
    return this.#resolve(expr);
  }

  #resolve(expr: BoundExpr): BoundExpr {
    if (this.#groups !== undefined && expr.kind !== "literal") {
      const position = this.#groups.indexOf(expressionKey(expr));
      if (position !== -1)
        return { kind: "column", type: expr.type, index: position, name: this.plan.schema[position].name, span: expr.span };
    }
    if (expr.kind !== "column") return mapChildren(expr, (child) => this.#resolve(child));
    const reference = referenceOf(expr.index);
    if (reference === undefined) {
      if (expr.index >= this.#left) {
        const hint = `take one of its values in the range, or all: last(${expr.name}), list(${expr.name})`;
        throw bindError(`column "${expr.name}" of the right side of WINDOW JOIN must be inside an aggregate function`, expr.span, hint);
      }
      if (!this.#grouped) return expr;
      throw bindError(
        `column "${expr.name}" must be in GROUP BY or inside an aggregate function`,
        expr.span,
        `add it to GROUP BY, or take any of its values: any_value(${expr.name})`,
      );
    }
    if (reference.kind === "mark") {
      const { mark, offset } = this.#state.markColumns[reference.index];
      if (mark.column === undefined) throw new Error(`mark ${reference.index} is used before its join`);
      return { ...expr, index: mark.column + offset };
    }
    if (reference.kind === "outer") throw correlatedColumn(expr.name, expr.span);
    const base = this.#bases[reference.kind];
    if (base === undefined) throw new Error(`a ${reference.kind} is used before it is in the plan`);
    const index = base + reference.index;
    return { ...expr, index, name: this.plan.schema[index].name };
  }

  /** @param except conjuncts that are not for this plan: those that correlate a subquery. */
  filter(condition: BoundExpr, except: readonly BoundExpr[] = []): void {
    const own = conjuncts(condition).filter((part) => !except.includes(part));
    const predicate = conjunction(own.map((part) => this.resolve(part)));
    if (predicate !== undefined) this.plan = { kind: "filter", schema: this.plan.schema, input: this.plan, predicate };
  }

  /** Groups by keys over FROM; from here on only keys and aggregates can be used. */
  aggregate(keys: readonly BoundExpr[], sets: readonly (readonly number[])[] | undefined): void {
    this.#applyMarks();
    const { aggregates } = this.#state;
    // A key that is true, and in the sets of the key GROUPING asks about only: where it is NULL, that key was left out.
    const markers = this.#state.groupings.map((key): BoundExpr => ({ kind: "literal", type: BOOLEAN, value: true, span: keys[key].span }));
    const groups = [...keys.map((key) => this.#resolve(key)), ...markers];
    const marked = sets?.map((set) => [...set, ...this.#state.groupings.flatMap((key, i) => (set.includes(key) ? [keys.length + i] : []))]);
    const resolved = aggregates.map((aggregate) => ({
      ...aggregate,
      args: aggregate.args.map((arg) => this.#resolve(arg)),
      filter: aggregate.filter === undefined ? undefined : this.#resolve(aggregate.filter),
      orderBy: aggregate.orderBy.map((key) => ({ ...key, expr: this.#resolve(key.expr) })),
    }));
    const schema = [
      ...groups.map((group, i) => ({ name: group.kind === "column" ? group.name : `key${i}`, type: group.type })),
      ...resolved.map((aggregate) => ({ name: printAggregate(aggregate), type: aggregate.type })),
    ];
    this.plan = {
      kind: "aggregate",
      schema,
      input: this.plan,
      groups,
      aggregates: resolved,
      ...(marked === undefined ? {} : { sets: marked }),
    };
    this.#groups = keys.map(expressionKey);
    this.#grouped = true;
    this.#bases.grouping = keys.length;
    this.#bases.aggregate = groups.length;
  }

  /** The left side joined with aggregates over the right one, whose columns would begin at `leftWidth`. */
  joinRange(join: RangeJoin["join"], leftWidth: number): void {
    this.#applyMarks();
    this.#bases.aggregate = this.#width;
    this.#left = leftWidth;
    this.plan = join(this.plan, this.#state.aggregates);
  }

  window(): void {
    this.#applyMarks();
    const windows = this.#state.windows.map((window) => ({
      ...window,
      args: window.args.map((arg) => this.#resolve(arg)),
      filter: window.filter === undefined ? undefined : this.#resolve(window.filter),
      partitionBy: window.partitionBy.map((expr) => this.#resolve(expr)),
      orderBy: window.orderBy.map((key) => ({ ...key, expr: this.#resolve(key.expr) })),
    }));
    this.#bases.window = this.#width;
    const schema = [...this.plan.schema, ...windows.map(({ name, type }) => ({ name, type }))];
    this.plan = { kind: "window", schema, input: this.plan, windows };
  }

  unnest(): void {
    this.#applyMarks();
    const lists = this.#state.unnests.map((expr) => this.#resolve(expr));
    this.#bases.unnest = this.#width;
    const elements = lists.map(({ type }) => ({ name: "unnest", type: type.kind === "list" ? type.element : type }));
    this.plan = { kind: "unnest", schema: [...this.plan.schema, ...elements], input: this.plan, lists, outer: false };
  }

  /** Joins the IN-subqueries whose operands can be computed here. Each adds a column behind the others. */
  #applyMarks(): void {
    for (const mark of this.#state.marks) {
      if (mark.column !== undefined || !this.#isReached(mark)) continue;
      const keys: JoinPlan["keys"] = mark.operands.map((operand, i) => ({
        left: this.#resolve(operand),
        right: mark.keys[i],
        nullSafe: false,
      }));
      const condition = mark.correlation === undefined ? undefined : this.#correlate(mark.correlation);
      const found = condition === undefined ? { keys: [], rest: undefined } : extractKeys(condition, this.#width);
      mark.column = this.#width;
      this.plan = joinPlan(this.plan, mark.plan, { join: mark.join, keys: [...keys, ...found.keys], condition: found.rest });
    }
  }

  /** The conditions of a correlated subquery over the plan's columns followed by its own. */
  #correlate(correlation: Correlation): BoundExpr | undefined {
    const outer = correlation.columns.map((column) => this.#resolve(column));
    const moved = correlation.conditions.map((condition) =>
      rewrite(condition, (node) => {
        if (node.kind !== "column") return node;
        const reference = referenceOf(node.index);
        return reference?.kind === "outer" ? outer[reference.index] : { ...node, index: node.index + this.#width };
      }),
    );
    return conjunction(moved);
  }

  #isReached(mark: Mark): boolean {
    switch (mark.stage) {
      case "input":
        return !this.#grouped;
      case "grouped":
        return this.#grouped || this.grouping === false;
      case "windowed":
        return this.#bases.window !== undefined;
    }
  }
}
