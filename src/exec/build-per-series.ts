import type { SeriesExplanation, SeriesTableFunction } from "../catalog/function-types.ts";
import { compilePipeline } from "../compile/index.ts";
import { WeirError } from "../core/errors.ts";
import { VARCHAR } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";
import { vectorFromValues } from "../core/vector-builder.ts";
import type { LogicalPlan, PerSeriesPlan } from "../plan/logical-plan.ts";
import type { BuildContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import type { BuildFragment } from "./parallel/fragment-runner.ts";
import { ParallelRun } from "./parallel/parallel-run.ts";
import { PerSeries } from "./per-series.ts";
import { isOfSeries, SeriesRuns, sortedTypes } from "./per-series-runs.ts";

/** Where the scan of the pieces of work stands in the plan that threads run. */
const PIECES = 1;

/** The operator of a function of whole series; in a thread's share of it, that of the calls alone. */
export function buildPerSeries(plan: PerSeriesPlan, context: BuildContext, build: BuildFragment): Operator {
  const { name, gives, bind, ids, time, values, input, schema } = plan;
  const definition = context.compile.functions.lookup(name);
  if (definition?.kind !== "table" || definition.series === undefined)
    throw new WeirError("internal", `${name} is not a function of series`, { span: plan.span });
  const { checkInterrupt, parallel } = context;
  const series = plan.explains === undefined ? definition.series : explaining(definition.series);
  if (plan.sorted === true) return new SeriesRuns({ name, series, bind, outputs: schema.slice(1), checkInterrupt });
  const outputs = schema.slice(gives === "points" ? input.schema.length : ids.length);
  const computed = compilePipeline(
    { exprs: [...ids, time, ...values], inputTypes: input.schema.map((field) => field.type) },
    context.compile,
  );
  return new PerSeries({
    name,
    gives,
    series,
    bind,
    outputs,
    checkInterrupt,
    most: plan.explains ?? Number.POSITIVE_INFINITY,
    idTypes: ids.map((id) => id.type),
    values: values.length,
    computed: (batch) => computed(batch).columns,
    parallel:
      parallel &&
      ((pieces, onPiece) =>
        new ParallelRun(shareOf(plan, outputs, pieces), PIECES, context, parallel, build, {
          morsel: onPiece,
          message: (message) => {
            if (message.kind === "batches") onPiece(message.morsel, message.batches);
          },
        })),
  });
}

/** A function in whose place stands what it has to say of a series. */
const explaining = (series: SeriesTableFunction): SeriesTableFunction => ({
  ...series,
  gives: "series",
  run: (input, bind, checkInterrupt) => {
    const explanation = explained(() => series.explain?.(input, bind, checkInterrupt) ?? {});
    // NaN is written null, and left out.
    return [vectorFromValues(VARCHAR, [JSON.stringify(explanation, (_, value) => (Number.isNaN(value) ? undefined : value))])];
  },
});

function explained(f: () => SeriesExplanation): SeriesExplanation {
  try {
    return f();
  } catch (error) {
    if (isOfSeries(error)) return { error: (error as Error).message };
    throw error;
  }
}

/** What each thread runs over the pieces it takes. */
function shareOf(plan: PerSeriesPlan, outputs: PerSeriesPlan["schema"], pieces: readonly RecordBatch[]): LogicalPlan {
  const schema = sortedTypes(plan.values.length).map((type, i) => ({ name: `c${i}`, type }));
  const rowCount = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const input: LogicalPlan = {
    kind: "scan",
    schema,
    name: "series",
    source: { kind: "memory", schema, batches: pieces, rowCount, whole: true },
    columns: schema.map((_, i) => i),
    filter: undefined,
    limit: undefined,
  };
  return { ...plan, schema: [{ name: "series", type: schema[0].type }, ...outputs], input, sorted: true };
}
