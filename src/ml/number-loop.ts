import { generatedFunction } from "../core/generated.ts";
import type { FlatVector } from "../core/vector.ts";
import { toHalf } from "./half.ts";
import type { TensorType } from "./onnx-runtime.ts";

/**
 * Copies columns side by side into a tensor, cast to its element type, in one pass. Gives false where a value may not fit: `misfit` then finds it.
 * `validity`: where a byte is 0, the tensor gets NaN.
 */
export function fillNumbers(
  target: ArrayBufferView,
  type: NumberType,
  columns: readonly FlatVector[],
  rows: number,
  nullsAsNaN: boolean,
): boolean {
  const width = columns.length;
  if (width === 1 && sameLayout(type, columns[0]) && !(nullsAsNaN && columns[0].validity !== null)) {
    bytesOf(target).set(bytesOf(columns[0].data));
    return true;
  }
  let fits = true;
  for (let from = 0; from < width; from += GROUP) {
    const group = columns.slice(from, from + GROUP);
    const sources = group.map((column) => (isWide(column) ? wordsOf(column.data) : column.data));
    const masks = group.map((column) => (nullsAsNaN ? column.validity : null));
    const kinds = group.map((column, i) => `${column.data.constructor.name}${masks[i] === null ? "" : "?"}`);
    const loop = generatedFunction<Loop>(PARAMS, loopText(type, group, masks), `model input ${type} ${kinds.join()}`);
    const out = type === "int64" || type === "uint64" ? wordsOf(target) : target;
    fits = loop(out, sources, masks, rows, width, from, toHalf) && fits;
  }
  return fits;
}

export type NumberType = Exclude<TensorType, "string">;

type Loop = (
  out: ArrayBufferView,
  sources: readonly ArrayBufferView[],
  masks: readonly (Uint8Array | null)[],
  rows: number,
  width: number,
  from: number,
  toHalf: (value: number) => number,
) => boolean;

const PARAMS = ["out", "sources", "masks", "rows", "width", "from", "toHalf"];
/** Columns of one loop: more would not stay in registers and cache lines. */
const GROUP = 16;

/** Bounds of the element types that a whole number may miss. */
const BOUNDS: Partial<Record<NumberType, readonly [number, number]>> = {
  bool: [0, 1],
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
};

function loopText(type: NumberType, columns: readonly FlatVector[], masks: readonly (Uint8Array | null)[]): string {
  const lines = columns.map((_, i) => `const c${i} = sources[${i}]; const m${i} = masks[${i}];`);
  const sums = columns.map((_, i) => `bad${i}`);
  lines.push(`let ${sums.map((sum) => `${sum} = 0`).join(", ")};`, "for (let i = 0, o = from; i < rows; i++, o += width) {");
  for (const [i, column] of columns.entries()) {
    const read = isWide(column) ? `(c${i}[2 * i + 1]${unsigned(column) ? " >>> 0" : ""}) * 4294967296 + (c${i}[2 * i] >>> 0)` : `c${i}[i]`;
    const value = masks[i] === null ? read : `m${i}[i] === 0 ? NaN : ${read}`;
    const at = i === 0 ? "o" : `o + ${i}`;
    lines.push(store(type, column, i, at, value));
  }
  // A sum for each column: additions to one and the same would wait for one another.
  lines.push("}", `return ${sums.join(" + ")} === 0;`);
  return lines.join("\n");
}

function store(type: NumberType, column: FlatVector, i: number, at: string, value: string): string {
  switch (type) {
    case "float64":
      return `out[${at}] = ${value};`;
    case "float32":
      // Nothing but a double can miss the range of a float: then the difference is no number.
      if (!(column.data instanceof Float64Array)) return `out[${at}] = ${value};`;
      return `{ const v = Math.fround(${value}); bad${i} += v - v; out[${at}] = v; }`;
    case "float16":
      return `{ const h = toHalf(${value}); if ((h & 0x7c00) === 0x7c00) bad${i} = 1; out[${at}] = h; }`;
    case "int64":
    case "uint64": {
      const words = `2 * (${at})`;
      if (isWide(column)) {
        // Signed and unsigned differ where the highest bit is set.
        const check = unsigned(column) === (type === "uint64") ? "" : `if (c${i}[2 * i + 1] < 0) bad${i} = 1;`;
        return `${check} out[${words}] = c${i}[2 * i]; out[${words} + 1] = c${i}[2 * i + 1];`;
      }
      return `{ const v = ${value}; ${type === "uint64" ? `if (v < 0) bad${i} = 1;` : ""} out[${words}] = v; out[${words} + 1] = v < 0 ? -1 : 0; }`;
    }
    default: {
      const [least, most] = BOUNDS[type] as readonly [number, number];
      return `{ const v = ${value}; if (v < ${least} || v > ${most}) bad${i} = 1; out[${at}] = v; }`;
    }
  }
}

/** The first value that the element type cannot hold: its column and row. Infinite numbers and NaN are held by every floating type. */
export function misfit(type: NumberType, columns: readonly FlatVector[], rows: number): { column: number; row: number } | undefined {
  for (let row = 0; row < rows; row++) {
    for (const [column, { data, validity }] of columns.entries()) {
      if (validity !== null && validity[row] === 0) continue;
      const value = data[row];
      const number = Number(value);
      let fits = true;
      if (type === "float32") fits = !Number.isFinite(number) || Number.isFinite(Math.fround(number));
      else if (type === "float16") fits = !Number.isFinite(number) || (toHalf(number) & 0x7c00) !== 0x7c00;
      else if (type === "int64") fits = typeof value !== "bigint" || value < 1n << 63n;
      else if (type === "uint64") fits = number >= 0;
      else if (type !== "float64") {
        const [least, most] = BOUNDS[type] as readonly [number, number];
        fits = number >= least && number <= most;
      }
      if (!fits) return { column, row };
    }
  }
  return undefined;
}

const isWide = (column: FlatVector): boolean => column.data instanceof BigInt64Array || column.data instanceof BigUint64Array;
const unsigned = (column: FlatVector): boolean => column.data instanceof BigUint64Array;

const LAYOUTS: Readonly<Record<NumberType, string>> = {
  float32: "Float32Array",
  float64: "Float64Array",
  float16: "",
  int8: "Int8Array",
  int16: "Int16Array",
  int32: "Int32Array",
  int64: "BigInt64Array",
  uint8: "Uint8Array",
  uint16: "Uint16Array",
  uint32: "Uint32Array",
  uint64: "BigUint64Array",
  bool: "",
};

const sameLayout = (type: NumberType, column: FlatVector): boolean =>
  type === "bool" ? column.type.kind === "boolean" : LAYOUTS[type] === column.data.constructor.name;

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const wordsOf = (view: ArrayBufferView): Int32Array => new Int32Array(view.buffer, view.byteOffset, view.byteLength / 4);
