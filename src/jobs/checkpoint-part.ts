import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { WeirError } from "../core/errors.ts";
import { type BytesVector, type Dictionary, makeDictionary } from "../core/vector.ts";

/** An operator's state as bytes: V8's structured clone format, which holds data only. Reading it runs no code. */
export interface EncodedPart {
  readonly bytes: Uint8Array;
  /** CRC-32. */
  readonly checksum: number;
}

export function encodePart(data: unknown): EncodedPart {
  const bytes = serialize(data);
  return { bytes, checksum: crc32(bytes) };
}

/** The data of a part. Arrays may share `bytes`, which must not change any more. Throws for bytes that are not what was written. */
export function decodePart(bytes: Uint8Array, checksum: number): unknown {
  const found = crc32(bytes);
  if (found !== checksum) throw new WeirError("io", `its checksum is ${hex(found)} and not ${hex(checksum)}`);
  return revive(deserialize(bytes), new Map());
}

const hex = (checksum: number): string => checksum.toString(16).padStart(8, "0");

/** Checks that a value is plain data, and gives dictionaries a new identity: their numbers are those of the thread that wrote them. */
function revive(value: unknown, dictionaries: Map<object, Dictionary>): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === "object") value[i] = revive(item, dictionaries);
    }
    return value;
  }
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [revive(key, dictionaries), revive(item, dictionaries)]));
  if (value instanceof Set || value instanceof Date || value instanceof ArrayBuffer) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype)
    throw new WeirError("io", `it holds ${value.constructor.name}, which no state does`);
  const object = value as Record<string, unknown>;
  if (object.layout === "dictionary" && "codes" in object)
    return { ...object, dictionary: reviveDictionary(object.dictionary, dictionaries) };
  for (const key of Object.keys(object)) object[key] = revive(object[key], dictionaries);
  return object;
}

function reviveDictionary(stored: unknown, dictionaries: Map<object, Dictionary>): Dictionary {
  if (typeof stored !== "object" || stored === null || !("values" in stored))
    throw new WeirError("io", "it holds a dictionary without values");
  let dictionary = dictionaries.get(stored);
  if (dictionary === undefined) {
    dictionary = makeDictionary(stored.values as BytesVector);
    dictionaries.set(stored, dictionary);
  }
  return dictionary;
}
