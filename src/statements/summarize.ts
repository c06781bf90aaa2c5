import type { Span } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import { BIGINT, type DataType, decimal, isNested, isNumeric, isTemporal, typeName, VARCHAR } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { type Expr, parseExpression, rewrite, type Summarize } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { targetQuery } from "./describe.ts";
import { tableFromRows } from "./rows.ts";
import { selectQuery } from "./select-query.ts";

/** What is asked of each column; `#1` stands for it. A kind of column that has no such figure gets NULL. */
const FIGURES: readonly { name: string; type: DataType; sql: string; when: (type: DataType) => boolean }[] = [
  { name: "min", type: VARCHAR, sql: "min(#1)::VARCHAR", when: (type) => !isNested(type) },
  { name: "max", type: VARCHAR, sql: "max(#1)::VARCHAR", when: (type) => !isNested(type) },
  { name: "approx_unique", type: BIGINT, sql: "approx_count_distinct(#1)", when: () => true },
  { name: "avg", type: VARCHAR, sql: "avg(#1)::VARCHAR", when: isNumeric },
  { name: "std", type: VARCHAR, sql: "stddev(#1)::VARCHAR", when: isNumeric },
  {
    name: "q25",
    type: VARCHAR,
    sql: "quantile_cont(#1, 0.25)::VARCHAR",
    when: (type) => isNumeric(type) || (isTemporal(type) && type.kind !== "time"),
  },
  {
    name: "q50",
    type: VARCHAR,
    sql: "quantile_cont(#1, 0.5)::VARCHAR",
    when: (type) => isNumeric(type) || (isTemporal(type) && type.kind !== "time"),
  },
  {
    name: "q75",
    type: VARCHAR,
    sql: "quantile_cont(#1, 0.75)::VARCHAR",
    when: (type) => isNumeric(type) || (isTemporal(type) && type.kind !== "time"),
  },
  { name: "count", type: BIGINT, sql: "count(*)", when: () => true },
  {
    name: "null_percentage",
    type: decimal(9, 2),
    sql: "(100.0 * count(*) FILTER (#1 IS NULL) / greatest(count(*), 1))::DECIMAL(9,2)",
    when: () => true,
  },
];

/** One row a column: smallest and largest value, distinct values, moments, quartiles, share of NULLs. */
export async function runSummarize(statement: Summarize, context: StatementContext): Promise<StatementOutput> {
  const target = targetQuery(statement.target);
  const { schema } = context.plan(target).root;
  const asked = schema.flatMap((field, c) => FIGURES.filter((figure) => figure.when(field.type)).map((figure) => ({ c, figure })));
  const query = selectQuery(
    asked.map(({ c, figure }) => overColumn(parseExpression(figure.sql), c + 1, target.span)),
    { kind: "subqueryRef", query: target, lateral: false, span: target.span },
    target.span,
  );
  const result = await context.run(context.plan(query));
  const answers = result.batches[0].columns.map((column) => valueAt(column, 0));
  const columns = [
    { name: "column_name", type: VARCHAR },
    { name: "column_type", type: VARCHAR },
    ...FIGURES.map(({ name, type }) => ({ name, type })),
  ];
  const rows = schema.map((field, c): Value[] => [
    field.name,
    typeName(field.type),
    ...FIGURES.map((figure) => {
      const at = asked.findIndex((one) => one.c === c && one.figure === figure);
      return at === -1 ? null : answers[at];
    }),
  ]);
  return { table: tableFromRows(columns, rows) };
}

/** The figure's expression over one column; errors in it point at what is summarized. */
function overColumn(expr: Expr, index: number, span: Span): Expr {
  return rewrite(expr, (node) => (node.kind === "positional" ? { ...node, index, span } : { ...node, span })) as Expr;
}
