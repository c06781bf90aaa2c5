import { type DataType, physicalOf } from "../core/types.ts";
import type { FlatVector, Vector } from "../core/vector.ts";
import { allocate, BytesBuilder, FLAT_CLASSES, makeBuilder, type VectorBuilder } from "../core/vector-builder.ts";
import type { Interner } from "./code-table.ts";
import type { Register } from "./registers.ts";
import type { SourceWriter } from "./source-writer.ts";

/** How one computed column is written by generated code and made into a vector after the loop. */
export interface OutputColumn {
  /** Names under which the loop finds what `start` gives. */
  readonly names: readonly string[];
  /** Statements that write `register` to row `row`. */
  write(register: Register, row: string, writer: SourceWriter): void;
  /** What one run writes into. */
  start(capacity: number): OutputRun;
  /** False for columns that are appended to: their rows cannot be overwritten. */
  readonly fixedWidth: boolean;
}

export interface OutputRun {
  readonly buffers: readonly unknown[];
  /** The first `length` rows; with `copied`, in memory of their own, and the run may be written again. */
  finish(length: number, copied: boolean): Vector;
}

/** `nullable` is known once the register is: outputs are made after their expression was generated. */
export function makeOutput(type: DataType, place: number, nullable: boolean, wide: boolean, intern: Interner | undefined): OutputColumn {
  if (intern !== undefined) return new CodeOutput(type, place, nullable, intern);
  switch (physicalOf(type)) {
    case "bytes":
    case "interval":
    case "list":
    case "struct":
      return new BuilderOutput(type, place);
    default:
      return new FlatOutput(type, place, nullable, wide);
  }
}

/** The mask, or null when no row is NULL. */
export const finishMask = (mask: Uint8Array | null, length: number, copied: boolean): Uint8Array | null => {
  if (mask === null) return null;
  const rows = mask.subarray(0, length);
  if (rows.indexOf(0) === -1) return null;
  return copied ? rows.slice() : rows;
};

class FlatOutput implements OutputColumn {
  readonly names: string[];
  readonly fixedWidth = true;
  readonly #type: DataType;
  readonly #nullable: boolean;
  readonly #wide: boolean;

  constructor(type: DataType, place: number, nullable: boolean, wide: boolean) {
    this.#type = type;
    this.#nullable = nullable;
    this.#wide = wide;
    this.names = [`out${place}`, `outMask${place}`, `outLow${place}`, `outHigh${place}`];
  }

  write({ value, ok }: Register, row: string, writer: SourceWriter): void {
    const [out, mask, low, high] = this.names;
    if (ok !== null) writer.line(`${mask}[${row}] = ${ok};`);
    const orZero = (text: string, zero: string) => (ok === null ? text : `${ok} !== 0 ? ${text} : ${zero}`);
    switch (physicalOf(this.#type)) {
      case "bool":
        // Integer operators here and below: a conditional would be a branch that is mispredicted.
        writer.line(`${out}[${row}] = ${ok === null ? `${value} | 0` : `${ok} & ${value}`};`);
        return;
      case "i8":
      case "i16":
      case "i32":
      case "u8":
      case "u16":
      case "u32":
        writer.line(`${out}[${row}] = ${ok === null ? value : `-${ok} & ${value}`};`);
        return;
      case "i128": {
        const whole = writer.constant(orZero(value, "0n"));
        writer.line(`${out}[2 * ${row}] = ${whole}; ${out}[2 * ${row} + 1] = ${whole} >> 64n;`);
        return;
      }
      case "i64":
      case "u64": {
        if (this.#wide) {
          writer.line(`${out}[${row}] = ${orZero(value, "0n")};`);
          return;
        }
        const upper = writer.constant(`Math.floor(${value} * 2.3283064365386963e-10)`, "high");
        const lower = `${value} - ${upper} * 4294967296`;
        if (ok === null) writer.line(`${low}[2 * ${row}] = ${lower}; ${high}[2 * ${row} + 1] = ${upper};`);
        else writer.line(`${low}[2 * ${row}] = (${lower}) & -${ok}; ${high}[2 * ${row} + 1] = ${upper} & -${ok};`);
        return;
      }
      default:
        writer.line(`${out}[${row}] = ${orZero(value, "0")};`);
    }
  }

  start(capacity: number): OutputRun {
    const physical = physicalOf(this.#type) as keyof typeof FLAT_CLASSES;
    const limbs = physical === "i128" ? 2 : 1;
    const data = allocate(FLAT_CLASSES[physical], capacity * limbs, false);
    const mask = this.#nullable ? new Uint8Array(capacity) : null;
    const halves = physical === "i64" || physical === "u64" ? [new Uint32Array(data.buffer), new Int32Array(data.buffer)] : [null, null];
    return {
      buffers: [data, mask, ...halves],
      finish: (length, copied): FlatVector => ({
        layout: "flat",
        type: this.#type,
        length,
        validity: finishMask(mask, length, copied),
        data: copied ? data.slice(0, length * limbs) : data.subarray(0, length * limbs),
      }),
    };
  }
}

/** Text, intervals and nested values. */
class BuilderOutput implements OutputColumn {
  readonly names: string[];
  readonly fixedWidth = false;
  readonly #type: DataType;
  constructor(type: DataType, place: number) {
    this.#type = type;
    this.names = [`build${place}`];
  }

  write({ value, ok }: Register, _row: string, writer: SourceWriter): void {
    const [builder] = this.names;
    const append = `${builder}.append(${value});`;
    writer.line(ok === null ? append : `if (${ok} !== 0) ${append} else ${builder}.appendNull();`);
  }

  start(capacity: number): OutputRun {
    const builder: VectorBuilder =
      physicalOf(this.#type) === "bytes" ? new BytesBuilder(this.#type, capacity) : makeBuilder(this.#type, capacity);
    return { buffers: [builder], finish: () => builder.finish() };
  }
}

/** Text written as codes of a dictionary. */
class CodeOutput implements OutputColumn {
  readonly names: string[];
  readonly fixedWidth = true;
  readonly #type: DataType;
  readonly #nullable: boolean;
  readonly #interner: Interner;
  constructor(type: DataType, place: number, nullable: boolean, interner: Interner) {
    this.#type = type;
    this.#nullable = nullable;
    this.#interner = interner;
    this.names = [`out${place}`, `outMask${place}`];
  }

  write({ value, ok }: Register, row: string, writer: SourceWriter): void {
    const [out, mask] = this.names;
    if (ok !== null) writer.line(`${mask}[${row}] = ${ok};`);
    writer.line(`${out}[${row}] = ${ok === null ? value : `-${ok} & ${value}`};`);
  }

  start(capacity: number): OutputRun {
    const codes = new Int32Array(capacity);
    const mask = this.#nullable ? new Uint8Array(capacity) : null;
    return {
      buffers: [codes, mask],
      finish: (length, copied): Vector => ({
        layout: "dictionary",
        type: this.#type,
        length,
        validity: finishMask(mask, length, copied),
        codes: copied ? codes.slice(0, length) : codes.subarray(0, length),
        dictionary: this.#interner.dictionary(),
      }),
    };
  }
}
