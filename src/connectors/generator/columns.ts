import { bindError, nearestName, unsupported } from "../../core/errors.ts";
import { type DataType, type Field, integerRange, isInteger, physicalOf, type Schema, typeName } from "../../core/types.ts";
import { type Dictionary, makeDictionary, type Vector } from "../../core/vector.ts";
import { FLAT_CLASSES, vectorFromValues } from "../../core/vector-builder.ts";
import type { CheckedProperties } from "../properties.ts";
import { ColumnHints, checkHintedColumns, type Distribution } from "./hints.ts";
import { AliasTable, hash32, normalQuantile, seedOf, UNIT, zipfWeights } from "./random.ts";

/** Rows asked for: `count` of them from row `first`, which has 2 ** 32 * stretch rows before its stretch. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
  /** Event times of the rows, microseconds. */
  readonly times: Float64Array;
}

/** Makes one column, row by row from its position. `made` are the vectors of this range that other columns need, by column. */
export interface ColumnMaker {
  /** Column that must be made before, for a walk per key. */
  readonly needs: number | undefined;
  make(range: RowRange, made: ReadonlyMap<number, Vector>): Vector;
  /** What cannot be worked out from a row's position: where walks stand. */
  state?: Float64Array;
}

/** A maker for each column. Throws bind errors for hints that do not fit the column. */
export function columnMakers(schema: Schema, properties: CheckedProperties, seed: number, eventTime: number | undefined): ColumnMaker[] {
  checkHintedColumns(properties, schema);
  return schema.map((field, column) => {
    const hints = new ColumnHints(properties, field.name);
    const share = hints.number("nulls") ?? 0;
    if (column === eventTime && share > 0) throw bindError(`"${field.name}.nulls": the column that watermarks are made of cannot be NULL`);
    const maker = makerOf(field, hints, schema, properties, seed);
    return share > 0 ? withNulls(maker, share, seed, field.name) : maker;
  });
}

function makerOf(field: Field, hints: ColumnHints, schema: Schema, properties: CheckedProperties, seed: number): ColumnMaker {
  const { type, name } = field;
  switch (type.kind) {
    case "varchar":
    case "enum":
      return textMaker(type, hints, seed, name);
    case "timestamp":
    case "timestamptz":
      return { needs: undefined, make: ({ times, count }) => wide(type, times, count) };
    case "date":
      return {
        needs: undefined,
        make: ({ times, count }) =>
          flat(
            type,
            Int32Array.from(times.subarray(0, count), (time) => Math.floor(time / 86_400_000_000)),
          ),
      };
    case "boolean": {
      const share = hints.number("mean") ?? 0.5;
      return {
        needs: undefined,
        make: (range) =>
          flat(
            type,
            units(range, seed, name, (unit) => (unit < share ? 1 : 0), new Uint8Array(range.count)),
          ),
      };
    }
    case "uuid":
      return uuidMaker(type, seed, name);
    default:
      if (isInteger(type) || type.kind === "float" || type.kind === "double" || type.kind === "decimal") {
        if (type.kind === "hugeint" || (type.kind === "decimal" && type.precision > 18)) break;
        return numberMaker(type, hints, schema, properties, seed, name);
      }
  }
  throw unsupported(
    `a generator cannot make "${name}", a ${typeName(type)}`,
    undefined,
    "numbers, text, BOOLEAN, DATE, TIMESTAMP and UUID it can",
  );
}

const flat = (type: DataType, data: Int32Array | Uint8Array | Float64Array): Vector => ({
  layout: "flat",
  type,
  length: data.length,
  validity: null,
  data,
});

/** A 64-bit column of whole numbers below 2 ** 53. */
function wide(type: DataType, values: Float64Array, count: number): Vector {
  const data = new BigInt64Array(count);
  const halves = new Int32Array(data.buffer);
  for (let i = 0; i < count; i++) {
    const value = values[i];
    halves[2 * i] = value;
    halves[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return { layout: "flat", type, length: count, validity: null, data };
}

/** Calls `of` with a number of [0, 1) for each row. */
function units<T extends Uint8Array | Int32Array | Float64Array>(
  { first, count }: RowRange,
  seed: number,
  purpose: string,
  of: (unit: number) => number,
  into: T,
): T {
  const rowSeed = seedOf(seed, purpose, Math.floor(first / 4294967296));
  for (let i = 0; i < count; i++) into[i] = of(hash32(first + i, rowSeed) * UNIT);
  return into;
}

function withNulls(maker: ColumnMaker, share: number, seed: number, name: string): ColumnMaker {
  return {
    needs: maker.needs,
    state: maker.state,
    make(range, made) {
      const vector = maker.make(range, made);
      const validity = units(range, seed, `${name} null`, (unit) => (unit < share ? 0 : 1), new Uint8Array(range.count));
      if (vector.layout === "dictionary") for (let i = 0; i < range.count; i++) vector.codes[i] *= validity[i];
      else if (vector.layout === "flat") {
        const zero = vector.data instanceof BigInt64Array || vector.data instanceof BigUint64Array ? 0n : 0;
        for (let i = 0; i < range.count; i++) if (validity[i] === 0) vector.data[i] = zero as never;
      }
      return { ...vector, validity };
    },
  };
}

/** Draws an index below `size`: evenly, by weights, or by Zipf. */
function indexDrawer(size: number, hints: ColumnHints): (unit: number) => number {
  const distribution = hints.text("distribution") ?? "uniform";
  const weights = hints.numbers("weights");
  if (weights !== undefined) {
    if (weights.length !== size || weights.some((weight) => weight < 0) || !weights.some((weight) => weight > 0)) {
      throw bindError(`"${hints.column}.weights" has ${weights.length} numbers, but must have one (0 or more) for each of ${size} values`);
    }
    const table = new AliasTable(weights);
    return (unit) => table.draw(unit);
  }
  if (distribution === "zipf") {
    const table = new AliasTable(zipfWeights(size, hints.number("skew") ?? 1));
    return (unit) => table.draw(unit);
  }
  return (unit) => (unit * size) | 0;
}

function textMaker(type: DataType, hints: ColumnHints, seed: number, name: string): ColumnMaker {
  const given = type.kind === "enum" ? (hints.texts("values") ?? type.values) : hints.texts("values");
  const size = given?.length ?? hints.number("cardinality") ?? 10;
  const distribution = hints.text("distribution") ?? "uniform";
  if (distribution !== "uniform" && distribution !== "zipf" && distribution !== "sequence") {
    throw bindError(`"${name}.distribution" cannot be "${distribution}" for text`, undefined, "choices are uniform, zipf, sequence");
  }
  if (type.kind === "enum")
    for (const value of given ?? [])
      if (!type.values.includes(value)) throw bindError(`"${name}.values": "${value}" is not in ${typeName(type)}`);
  const prefix = hints.text("prefix") ?? `${name}_`;
  if (given !== undefined && new Set(given).size < given.length)
    throw bindError(`"${name}.values" holds a value twice`, undefined, "weights say how often each comes");
  const distinct = given ?? Array.from({ length: size }, (_, i) => `${prefix}${i + 1}`);
  const values = vectorFromValues(type, distinct);
  if (values.layout !== "bytes") throw new Error("text is built as bytes");
  const dictionary: Dictionary = makeDictionary(values);
  const draw = indexDrawer(size, hints);
  return {
    needs: undefined,
    make(range) {
      const codes = new Int32Array(range.count);
      if (distribution === "sequence") for (let i = 0; i < range.count; i++) codes[i] = (range.first + i) % distinct.length;
      else if (distribution === "uniform" && !hints.has("weights")) {
        const rowSeed = seedOf(seed, name, Math.floor(range.first / 4294967296));
        const scale = size * UNIT;
        for (let i = 0; i < range.count; i++) codes[i] = hash32(range.first + i, rowSeed) * scale;
      } else units(range, seed, name, draw, codes);
      return { layout: "dictionary", type, length: range.count, validity: null, codes, dictionary };
    },
  };
}

function uuidMaker(type: DataType, seed: number, name: string): ColumnMaker {
  return {
    needs: undefined,
    make({ first, count }) {
      const stretch = Math.floor(first / 4294967296);
      const seeds = [0, 1, 2, 3].map((part) => seedOf(seed, `${name} ${part}`, stretch));
      const texts = Array.from({ length: count }, (_, i) => {
        const hex = seeds
          .map((partSeed) =>
            hash32(first + i, partSeed)
              .toString(16)
              .padStart(8, "0"),
          )
          .join("");
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
      });
      return vectorFromValues(type, texts);
    },
  };
}

function numberMaker(
  type: DataType,
  hints: ColumnHints,
  schema: Schema,
  properties: CheckedProperties,
  seed: number,
  name: string,
): ColumnMaker {
  for (const hint of ["values", "cardinality", "prefix"]) {
    if (hints.has(hint))
      throw bindError(`"${name}.${hint}" is for text, and "${name}" is a ${typeName(type)}`, undefined, 'numbers have "range"');
  }
  const distribution = (hints.text("distribution") ?? "uniform") as Distribution;
  const [low, high] = hints.numbers("range") ?? (distribution === "sequence" ? [-Infinity, Infinity] : [0, 100]);
  if (isInteger(type)) {
    const { min, max } = integerRange(type.kind);
    if (low < Number(min) && low !== -Infinity) throw bindError(`"${name}.range" starts at ${low}, below the least ${typeName(type)}`);
    if (high > Number(max) && high !== Infinity) throw bindError(`"${name}.range" ends at ${high}, above the greatest ${typeName(type)}`);
  }
  const finish = finisher(type, hints, low, high);
  const draw = (range: RowRange, of: (unit: number) => number) => finish(units(range, seed, name, of, new Float64Array(range.count)));
  switch (distribution) {
    case "uniform": {
      const width = isInteger(type) ? Math.floor(high) - Math.ceil(low) + 1 : high - low;
      const from = isInteger(type) ? Math.ceil(low) : low;
      return { needs: undefined, make: (range) => finish(uniform(range, seed, name, from, width, isInteger(type))) };
    }
    case "normal": {
      const mean = hints.number("mean") ?? (low + high) / 2;
      const deviation = hints.number("stddev") ?? (high - low) / 6;
      return { needs: undefined, make: (range) => draw(range, (unit) => mean + deviation * normalQuantile(unit + UNIT / 2)) };
    }
    case "exponential": {
      const mean = hints.number("mean") ?? (high - low) / 2;
      return { needs: undefined, make: (range) => draw(range, (unit) => low - mean * Math.log(1 - unit)) };
    }
    case "zipf": {
      const size = Math.floor(high) - Math.ceil(low) + 1;
      if (size > 10_000_000) throw bindError(`"${name}.range" has ${size} whole numbers, and a zipf distribution takes 10000000 at most`);
      const pick = indexDrawer(size, hints);
      return { needs: undefined, make: (range) => draw(range, (unit) => Math.ceil(low) + pick(unit)) };
    }
    case "sequence":
    case "random_walk":
      return walkMaker(distribution, hints, schema, properties, seed, name, low, high, finish);
  }
}

function uniform({ first, count }: RowRange, seed: number, name: string, from: number, width: number, whole: boolean): Float64Array {
  const values = new Float64Array(count);
  const rowSeed = seedOf(seed, name, Math.floor(first / 4294967296));
  const scale = width * UNIT;
  if (whole) for (let i = 0; i < count; i++) values[i] = from + Math.floor(hash32(first + i, rowSeed) * scale);
  else for (let i = 0; i < count; i++) values[i] = from + hash32(first + i, rowSeed) * scale;
  return values;
}

/** Turns numbers into a vector of the type: kept in the range, rounded. */
function finisher(type: DataType, hints: ColumnHints, low: number, high: number): (values: Float64Array) => Vector {
  const whole = isInteger(type);
  const scale = type.kind === "decimal" ? 10 ** type.scale : 1;
  const decimals = hints.number("decimals");
  const unit = whole ? 1 : decimals === undefined ? 0 : 10 ** decimals;
  const physical = physicalOf(type);
  const clamp = hints.has("range") || whole;
  return (values) => {
    const count = values.length;
    if (clamp) for (let i = 0; i < count; i++) values[i] = Math.min(high, Math.max(low, values[i]));
    if (unit > 0) for (let i = 0; i < count; i++) values[i] = Math.round(values[i] * unit) / unit;
    if (physical === "f64") return flat(type, values);
    if (scale !== 1) for (let i = 0; i < count; i++) values[i] = Math.round(values[i] * scale);
    if (physical === "i64") return wide(type, values, count);
    if (physical === "u64") {
      const vector = wide(type, values, count);
      return vector.layout === "flat" ? { ...vector, data: new BigUint64Array(vector.data.buffer as ArrayBuffer) } : vector;
    }
    const data = new FLAT_CLASSES[physical as "i32"](
      new ArrayBuffer(count * FLAT_CLASSES[physical as "i32"].BYTES_PER_ELEMENT),
    ) as Int32Array;
    for (let i = 0; i < count; i++) data[i] = values[i];
    return flat(type, data);
  };
}

/** Values that each follow from the one before: of all rows, or of the rows of one key. */
function walkMaker(
  kind: "sequence" | "random_walk",
  hints: ColumnHints,
  schema: Schema,
  properties: CheckedProperties,
  seed: number,
  name: string,
  low: number,
  high: number,
  finish: (values: Float64Array) => Vector,
): ColumnMaker {
  const per = hints.text("per");
  const keys = per === undefined ? undefined : keysOf(per, name, schema, properties);
  const size = keys?.size ?? 1;
  const isWalk = kind === "random_walk";
  const step = hints.number("step") ?? (isWalk ? (high - low) / 200 : 1);
  const start = hints.number("start");
  const state = new Float64Array(size);
  for (let key = 0; key < size; key++) {
    // Walks of many keys begin at places of their own
    if (isWalk)
      state[key] =
        start ?? (size === 1 ? (low + high) / 2 : low + (high - low) * (0.25 + 0.5 * UNIT * hash32(key, seedOf(seed, `${name} start`, 0))));
    else state[key] = start ?? 0;
  }
  if (!isWalk && keys === undefined) {
    return {
      needs: undefined,
      make: ({ first, count }) => finish(Float64Array.from({ length: count }, (_, i) => state[0] + (first + i) * step)),
    };
  }
  return {
    needs: keys?.column,
    state,
    make({ first, count }, made) {
      const values = new Float64Array(count);
      const index = keys === undefined ? new Int32Array(count) : keys.indices(made.get(keys.column) as Vector);
      if (!isWalk) {
        for (let i = 0; i < count; i++) {
          values[i] = state[index[i]];
          state[index[i]] += step;
        }
        return finish(values);
      }
      const rowSeed = seedOf(seed, name, Math.floor(first / 4294967296));
      // The sum of the hash's four bytes is near enough to normal: mean 510, variance 4 * (256 ** 2 - 1) / 12
      const scale = step / Math.sqrt((4 * (65_536 - 1)) / 12);
      for (let i = 0; i < count; i++) {
        const h = hash32(first + i, rowSeed);
        const sum = (h & 255) + ((h >>> 8) & 255) + ((h >>> 16) & 255) + (h >>> 24);
        let value = state[index[i]] + (sum - 510) * scale;
        if (value < low) value = Math.min(high, 2 * low - value);
        else if (value > high) value = Math.max(low, 2 * high - value);
        state[index[i]] = value;
        values[i] = value;
      }
      return finish(values);
    },
  };
}

/** Numbers for the values of a key column: the codes of a text column, or how far an integer lies above the start of its range. */
function keysOf(per: string, name: string, schema: Schema, properties: CheckedProperties) {
  const column = schema.findIndex((field) => field.name.toLowerCase() === per.toLowerCase());
  if (column < 0) {
    const near = nearestName(
      per,
      schema.map((field) => field.name),
    );
    throw bindError(
      `"${name}.per" names "${per}", which is no column`,
      undefined,
      near === undefined ? undefined : `did you mean "${near}"?`,
    );
  }
  const { type } = schema[column];
  const hints = new ColumnHints(properties, schema[column].name);
  if (type.kind === "varchar" || type.kind === "enum") {
    const given = hints.texts("values") ?? (type.kind === "enum" ? type.values : undefined);
    const size = given?.length ?? hints.number("cardinality") ?? 10;
    return { column, size, indices: (vector: Vector) => (vector.layout === "dictionary" ? vector.codes : new Int32Array(vector.length)) };
  }
  const [low, high] = hints.numbers("range") ?? [0, 100];
  const size = Math.floor(high) - Math.ceil(low) + 1;
  if (!isInteger(type) || size > 10_000_000 || ["random_walk", "sequence"].includes(hints.text("distribution") ?? "")) {
    throw bindError(`"${name}.per" names "${per}", which is not a column of texts or of integers in a range of at most 10000000`);
  }
  return {
    column,
    size,
    indices: (vector: Vector) => {
      if (vector.layout !== "flat") throw new Error("integers are flat");
      const { data } = vector;
      return Int32Array.from({ length: vector.length }, (_, i) => Math.max(0, Number(data[i]) - Math.ceil(low)));
    },
  };
}
