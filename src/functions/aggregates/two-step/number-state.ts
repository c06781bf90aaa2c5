import { runtimeError } from "../../../core/errors.ts";
import { valueReader } from "../../../core/read.ts";
import { BIGINT, type DataType, DOUBLE, struct, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import type { FlatVector, StructVector, Vector } from "../../../core/vector.ts";
import { vectorFromValues } from "../../../core/vector-builder.ts";
import { flatData, flatVector, ValidityBuilder } from "../finish.ts";
import { hasFields, type StateKind } from "./state-kind.ts";

/** What a number of a state is in SQL: microseconds as a TIMESTAMP or TIMESTAMPTZ, a DOUBLE, a BIGINT, or one of some texts by its place. NaN is NULL. */
export type NumberForm = "time" | "double" | "count" | readonly string[];

/** A state that is a few numbers. */
export interface NumberState extends StateKind<Float64Array> {
  readonly fields: readonly (readonly [string, NumberForm])[];
}

export const numberState = (name: string, fields: NumberState["fields"]): NumberState => {
  const names = fields.map(([field]) => field);
  return { name, fields, matches: (type) => hasFields(type, names), read: (value) => readNumbers(name, fields, value) };
};

function readNumbers(name: string, fields: NumberState["fields"], value: Value): Float64Array {
  const values = value as readonly Value[];
  const numbers = new Float64Array(fields.length);
  for (let i = 0; i < fields.length; i++) {
    const [field, form] = fields[i];
    const own = values[i];
    numbers[i] = own === null ? Number.NaN : typeof form === "string" ? Number(own) : choiceOf(name, field, form, own);
  }
  return numbers;
}

function choiceOf(name: string, field: string, choices: readonly string[], value: Value): number {
  const place = choices.indexOf(String(value));
  if (place >= 0) return place;
  throw runtimeError(`${field} of a state of ${name} is '${value}'`, undefined, `it is one of ${choices.join(", ")}`);
}

/** Reads states of a column: copies the numbers of a row that is not NULL. */
export function numberReader({ name, fields }: NumberState, vector: Vector): (row: number, into: Float64Array) => void {
  const { children } = vector as StructVector;
  const columns = fields.map(([field, form], k) => {
    if (typeof form === "string") return numbersOf(children[k] as FlatVector);
    const read = valueReader(children[k]);
    return Float64Array.from({ length: vector.length }, (_, row) => {
      const value = read(row);
      return value === null ? Number.NaN : choiceOf(name, field, form, value);
    });
  });
  return (row, into) => {
    for (let k = 0; k < columns.length; k++) into[k] = columns[k][row];
  };
}

const WORD = 4294967296;

/** 64-bit integers and doubles as doubles, NULL as NaN. */
function numbersOf({ data, length, validity }: FlatVector): Float64Array {
  const numbers = new Float64Array(length);
  if (data instanceof Float64Array) numbers.set(data.subarray(0, length));
  else {
    const words = new Int32Array(data.buffer, data.byteOffset, 2 * length);
    for (let i = 0; i < length; i++) numbers[i] = words[2 * i + 1] * WORD + (words[2 * i] >>> 0);
  }
  if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) numbers[i] = Number.NaN;
  return numbers;
}

const fieldType = (form: NumberForm, time: DataType): DataType =>
  form === "time" ? time : form === "double" ? DOUBLE : form === "count" ? BIGINT : VARCHAR;

/** The STRUCT type of a state whose times are of type `time`. */
export const numberStateType = ({ fields }: NumberState, time: DataType): DataType =>
  struct(fields.map(([name, form]) => ({ name, type: fieldType(form, time) })));

/** The type that times of a state have. */
export const timeTypeOf = (type: DataType): DataType =>
  type.kind === "struct" && type.fields.some((field) => field.type.kind === "timestamptz") ? TIMESTAMPTZ : TIMESTAMP;

/** A column of states; undefined is NULL. */
export function numberStates(
  kind: NumberState,
  time: DataType,
  length: number,
  state: (row: number) => ArrayLike<number> | undefined,
): StructVector {
  const { fields } = kind;
  const columns = fields.map(() => new Float64Array(length));
  const validity = new ValidityBuilder(length);
  for (let row = 0; row < length; row++) {
    const numbers = state(row);
    if (numbers === undefined) validity.setNull(row);
    for (let k = 0; k < columns.length; k++) columns[k][row] = numbers === undefined ? Number.NaN : numbers[k];
  }
  const children = fields.map(([, form], k) => numberColumn(form, time, columns[k]));
  return { layout: "struct", type: numberStateType(kind, time), length, validity: validity.mask, children };
}

const MOST = 2n ** 63n - 1n;

/** The double nearest to an infinite time is beyond the range of times. */
const wholeNumber = (value: number): bigint => (Math.abs(value) < 2 ** 63 ? BigInt(Math.round(value)) : value > 0 ? MOST : -MOST);

function numberColumn(form: NumberForm, time: DataType, numbers: Float64Array): Vector {
  const { length } = numbers;
  if (typeof form !== "string") {
    return vectorFromValues(
      VARCHAR,
      Array.from(numbers, (place) => (Number.isNaN(place) ? null : form[place])),
    );
  }
  const type = fieldType(form, time);
  const validity = new ValidityBuilder(length);
  const data = flatData(type, length);
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(numbers[i])) validity.setNull(i);
    else data[i] = form === "double" ? numbers[i] : wholeNumber(numbers[i]);
  }
  return flatVector(type, length, data, validity.mask);
}
