import { compilePipeline } from "../compile/index.ts";
import type { CompileContext, CompiledPipeline } from "../compile/types.ts";
import { type DataType, DOUBLE, UTINYINT } from "../core/types.ts";
import type { FlatVector, RecordBatch, Vector } from "../core/vector.ts";
import type { BoundExpr } from "../plan/expression.ts";

export interface PipelineSpec {
  readonly filter?: BoundExpr;
  readonly exprs: readonly BoundExpr[];
  readonly inputTypes: readonly DataType[];
  readonly transient?: boolean;
}

/**
 * A compiled pipeline that carries change kinds and watermarks on: batches that have them go through a variant that takes them along as columns,
 * compiled when the first one comes.
 */
export function compileChangePipeline(spec: PipelineSpec, context: CompileContext): CompiledPipeline {
  const plain = compilePipeline(spec, context);
  const variants = new Map<string, CompiledPipeline>();
  const run = (batch: RecordBatch): RecordBatch => {
    const { kinds, watermarks, times } = batch;
    if (kinds === undefined && watermarks === undefined) return times === undefined ? plain(batch) : { ...plain(batch), times };
    const extra: Vector[] = [];
    if (kinds !== undefined) extra.push({ layout: "flat", type: UTINYINT, length: batch.length, validity: null, data: kinds });
    if (watermarks !== undefined) extra.push({ layout: "flat", type: DOUBLE, length: batch.length, validity: null, data: watermarks });
    const types = extra.map(({ type }) => type);
    const name = types.map(({ kind }) => kind).join();
    let pipeline = variants.get(name);
    if (pipeline === undefined) {
      pipeline = compilePipeline(withColumns(spec, types), context);
      variants.set(name, pipeline);
    }
    const all = pipeline({ columns: [...batch.columns, ...extra], length: batch.length });
    const columns = all.columns.slice(0, spec.exprs.length);
    const passed = all.columns.slice(spec.exprs.length).map((column) => (column as FlatVector).data);
    return {
      columns,
      length: all.length,
      ...(times !== undefined && { times }),
      ...(kinds !== undefined && { kinds: passed.shift() as Uint8Array }),
      ...(watermarks !== undefined && { watermarks: passed.shift() as Float64Array }),
    };
  };
  return Object.assign(run, { report: plain.report });
}

/** The pipeline with columns behind its input's that pass as they are. */
function withColumns(spec: PipelineSpec, types: readonly DataType[]): PipelineSpec {
  const first = spec.inputTypes.length;
  const passed = types.map((type, i): BoundExpr => ({ kind: "column", type, index: first + i, name: "", span: { start: 0, end: 0 } }));
  return { ...spec, exprs: [...spec.exprs, ...passed], inputTypes: [...spec.inputTypes, ...types] };
}
