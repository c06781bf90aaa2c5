import { generatedFunction } from "../core/generated.ts";
import { take } from "../core/take.ts";
import { BOOLEAN, type DataType, typeName } from "../core/types.ts";
import type { RecordBatch, Vector } from "../core/vector.ts";
import { constantVector, makeBuilder } from "../core/vector-builder.ts";
import type { BoundExpr } from "../plan/expression.ts";
import { children, collectColumns, conjuncts, expressionKey, mapColumns, some } from "../plan/expression-tree.ts";
import type { Interner } from "./code-table.ts";
import { BatchColumns, type ColumnShape, shapeKey, shapeOf } from "./columns.ts";
import { describe } from "./describe.ts";
import { Environment, hasFreeParameter } from "./environment.ts";
import { type GatheredBuffers, GatheredOutput, isGathered } from "./gathered.ts";
import { Generator } from "./generator.ts";
import { makeOutput, type OutputColumn, type OutputRun } from "./outputs.ts";
import { type Register, registerClass } from "./registers.ts";
import { located, locatedInRow, makeRowFunction } from "./row-function.ts";
import { callsMade, isSafe } from "./safety.ts";
import { SourceWriter } from "./source-writer.ts";
import { codedChoice } from "./text-choice.ts";
import type { CompileContext, CompiledExpression, CompiledPipeline, ExpressionReport } from "./types.ts";

export interface PipelineSpec {
  /** Rows for which this is not true are left out. */
  readonly filter?: BoundExpr;
  readonly exprs: readonly BoundExpr[];
  readonly inputTypes: readonly DataType[];
  /**
   * The consumer is through with a batch before it asks for the next: fixed-width columns are then written to the same memory again, which saves
   * making, clearing and collecting an array a column for every batch (40 % of a fast aggregation).
   */
  readonly transient?: boolean;
}

/** How an output column comes about. */
type Plan =
  | { readonly kind: "column"; readonly index: number }
  | { readonly kind: "constant"; readonly expr: BoundExpr }
  /** `codes` stands for `expr` where its text results are constants. */
  | { readonly kind: "computed"; readonly expr: BoundExpr; readonly codes?: BoundExpr; readonly interner?: Interner };

/** Rows written, or -1 when the narrow variant cannot hold a value. */
type Loop = (inputs: readonly unknown[], buffers: readonly unknown[], selection: Int32Array | null, rows: number) => number;

/** One generated loop, for batches of one shape, narrow or wide. */
interface Variant {
  /** False when a batch has 64-bit values, or the query constants, that the narrow loop cannot hold. */
  run(
    batch: RecordBatch,
  ): { readonly length: number; readonly picked: (index: number) => Vector; readonly outputs: readonly Vector[] } | undefined;
}

const CHUNK = 65_536;
/** Outputs this costly are worth skipping for rows that do not pass. */
const BRANCHLESS_NODES = 16;
/** With more columns that pass as they are, picking rows by a selection afterwards costs less where few rows pass. */
const MOST_GATHERED = 6;
/** After this many batches in a row had to be redone, the next ones go to the wide variant at once. */
const GIVE_UP_AFTER = 3;
const WIDE_RUN = 64;

export function compilePipeline(spec: PipelineSpec, context: CompileContext): CompiledPipeline {
  const run = countNodes(spec) > MAX_NODES && spec.exprs.length > 1 ? splitPipeline(spec, context) : onePipeline(spec, context);
  return Object.assign(run, { report: spec.exprs.concat(spec.filter ?? []).map((expr) => reportOf(expr, context)) });
}

function onePipeline(spec: PipelineSpec, context: CompileContext): (batch: RecordBatch) => RecordBatch {
  const env = new Environment(context, spec.inputTypes, makeRowFunction);
  let pipeline: Pipeline | undefined = new Pipeline(spec, env);
  env.onRedefined = () => {
    pipeline = undefined;
  };
  return (batch) => {
    pipeline ??= new Pipeline(spec, env);
    return pipeline.run(batch);
  };
}

/** Larger functions are not optimised by V8. */
const MAX_NODES = 500;

function countNodes(spec: PipelineSpec): number {
  const count = (expr: BoundExpr): number => children(expr).reduce((sum, child) => sum + count(child), 1);
  return [...spec.exprs, ...(spec.filter === undefined ? [] : [spec.filter])].reduce((sum, expr) => sum + count(expr), 0);
}

/** The filter first, and then the expressions in several loops. */
function splitPipeline(spec: PipelineSpec, context: CompileContext): (batch: RecordBatch) => RecordBatch {
  const { inputTypes, filter } = spec;
  const used = [...new Set(spec.exprs.flatMap((expr) => [...collectColumns(expr)]))];
  const place = new Map(used.map((index, i) => [index, i]));
  const columns = used.map((index): BoundExpr => ({ kind: "column", type: inputTypes[index], index, name: "", span: NO_SPAN }));
  const pass = filter === undefined ? undefined : onePipeline({ filter, exprs: columns, inputTypes }, context);
  const move = (expr: BoundExpr) => (pass === undefined ? expr : mapColumns(expr, (index) => place.get(index) as number));
  const types = pass === undefined ? inputTypes : used.map((index) => inputTypes[index]);
  const parts: BoundExpr[][] = [[]];
  for (const expr of spec.exprs.map(move)) {
    const last = parts[parts.length - 1];
    if (last.length > 0 && countNodes({ exprs: [...last, expr], inputTypes }) > MAX_NODES) parts.push([expr]);
    else last.push(expr);
  }
  const loops = parts.map((exprs) => onePipeline({ exprs, inputTypes: types }, context));
  return (batch) => {
    const rows = pass === undefined ? batch : pass(batch);
    return { columns: loops.flatMap((loop) => loop(rows).columns), length: rows.length };
  };
}

const NO_SPAN = { start: 0, end: 0 };

export function compileExpression(expr: BoundExpr, inputTypes: readonly DataType[], context: CompileContext): CompiledExpression {
  const pipeline = compilePipeline({ exprs: [expr], inputTypes }, context);
  const run = (batch: RecordBatch): Vector => pipeline(batch).columns[0];
  return Object.assign(run, { report: reportOf(expr, context) });
}

/** A mask with 1 where the predicate is true, 0 where it is false or NULL. */
export function compilePredicate(
  expr: BoundExpr,
  inputTypes: readonly DataType[],
  context: CompileContext,
): (batch: RecordBatch) => Uint8Array {
  const truth: BoundExpr = {
    kind: "coalesce",
    type: BOOLEAN,
    args: [expr, { kind: "literal", type: BOOLEAN, value: false, span: expr.span }],
    span: expr.span,
  };
  const compiled = compileExpression(truth, inputTypes, context);
  return (batch) => {
    const vector = compiled(batch);
    if (vector.layout !== "flat") throw new Error("a predicate is a BOOLEAN");
    return vector.data as Uint8Array;
  };
}

function reportOf(expr: BoundExpr, { functions }: CompileContext): ExpressionReport {
  const expression = describe(expr);
  const reason = slowPart(expr);
  if (reason !== undefined) return { expression, mode: "fallback", reason };
  const costs = new Set<string>();
  some(expr, (node) => {
    const definition = node.kind === "call" ? functions.lookup(node.name) : undefined;
    const cost = definition?.kind === "scalar" && node.kind === "call" ? definition.overloads[node.overload]?.cost : undefined;
    if (cost !== undefined) costs.add(`${definition!.name}: ${cost}`);
    return false;
  });
  return { expression, mode: "compiled", ...(costs.size > 0 && { reason: [...costs].join("; ") }) };
}

/** What keeps an expression from running at the speed of typed arrays, if anything does. */
function slowPart(expr: BoundExpr): string | undefined {
  if (some(expr, (node) => node.kind === "lambda")) return "a lambda is called for each element";
  const huge = (node: BoundExpr) => registerClass(node.type) === "bigint";
  const computes = (node: BoundExpr) => node.kind === "call" || node.kind === "cast" || node.kind === "compare";
  if (some(expr, (node) => computes(node) && (huge(node) || children(node).some(huge)))) return "values of 128 bits are BigInts, one a row";
  return undefined;
}

/** A loop over as many rows as go into whole steps: four rows a step share what V8 loads of each array. */
function unrolled(body: string): string {
  const rows = Array.from({ length: 4 }, () => `  {\n${body}\n  }\n  i++;`);
  return `  for (const last = end - 3; i < last;) {\n${rows.join("\n")}\n  }`;
}

class Pipeline {
  readonly #env: Environment;
  readonly #types: readonly DataType[];
  readonly #plans: readonly Plan[];
  readonly #filters: readonly BoundExpr[];
  /** The filter is a constant that lets no row pass. */
  readonly #empty: boolean;
  /** Columns that are computed with. */
  readonly #used: readonly number[];
  /** Columns that are only picked from, where there is a filter. */
  readonly #passed: readonly number[];
  readonly #has64: boolean;
  readonly #transient: boolean;
  readonly #variants = new Map<string, Variant | null>();
  #redone = 0;
  #wideLeft = 0;

  constructor(spec: PipelineSpec, env: Environment) {
    this.#env = env;
    this.#transient = spec.transient === true;
    this.#types = spec.exprs.map((expr) => expr.type);
    const filters = spec.filter === undefined ? [] : conjuncts(spec.filter);
    const constants = filters.map((filter) => env.constant(filter));
    this.#empty = constants[0] !== undefined && constants[0].value !== true;
    this.#filters = filters.filter((_, i) => constants[i]?.value !== true);
    this.#plans = spec.exprs.map((expr): Plan => {
      if (expr.kind === "column") return { kind: "column", index: expr.index };
      if (env.constant(expr) !== undefined) return { kind: "constant", expr };
      const choice = codedChoice(expr, env);
      return { kind: "computed", expr, codes: choice?.codes, interner: choice?.interner };
    });
    const computed = [...this.#filters, ...this.#plans.flatMap((plan) => (plan.kind === "computed" ? [plan.expr] : []))];
    this.#used = [...new Set(computed.flatMap((expr) => [...env.columns(expr)]))].sort((a, b) => a - b);
    const passed = this.#plans.flatMap((plan) => (plan.kind === "column" ? [plan.index] : []));
    this.#passed = this.#filters.length === 0 ? [] : [...new Set(passed)];
    this.#has64 = computed.some((expr) => some(expr, (node) => registerClass(node.type) === "int64"));
  }

  run(batch: RecordBatch): RecordBatch {
    if (batch.length === 0 || this.#empty) return this.#none();
    const computes = this.#filters.length > 0 || this.#plans.some((plan) => plan.kind === "computed");
    const result = computes ? this.#compute(batch) : { length: batch.length, picked: (index: number) => batch.columns[index], outputs: [] };
    if (result.length === 0) return this.#none();
    let next = 0;
    const columns = this.#plans.map((plan, i): Vector => {
      if (plan.kind === "computed") return result.outputs[next++];
      if (plan.kind === "constant") {
        return constantVector(this.#types[i], this.#env.constant(plan.expr)?.value ?? null, result.length);
      }
      return result.picked(plan.index);
    });
    return { columns, length: result.length };
  }

  #none(): RecordBatch {
    return { columns: this.#types.map((type) => makeBuilder(type, 1).finish()), length: 0 };
  }

  #compute(batch: RecordBatch) {
    const computed = this.#computeRows(batch);
    this.#env.position.rows += batch.length;
    return computed;
  }

  #computeRows(batch: RecordBatch) {
    if (!this.#has64) return this.#runVariant(batch, false) as NonNullable<ReturnType<Variant["run"]>>;
    if (this.#wideLeft > 0) this.#wideLeft--;
    else {
      for (const failures of this.#env.failures) failures.mark();
      const narrow = this.#tryNarrow(batch);
      if (narrow === undefined) for (const failures of this.#env.failures) failures.undo();
      if (narrow !== undefined) {
        this.#redone = 0;
        return narrow;
      }
      if (++this.#redone >= GIVE_UP_AFTER) {
        this.#redone = 0;
        this.#wideLeft = WIDE_RUN;
      }
    }
    const wide = this.#runVariant(batch, true);
    if (wide === undefined) throw new Error("the wide variant of a pipeline gave up");
    return wide;
  }

  #tryNarrow(batch: RecordBatch) {
    try {
      return this.#runVariant(batch, false);
    } catch (error) {
      // Inexact numbers may have caused it: the wide variant decides, unless the query was stopped.
      this.#env.context.checkInterrupt();
      if (error instanceof Error && !("phase" in error && error.phase !== "runtime")) return undefined;
      throw error;
    }
  }

  #runVariant(batch: RecordBatch, wide: boolean) {
    const key = `${wide ? "wide " : ""}${shapeKey(batch, this.#used)}${this.#passed.length === 0 ? "" : shapeKey(batch, this.#passed)}`;
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      variant = this.#generate(batch, wide);
      this.#variants.set(key, variant);
    }
    return variant?.run(batch);
  }

  /** Null when the query's constants rule the narrow variant out. */
  #generate(batch: RecordBatch, wide: boolean): Variant | null {
    const env = this.#env;
    const read = [...new Set([...this.#used, ...this.#passed])];
    const shapes = new Map<number, ColumnShape>(read.map((index) => [index, shapeOf(batch.columns[index])]));
    const columns = new BatchColumns(env.inputTypes, shapes);
    const writer = new SourceWriter();
    const generator = new Generator(env, columns, writer, wide, "return -1;");
    const filtered = this.#filters.length > 0;
    const computed = this.#plans.filter((plan) => plan.kind === "computed");
    const gathers =
      this.#passed.length > MOST_GATHERED ? [] : this.#passed.filter((index) => isGathered(shapes.get(index)!, env.inputTypes[index]));
    const needsSelection = gathers.length < this.#passed.length;
    const branchless =
      filtered &&
      this.#isBranchless(
        wide,
        computed.map((plan) => plan.codes ?? plan.expr),
        shapes,
      );

    const passes: string[] = [];
    for (const filter of this.#filters) {
      const register = generator.generate(filter);
      if (branchless) passes.push(Generator.bit(register));
      else writer.line(`if (!(${Generator.truth(register)})) continue;`);
    }
    const row = filtered ? "j" : "i";
    const outputs = computed.map((plan, place): OutputColumn => {
      const { register, interner } = this.#outputRegister(plan, generator, shapes, writer);
      const output = makeOutput(plan.expr.type, place, register.ok !== null, wide, interner);
      output.write(register, row, writer);
      return output;
    });
    const gathered = gathers.map((index) => new GatheredOutput(index, shapes.get(index)!, env.inputTypes[index]));
    for (const output of gathered) output.write(columns, writer);
    if (needsSelection) writer.line("selection[j] = i;");
    if (filtered) writer.line(branchless ? `j += ${passes.join(" & ")};` : "j++;");
    if (generator.impossible) return null;

    const userCalls = [...this.#filters, ...computed.map((plan) => plan.expr)]
      .map((expr) => env.userCalls(expr))
      .join(" ")
      .trim();
    const tellsRow = [...this.#filters, ...computed.map((plan) => plan.expr)].some((expr) => env.mayFailInRow(expr));
    const locate = writer.value(tellsRow ? locatedInRow(env.position) : located);
    const sites = writer.value(writer.sites);
    const interrupt = writer.value(env.context.checkInterrupt);
    const inputs = columns.names.map((name, i) => `const ${name} = inputs[${i}];`).join(" ");
    const written = [...outputs, ...gathered];
    const names = written.flatMap((output) => output.names);
    const text = `${writer.prologue()}
return function (inputs, buffers, selection, rows) {
  ${inputs}
  ${names.map((name, i) => `const ${name} = buffers[${i}];`).join(" ")}
  ${generator.memos.join(" ")}
  let j = 0, bad = 0, site = 0${tellsRow ? ", i = 0" : ""};
  try {
  for (let start = 0; start < rows; start += ${CHUNK}) {
  ${interrupt}();
  const end = Math.min(rows, start + ${CHUNK});
  ${tellsRow ? "" : "let "}i = start;
${branchless ? unrolled(writer.toString()) : ""}
  for (; i < end; i++) {
${writer}
  }
  ${columns.guarded ? "if ((bad >>> 21) !== 0) return -1;" : ""}
  }
  } catch (error) { throw ${locate}(error, ${sites}[site]${tellsRow ? ", i" : ""}); }
  return ${filtered ? "j" : "rows"};
};`;
    const signature = [
      ...read.map((index) => `${typeName(env.inputTypes[index])} ${shapes.get(index)?.layout}`),
      ...this.#filters.map(expressionKey),
      ...computed.map((plan) => expressionKey(plan.expr)),
      userCalls,
    ].join("\n");
    const loop = generatedFunction<(values: readonly unknown[]) => Loop>(["k"], text, signature)(writer.values);
    let kept: readonly OutputRun[] = [];
    let buffers: readonly GatheredBuffers[] = [];
    let selection: Int32Array | null = null;
    let capacity = -1;
    // What a filter leaves is copied to arrays of its size, so that those it was written to serve again.
    const copied = filtered && !this.#transient;
    const reused = filtered || this.#transient;
    return {
      run: (input) => {
        const enough = input.length <= capacity;
        const runs = outputs.map((output, i) => (enough && output.fixedWidth ? kept[i] : output.start(input.length)));
        if (!enough) buffers = gathered.map((output) => output.start(input.length));
        if (needsSelection && !enough) selection = new Int32Array(input.length);
        if (reused && !enough) {
          kept = runs;
          capacity = input.length;
        }
        const length = loop(
          columns.bind(input),
          [...runs.flatMap((run, i) => run.buffers.slice(0, outputs[i].names.length)), ...buffers.flat()],
          selection,
          input.length,
        );
        if (length < 0) return undefined;
        const picked = (index: number): Vector => {
          const column = input.columns[index];
          if (length === input.length) return column;
          const place = gathers.indexOf(index);
          return place === -1 ? take(column, selection!, length) : gathered[place].finish(buffers[place], column, length, copied);
        };
        return { length, picked, outputs: runs.map((run) => run.finish(length, copied)) };
      },
    };
  }

  /** The register of an output column; text that depends on one dictionary column comes as codes. */
  #outputRegister(
    plan: Extract<Plan, { kind: "computed" }>,
    generator: Generator,
    shapes: ReadonlyMap<number, ColumnShape>,
    writer: SourceWriter,
  ): { readonly register: Register; readonly interner: Interner | undefined } {
    const { expr } = plan;
    if (registerClass(expr.type) === "text") {
      const index = [...this.#env.columns(expr)][0];
      const lookup = this.#env.columns(expr).size === 1 && shapes.get(index)?.layout === "dictionary";
      if (lookup && this.#env.isSteady(expr) && !hasFreeParameter(expr)) {
        const { code, table, interner } = generator.internedCode(expr, index);
        const ok = writer.constant(`${table}State[${code}] === 1 ? 1 : 0`, "ok");
        return { register: { value: `${table}Values[${code}]`, ok }, interner };
      }
    }
    return { register: generator.generate(plan.codes ?? expr), interner: plan.interner };
  }

  /** Cheap pipelines that cannot fail compute every row and move on only past those that pass: no branch to mispredict. */
  #isBranchless(wide: boolean, computed: readonly BoundExpr[], shapes: ReadonlyMap<number, ColumnShape>): boolean {
    if (wide) return false;
    let nodes = 0;
    // The first filter is evaluated for every row: what it calls may be called without a branch.
    const made = callsMade(this.#filters[0], this.#env);
    const cheap = (expr: BoundExpr): boolean =>
      isSafe(expr, this.#env, made) &&
      !some(expr, (node) => {
        nodes++;
        const kind = registerClass(node.type);
        const plain = kind === "number" || kind === "int64" || kind === "bool";
        return !plain || (node.kind === "column" && shapes.get(node.index)?.layout !== "flat");
      });
    return [...this.#filters, ...computed].every(cheap) && nodes <= BRANCHLESS_NODES;
  }
}
