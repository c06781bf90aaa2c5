import { hugeAt, valueReader } from "../core/read.ts";
import { TextReader } from "../core/text.ts";
import { type DataType, physicalOf } from "../core/types.ts";
import type { BytesVector, DictionaryVector, FlatVector, IntervalVector, RecordBatch, Vector } from "../core/vector.ts";
import { dictionaryTexts } from "./code-table.ts";
import { present, type Register } from "./registers.ts";
import type { SourceWriter } from "./source-writer.ts";

/** How generated code reads the columns of a batch whose layouts are known. */

/** Layout and nullability of a column; variants of a pipeline are told apart by these. */
export interface ColumnShape {
  readonly layout: Vector["layout"];
  readonly nullable: boolean;
}

/** Text that is equal for batches that one variant can read. */
export function shapeKey(batch: RecordBatch, used: readonly number[]): string {
  let key = "";
  for (const index of used) {
    const column = batch.columns[index];
    key += `${index}${column.layout}${column.validity === null ? "" : "?"} `;
  }
  return key;
}

export const shapeOf = (vector: Vector): ColumnShape => ({ layout: vector.layout, nullable: vector.validity !== null });

/** Gives the generator a register for a column in row `i`. */
export interface ColumnSource {
  load(index: number, writer: SourceWriter, wide: boolean): Register;
  /** Name of the column's dictionary code in row `i` (past the end for NULL), where it is dictionary-coded. */
  code(index: number, writer: SourceWriter): string;
  shape(index: number): ColumnShape | undefined;
  /** Names of offsets and bytes, where the column is plain bytes. */
  bytes(index: number, writer: SourceWriter): { readonly offsets: string; readonly bytes: string };
  /** Binds a name to something taken from each batch. */
  input(name: string, get: (batch: RecordBatch) => unknown): string;
}

/** Columns of a batch, in a loop over `i`. */
export class BatchColumns implements ColumnSource {
  readonly #types: readonly DataType[];
  readonly #shapes: ReadonlyMap<number, ColumnShape>;
  readonly #inputs = new Map<string, (batch: RecordBatch) => unknown>();
  /** True once generated code marks 64-bit values out of the exact range in `bad`. */
  guarded = false;

  constructor(types: readonly DataType[], shapes: ReadonlyMap<number, ColumnShape>) {
    this.#types = types;
    this.#shapes = shapes;
  }

  get names(): string[] {
    return [...this.#inputs.keys()];
  }

  /** What the generated function's inputs are in a batch, in the order of `names`. */
  bind(batch: RecordBatch): unknown[] {
    return [...this.#inputs.values()].map((get) => get(batch));
  }

  input(name: string, get: (batch: RecordBatch) => unknown): string {
    if (!this.#inputs.has(name)) this.#inputs.set(name, get);
    return name;
  }

  shape(index: number): ColumnShape | undefined {
    return this.#shapes.get(index);
  }

  bytes(index: number) {
    return {
      offsets: this.input(`offsets${index}`, (batch) => (batch.columns[index] as BytesVector).offsets),
      bytes: this.input(`bytes${index}`, (batch) => (batch.columns[index] as BytesVector).bytes),
    };
  }

  #ok(index: number, writer: SourceWriter): string | null {
    if (!this.#shapes.get(index)?.nullable) return null;
    const mask = this.input(`mask${index}`, (batch) => batch.columns[index].validity);
    return writer.constant(`${mask}[i]`, "ok");
  }

  code(index: number, writer: SourceWriter): string {
    const codes = this.input(`codes${index}`, (batch) => (batch.columns[index] as DictionaryVector).codes);
    if (!this.#shapes.get(index)?.nullable) return writer.constant(`${codes}[i]`, "code");
    const mask = this.input(`mask${index}`, (batch) => batch.columns[index].validity);
    const size = this.input(`size${index}`, (batch) => (batch.columns[index] as DictionaryVector).dictionary.values.length);
    return writer.constant(`${mask}[i] === 0 ? ${size} : ${codes}[i]`, "code");
  }

  load(index: number, writer: SourceWriter, wide: boolean): Register {
    const shape = this.#shapes.get(index);
    const type = this.#types[index];
    if (shape === undefined) throw new Error(`column ${index} is not among the pipeline's inputs`);
    const ok = this.#ok(index, writer);
    const register = (text: string): Register => ({ value: writer.constant(text, "c"), ok });
    const vector = (batch: RecordBatch) => batch.columns[index];
    switch (shape.layout) {
      case "flat": {
        const data = (batch: RecordBatch) => (vector(batch) as FlatVector).data;
        switch (physicalOf(type)) {
          case "bool":
            return register(`${this.input(`data${index}`, data)}[i] !== 0`);
          case "i128":
            return register(`${writer.value(hugeAt)}(${this.input(`data${index}`, data)}, i)`);
          case "i64":
          case "u64": {
            if (wide) return register(`${this.input(`data${index}`, data)}[i]`);
            const high = this.input(`high${index}`, (batch) => {
              const { buffer, byteOffset, length } = data(batch);
              return new Int32Array(buffer, byteOffset, 2 * length);
            });
            const low = this.input(`low${index}`, (batch) => {
              const { buffer, byteOffset, length } = data(batch);
              return new Uint32Array(buffer, byteOffset, 2 * length);
            });
            const upper = writer.constant(`${high}[2 * i + 1]`, "high");
            this.guarded = true;
            writer.line(physicalOf(type) === "u64" ? `bad |= ${upper};` : `bad |= ${upper} ^ (${upper} >> 31);`);
            return register(`${upper} * 4294967296 + ${low}[2 * i]`);
          }
          default:
            return register(`${this.input(`data${index}`, data)}[i]`);
        }
      }
      case "bytes": {
        if (type.kind === "blob") {
          const { offsets, bytes } = this.bytes(index);
          return register(`${bytes}.slice(${offsets}[i], ${offsets}[i + 1])`);
        }
        return register(`${this.input(`text${index}`, (batch) => new TextReader(vector(batch) as BytesVector))}.at(i)`);
      }
      case "dictionary": {
        if (type.kind === "blob") return register(`${this.input(`read${index}`, (batch) => valueReader(vector(batch)))}(i)`);
        const texts = this.input(`texts${index}`, (batch) => dictionaryTexts.of((vector(batch) as DictionaryVector).dictionary));
        return register(`${texts}.at(${this.code(index, writer)})`);
      }
      case "interval": {
        const part = (name: "months" | "days" | "micros") =>
          `${name}: ${this.input(`${name}${index}`, (batch) => (vector(batch) as IntervalVector)[name])}[i]`;
        return register(`({ ${part("months")}, ${part("days")}, ${part("micros")} })`);
      }
      case "list":
      case "struct":
        return register(`${this.input(`read${index}`, (batch) => valueReader(vector(batch)))}(i)`);
    }
  }
}

/** Columns given as a function's parameters, in value form (wide registers). */
export class ParameterColumns implements ColumnSource {
  readonly names: readonly string[];
  readonly #byIndex: ReadonlyMap<number, string>;
  readonly #types: readonly DataType[];
  constructor(columns: readonly number[], types: readonly DataType[]) {
    this.#types = types;
    this.names = columns.map((index) => `p${index}`);
    this.#byIndex = new Map(columns.map((index, i) => [index, this.names[i]]));
  }
  load(index: number, writer: SourceWriter): Register {
    const name = this.#byIndex.get(index);
    if (name === undefined) throw new Error(`column ${index} is not among the function's parameters`);
    return present(writer, name, this.#types[index]);
  }
  shape(): undefined {
    return undefined;
  }
  code(): string {
    throw new Error("a parameter has no dictionary code");
  }
  bytes(): never {
    throw new Error("a parameter has no bytes");
  }
  input(): string {
    throw new Error("a row function has no batch");
  }
}
