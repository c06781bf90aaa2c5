import { type DataType, typeName } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { CastContext, Conversion } from "./conversion.ts";
import { isNullPiece, type Piece, splitList, splitPairs } from "./text-nested.ts";

/** Casts of LIST, STRUCT and MAP, element by element, and text to them. A conversion of single values, as `elements` makes it, does the rest. */

/** Casts one value in value form; undefined where it cannot be cast. */
export type ValueCast = (value: Value) => Value | undefined;
export type MakeValueCast = (from: DataType, to: DataType) => ValueCast | undefined;

const TEXT: DataType = { kind: "varchar" };

export function nestedConversion(from: DataType, to: DataType, _context: CastContext, elements: MakeValueCast): Conversion | undefined {
  const cast = from.kind === "varchar" ? fromText(to, elements) : fromNested(from, to, elements);
  if (cast === undefined) return undefined;
  return {
    cast,
    explain: (value: Value) =>
      from.kind === "varchar"
        ? `type VARCHAR with value '${value}' can't be cast to the destination type ${typeName(to)}`
        : `a value of type ${typeName(from)} can't be cast to the destination type ${typeName(to)}`,
  };
}

function fromNested(from: DataType, to: DataType, elements: MakeValueCast): ValueCast | undefined {
  if (from.kind === "list" && to.kind === "list") {
    const element = elements(from.element, to.element);
    return element === undefined ? undefined : (value) => castAll(value as Value[], () => element);
  }
  if (from.kind === "map" && to.kind === "map") {
    const key = elements(from.key, to.key);
    const item = elements(from.value, to.value);
    if (key === undefined || item === undefined) return undefined;
    return (value) => castAll(value as Value[], () => (pair) => castAll(pair as Value[], (i) => (i === 0 ? key : item)));
  }
  if (from.kind === "struct" && to.kind === "struct") {
    // By name; a row without names goes by place.
    const places = to.fields.map((field, i) =>
      from.fields.every((source) => source.name === "")
        ? i
        : from.fields.findIndex((source) => source.name.toLowerCase() === field.name.toLowerCase()),
    );
    if (places.every((place) => place < 0 || place >= from.fields.length)) return undefined;
    const casts = places.map((place, i) =>
      from.fields[place] === undefined ? undefined : elements(from.fields[place].type, to.fields[i].type),
    );
    if (places.some((place, i) => from.fields[place] !== undefined && casts[i] === undefined)) return undefined;
    return (value) => {
      const fields = value as Value[];
      return castAll(
        places.map((place) => fields[place] ?? null),
        (i) => casts[i] as ValueCast,
      );
    };
  }
  if (from.kind === "struct" && to.kind === "map") {
    const key = elements(TEXT, to.key);
    const casts = from.fields.map((field) => elements(field.type, to.value));
    if (key === undefined || casts.some((cast) => cast === undefined)) return undefined;
    return (value) =>
      collect((value as Value[]).map((item, i) => collect([key(from.fields[i].name), item === null ? null : casts[i]?.(item)])));
  }
  return undefined;
}

/** Every element cast; undefined as soon as one cannot be. */
function castAll(values: readonly Value[], castOf: (i: number) => ValueCast): Value[] | undefined {
  const result: Value[] = new Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = value === null ? null : castOf(i)(value);
    if (next === undefined) return undefined;
    result[i] = next;
  }
  return result;
}

function fromText(to: DataType, elements: MakeValueCast): ValueCast | undefined {
  const piece = (type: DataType): ((part: Piece) => Value | undefined) | undefined => {
    const cast = elements(TEXT, type);
    return cast === undefined ? undefined : (part) => (isNullPiece(part) ? null : cast(part.text));
  };
  if (to.kind === "list") {
    const element = piece(to.element);
    if (element === undefined) return undefined;
    return (text) => collect(splitList(text as string)?.map(element));
  }
  if (to.kind === "map") {
    const [key, item] = [piece(to.key), piece(to.value)];
    if (key === undefined || item === undefined) return undefined;
    return (text) => collect(splitPairs(text as string, "=")?.map(([k, v]) => collect([key(k), item(v)])));
  }
  if (to.kind === "struct") {
    const casts = to.fields.map((field) => piece(field.type));
    const place = new Map(to.fields.map((field, i) => [field.name.toLowerCase(), i]));
    return (text) => {
      const tuple = splitList(text as string, "(", ")");
      if (tuple !== undefined) {
        if (tuple.length !== casts.length) return undefined;
        return collect(tuple.map((part, i) => casts[i]?.(part)));
      }
      const result: Value[] = to.fields.map(() => null);
      const pairs = splitPairs(text as string, ":");
      if (pairs === undefined) return undefined;
      for (const [key, part] of pairs) {
        const i = place.get(key.text.toLowerCase());
        const value = i === undefined ? undefined : casts[i]?.(part);
        if (i === undefined || value === undefined) return undefined;
        result[i] = value;
      }
      return result;
    };
  }
  return undefined;
}

/** The values, unless one of them is missing. */
const collect = (values: readonly (Value | undefined)[] | undefined): Value[] | undefined =>
  values?.every((value) => value !== undefined) ? (values as Value[]) : undefined;
