import { runtimeError } from "../../core/errors.ts";

/**
 * The state of a user's aggregate as plain data: numbers, strings, booleans, bigints, null, undefined, dates, arrays, Map, Set, typed arrays, array
 * buffers, and objects of these. That is what a checkpoint writes, other threads are sent, and a copy can be made of.
 */

/** Nested deeper than this it is taken for a state that contains itself. */
const MOST_DEPTH = 200;

/** A copy that shares nothing with `state`. Throws where something in it is not plain data, and names that. */
export function copyState(name: string, state: unknown): unknown {
  return copyAt(state, { name, path: [] });
}

interface Place {
  readonly name: string;
  readonly path: (string | number)[];
}

function copyAt(value: unknown, place: Place): unknown {
  if (typeof value !== "object" || value === null) {
    if (typeof value === "function" || typeof value === "symbol") throw notPlain(place, `a ${typeof value}`);
    return value;
  }
  if (place.path.length > MOST_DEPTH) throw notPlain({ name: place.name, path: place.path.slice(0, 3) }, "nested without end");
  if (Array.isArray(value)) {
    return value.map((item, i) => within(item, place, i));
  }
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView) return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
    return (value as Uint8Array).slice();
  }
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    for (const [key, item] of value) copy.set(within(key, place, "key"), within(item, place, String(key)));
    return copy;
  }
  if (value instanceof Set) return new Set(Array.from(value, (item) => within(item, place, "element")));
  if (value instanceof ArrayBuffer) return value.slice(0);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notPlain(place, `an instance of ${(value.constructor as { name?: string } | undefined)?.name ?? "a class"}`);
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = within((value as Record<string, unknown>)[key], place, key);
  return copy;
}

function within(value: unknown, place: Place, step: string | number): unknown {
  if ((typeof value !== "object" || value === null) && typeof value !== "function" && typeof value !== "symbol") return value;
  place.path.push(step);
  const copy = copyAt(value, place);
  place.path.pop();
  return copy;
}

function notPlain({ name, path }: Place, what: string) {
  const at = path.length === 0 ? "it" : `state${path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`;
  return runtimeError(
    `the state of ${name} cannot be kept in a checkpoint: ${at} is ${what}`,
    undefined,
    "a state is plain data: numbers, texts, booleans, bigints, dates, arrays, Map, Set, typed arrays and objects of these",
  );
}

/** What kinds of value a state has under which names, at the top: states of different forms cannot stand in for one another. */
export function stateForm(state: unknown): string {
  if (typeof state !== "object" || state === null) return state === null ? "null" : typeof state;
  if (Object.getPrototypeOf(state) !== Object.prototype) return Object.prototype.toString.call(state);
  return JSON.stringify(Object.entries(state).map(([key, value]) => [key, Array.isArray(value) ? "array" : typeof value]));
}

const OBJECT_BYTES = 32;
const SLOT_BYTES = 8;

/** About how many bytes a state takes up. Of long arrays and maps some elements stand for all. */
export function stateBytes(state: unknown): number {
  switch (typeof state) {
    case "string":
      return OBJECT_BYTES + state.length;
    case "bigint":
      return OBJECT_BYTES;
    case "object":
      break;
    default:
      return SLOT_BYTES;
  }
  if (state === null) return SLOT_BYTES;
  if (ArrayBuffer.isView(state) || state instanceof ArrayBuffer) return OBJECT_BYTES + state.byteLength;
  if (Array.isArray(state)) return OBJECT_BYTES + sampled(state, state.length);
  if (state instanceof Map) return OBJECT_BYTES + sampled(state.keys(), state.size) + sampled(state.values(), state.size);
  if (state instanceof Set) return OBJECT_BYTES + sampled(state, state.size);
  let bytes = OBJECT_BYTES;
  for (const key of Object.keys(state)) bytes += SLOT_BYTES + stateBytes((state as Record<string, unknown>)[key]);
  return bytes;
}

const SAMPLE = 8;

function sampled(items: Iterable<unknown>, size: number): number {
  let seen = 0;
  let bytes = 0;
  for (const item of items) {
    bytes += SLOT_BYTES + stateBytes(item);
    if (++seen === SAMPLE) break;
  }
  return seen === 0 ? 0 : (bytes / seen) * size;
}
