import { unsupported } from "../core/errors.ts";
import { valueAt } from "../core/read.ts";
import { VARCHAR } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";
import { textForm } from "../functions/cast/format.ts";
import type { LogicalPlan, PerSeriesPlan } from "../plan/logical-plan.ts";
import { inputsOf } from "../plan/plan-tree.ts";
import type { Explain, Query } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

/** Series that are shown. */
const MOST_SERIES = 20;

/** What JSON texts of explanations hold. */
type Explained = string | number | boolean | readonly Explained[] | { readonly [name: string]: Explained };

/** `EXPLAIN FORECAST(TABLE t, …)`: runs the function and shows what it found in each of the first 20 series: a model, its parameters, its components. */
export async function explainSeries(query: Query, { format }: Explain, context: StatementContext): Promise<StatementOutput> {
  const plan = context.plan(query);
  const call = callIn(plan.root);
  if (call === undefined)
    throw unsupported(
      "EXPLAIN of this call",
      query.span,
      "EXPLAIN f(…) is for functions of whole series over tables; EXPLAIN SELECT * FROM f(…) shows the plan",
    );
  const definition = context.functions.lookup(call.name);
  if (definition?.kind !== "table" || definition.series?.explain === undefined)
    throw unsupported(`EXPLAIN ${call.name}(…)`, query.span, `EXPLAIN SELECT * FROM ${call.name}(…) shows the plan`);
  const schema = [
    ...call.ids.map((id) => ({ name: id.kind === "column" ? id.name : "id", type: id.type })),
    { name: "explanation", type: VARCHAR },
  ];
  const root: PerSeriesPlan = { ...call, schema, gives: "series", explains: MOST_SERIES };
  const batches: RecordBatch[] = [];
  const { metrics } = await context.run({ root, subqueries: plan.subqueries }, (batch) => batches.push(batch));
  const found = batches.flatMap((batch) => rowsOf(batch, schema.slice(0, -1), context.timeZone));
  if (format === "json") return { text: JSON.stringify(found, null, 2) };
  const [count] = metrics[0]?.notes ?? [];
  const head = `${call.name}(${call.shown.join(", ")})`;
  const lines = found.flatMap(({ series, ...rest }) => printed(series, rest.explanation));
  const tail = found.length === MOST_SERIES && count !== undefined ? [`the first ${MOST_SERIES} are shown; ${count}`] : [];
  return { text: [head, ...lines, ...tail].join("\n") };
}

function callIn(plan: LogicalPlan): PerSeriesPlan | undefined {
  if (plan.kind === "per-series") return plan;
  const [input, other] = inputsOf(plan);
  return input === undefined || other !== undefined ? undefined : callIn(input);
}

interface Found {
  /** Ids by name, as texts. */
  readonly series: Readonly<Record<string, string>>;
  readonly explanation: Readonly<Record<string, Explained>>;
}

function rowsOf({ columns, length }: RecordBatch, ids: PerSeriesPlan["schema"], timeZone: string): Found[] {
  return Array.from({ length }, (_, row) => ({
    series: Object.fromEntries(
      ids.map(({ name, type }, i) => {
        const value = valueAt(columns[i], row);
        return [name, value === null ? "NULL" : textForm(type, timeZone)(value)];
      }),
    ),
    explanation: JSON.parse(String(valueAt(columns[ids.length], row))),
  }));
}

/** A series under its ids; what is said of it in lines, parts of parts further in. */
function printed(series: Found["series"], explanation: Found["explanation"]): string[] {
  const ids = Object.entries(series).map(([name, value]) => `${name} = ${value}`);
  return [ids.length === 0 ? "the series" : ids.join(", "), ...lines(explanation, "  ")];
}

function lines(parts: Readonly<Record<string, Explained>>, indent: string): string[] {
  return Object.entries(parts).flatMap(([name, value]) => {
    if (Array.isArray(value) && value.some((item) => typeof item === "object")) {
      return [`${indent}${name}:`, ...(value as Found["explanation"][]).flatMap((item) => listed(lines(item, ""), indent))];
    }
    return [`${indent}${name}: ${short(value)}`];
  });
}

/** The lines of one item among several. */
const listed = (item: readonly string[], indent: string): string[] => item.map((line, i) => `${indent}${i === 0 ? "- " : "  "}${line}`);

function short(value: Explained): string {
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(short).join(", ");
  return Object.entries(value)
    .map(([name, part]) => `${name} = ${short(part)}`)
    .join(", ");
}
