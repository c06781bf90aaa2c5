import { WeirError } from "../core/errors.ts";

/** Plain data that JSON cannot spell is written as an object whose one key begins with `$`; a plain object with such a key is written as `$object`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
} as const;

const isPlainNumber = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

/** Plain data (texts, numbers, bigints, booleans, null, undefined, typed arrays, and arrays and objects of them) as JSON. Throws for anything else. */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "number":
      return isPlainNumber(value) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return { $bigint: String(value) };
    case "undefined":
      return { $undefined: true };
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(toJson);
      if (ArrayBuffer.isView(value)) return arrayToJson(value);
      if (isPlainObject(value)) return objectToJson(value);
  }
  throw new WeirError("internal", `a position cannot hold ${Object.prototype.toString.call(value)}`);
}

const isPlainObject = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

function arrayToJson(view: ArrayBufferView): Json {
  const { name } = view.constructor;
  if (!Object.hasOwn(ARRAYS, name)) throw new WeirError("internal", `a position cannot hold ${name}`);
  return { $array: name, base64: Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64") };
}

function objectToJson(value: Record<string, unknown>): Json {
  const entries = Object.entries(value).map(([key, item]) => [key, toJson(item)] as const);
  const isMarked = entries.some(([key]) => key.startsWith("$") || key === "__proto__");
  return isMarked ? { $object: entries } : Object.fromEntries(entries);
}

/** What `toJson` was given. Throws an error without place for what it cannot have written. */
export function fromJson(json: Json): unknown {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const object = json as { readonly [key: string]: Json };
  const [first] = Object.keys(object);
  if (first === undefined || !first.startsWith("$")) return fromEntries(Object.entries(object));
  const value = object[first];
  if (first === "$undefined") return undefined;
  if (first === "$number" && typeof value === "string") return Number(value);
  if (first === "$bigint" && typeof value === "string" && /^-?\d+$/.test(value)) return BigInt(value);
  if (first === "$object" && Array.isArray(value)) return fromEntries(value.map(entryOf));
  if (first === "$array" && typeof value === "string" && Object.hasOwn(ARRAYS, value)) {
    const bytes = Uint8Array.from(Buffer.from(String(object.base64), "base64"));
    return new ARRAYS[value as keyof typeof ARRAYS](bytes.buffer);
  }
  throw new WeirError("io", `unknown spelling "${first}"`);
}

function entryOf(json: Json): readonly [string, Json] {
  if (Array.isArray(json) && json.length === 2 && typeof json[0] === "string") return [json[0], json[1]];
  throw new WeirError("io", "an entry of $object is no pair");
}

/** `__proto__` becomes a property like any other. */
function fromEntries(entries: readonly (readonly [string, Json])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([key, item]) => [key, fromJson(item)]));
}
