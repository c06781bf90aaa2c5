import type { Implementation } from "../../catalog/function-types.ts";
import { bindError, runtimeError, type Span, WeirError } from "../../core/errors.ts";
import { valueReader } from "../../core/read.ts";
import { type DataType, isNested, isNumeric, physicalOf, typeName, typesEqual } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Vector } from "../../core/vector.ts";
import { makeBuilder } from "../../core/vector-builder.ts";
import { binaryConversion } from "./binary.ts";
import type { CastContext, Conversion } from "./conversion.ts";
import { physicalName } from "./conversion.ts";
import { textForm } from "./format.ts";
import { jsonConversion } from "./json.ts";
import { nestedConversion, type ValueCast } from "./nested.ts";
import { is64, numericConversion } from "./numbers.ts";
import { temporalConversion } from "./temporal.ts";

export { formatDecimal, formatValue, textForm } from "./format.ts";

/** Casts between all types: CAST, which throws a typed error for a value that does not fit, and TRY_CAST, which gives NULL. */

export interface CastOptions {
  /** TRY_CAST: null instead of an error. */
  readonly try?: boolean;
  /** The session's zone, for TIMESTAMPTZ. Default UTC. */
  readonly timeZone?: string;
}

/** A cast as the generated loop takes it; registers as in catalog/function-types.ts. NULL never reaches it. */
export interface CastImplementation {
  readonly impl: Implementation;
  /** For 64-bit registers in the wide variant. Present whenever source or target have such. */
  readonly wide?: Implementation;
  readonly inline?: (register: string) => string;
  /** An inline result may be out of its type's range: `impl` then decides (or the wide variant, for 64 bits). */
  readonly checkRange: boolean;
  readonly mayReturnNull: boolean;
  /** No value throws. */
  readonly infallible: boolean;
}

/** Throws a bind error where there is no cast from one type to the other. */
export function castImplementation(from: DataType, to: DataType, options: CastOptions = {}, span?: Span): CastImplementation {
  const conversion = findConversion(from, to, { timeZone: options.timeZone ?? "UTC", try: options.try });
  if (conversion === undefined) throw bindError(`unimplemented type for cast (${typeName(from)} -> ${typeName(to)})`, span);
  const { cast, inline } = conversion;
  const exact = conversion.wide ?? cast;
  const explain = conversion.explain ?? ((value: unknown) => `could not convert string '${value}' to ${physicalName(to)}`);
  const hint = from.kind === "varchar" ? `TRY_CAST(… AS ${typeName(to)}) gives NULL where a text does not fit` : undefined;
  const attempt = options.try === true;
  const finish = (run: Implementation): Implementation => {
    if (conversion.fallible === false) return run;
    if (attempt) return (value) => run(value) ?? null;
    return (value) => {
      const result = run(value);
      if (result === undefined) throw runtimeError(explain(value), undefined, hint);
      return result;
    };
  };
  const narrow = finish(cast);
  // A narrow result that is not exact as a number sends the batch to the wide variant, as an infinity.
  const impl: Implementation = is64(to)
    ? (value) => {
        const result = narrow(value);
        return typeof result === "bigint" ? (result > 0n ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : result;
      }
    : narrow;
  return {
    impl,
    wide: is64(from) || is64(to) ? finish(exact) : undefined,
    // TRY_CAST cannot be inlined where it can fail.
    inline: attempt && conversion.fallible !== false ? undefined : inline,
    checkRange: conversion.checkRange ?? true,
    mayReturnNull: conversion.fallible !== false && (attempt || from.kind === "json" || isNested(to)),
    infallible: attempt || conversion.fallible === false,
  };
}

const identity: Conversion = { cast: (value) => value, inline: (value) => value, checkRange: false, fallible: false };

function findConversion(from: DataType, to: DataType, context: CastContext): Conversion | undefined {
  if (typesEqual(from, to)) return identity;
  if (from.kind === "null") return { cast: () => null, fallible: false };
  if (to.kind === "null") return undefined;
  const elements = (source: DataType, target: DataType) => valueCast(source, target, context);
  if (from.kind === "json" || to.kind === "json") return jsonConversion(from, to, context.timeZone, elements);
  if (to.kind === "enum") {
    const values = new Set(to.values);
    if (from.kind !== "varchar" && from.kind !== "enum") return undefined;
    return {
      cast: (text: string) => (values.has(text) ? text : undefined),
      explain: (text: string) => `could not convert string '${text}' to ${typeName(to)}`,
    };
  }
  if (from.kind === "enum") {
    if (to.kind === "varchar") return identity;
    return findConversion({ kind: "varchar" }, to, context);
  }
  const binary = binaryConversion(from, to);
  if (binary !== undefined) return binary;
  if (to.kind === "varchar") return { cast: textForm(from, context.timeZone), fallible: false };
  if (isNested(to)) return nestedConversion(from, to, context, elements);
  const numeric = (type: DataType) => isNumeric(type) || type.kind === "boolean";
  if (numeric(to) && (numeric(from) || from.kind === "varchar")) return numericConversion(from, to);
  return temporalConversion(from, to, context);
}

/** A cast of values in value form. */
function valueCast(from: DataType, to: DataType, context: CastContext): ValueCast | undefined {
  const conversion = findConversion(from, to, context);
  if (conversion === undefined) return undefined;
  const cast = conversion.wide ?? conversion.cast;
  if (context.try === true) return (value) => (value === null ? null : (cast(value) ?? null));
  return (value) => (value === null ? null : cast(value));
}

/** Casts one value (core/value.ts). Throws as CAST does, at `span`, or gives null with `try`. */
export function castValue(from: DataType, to: DataType, value: Value, options: CastOptions = {}, span?: Span): Value {
  if (value === null) return null;
  const implementation = castImplementation(from, to, options, span);
  try {
    return (implementation.wide ?? implementation.impl)(value) ?? null;
  } catch (error) {
    if (error instanceof WeirError) error.span ??= span;
    throw error;
  }
}

/** Casts a whole vector. */
export function castVector(vector: Vector, to: DataType, options: CastOptions = {}, span?: Span): Vector {
  if (typesEqual(vector.type, to)) return vector;
  const implementation = castImplementation(vector.type, to, options, span);
  if (implementation.infallible && sameBytes(vector.type, to)) return retype(vector, to);
  const cast = implementation.wide ?? implementation.impl;
  const read = valueReader(vector);
  const builder = makeBuilder(to, vector.length);
  for (let i = 0; i < vector.length; i++) {
    const value = read(i);
    builder.append(value === null ? null : cast(value));
  }
  return builder.finish();
}

/** Text that only changes its type. */
const sameBytes = (from: DataType, to: DataType): boolean => physicalOf(from) === "bytes" && to.kind === "varchar" && from.kind !== "blob";

function retype(vector: Vector, type: DataType): Vector {
  return { ...vector, type } as Vector;
}
