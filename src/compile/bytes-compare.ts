import { Buffer } from "node:buffer";
import type { Value } from "../core/value.ts";

/** Bytes of a text or blob constant; undefined for any other. */
export function constantBytes(value: Value | undefined): Uint8Array | undefined {
  if (typeof value === "string") return new Uint8Array(Buffer.from(value, "utf8"));
  return value instanceof Uint8Array ? value : undefined;
}

/** bytes[start] up to bytes[end] are exactly `wanted`. */
export function bytesEqual(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  const length = wanted.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/** Order of bytes[start] up to bytes[end] against `other`: negative, 0 or positive. */
export function bytesOrder(bytes: Uint8Array, start: number, end: number, other: Uint8Array): number {
  const length = Math.min(end - start, other.length);
  for (let i = 0; i < length; i++) {
    const difference = bytes[start + i] - other[i];
    if (difference !== 0) return difference;
  }
  return end - start - other.length;
}
