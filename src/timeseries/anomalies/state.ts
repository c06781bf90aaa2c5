/**
 * States of detectors whose fields are all plain: numbers, booleans, strings, typed arrays, arrays of those, and objects made of the same.
 */

type Fields = Record<string, unknown>;

/** A copy of all fields, without their classes. */
export function takeState(object: object): unknown {
  return copy(object);
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return (value as Float64Array).slice();
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copy(field)]));
}

/**
 * Puts back what `takeState` gave into an object that was made with the same options. Fields that hold objects keep their classes.
 * Arrays of objects must be as long as they were.
 */
export function putState<T extends object>(object: T, state: unknown): T {
  const target = object as Fields;
  for (const [name, field] of Object.entries(state as Fields)) {
    const own = target[name];
    if (isObject(own) && isObject(field)) putState(own, field);
    else if (Array.isArray(own) && own.length > 0 && isObject(own[0]))
      for (let i = 0; i < own.length; i++) putState(own[i], (field as unknown[])[i]);
    else target[name] = copy(field);
  }
  return object;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
}

/** Bytes that a detector holds, about. */
export function stateBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 64;
  for (const field of Object.values(value)) bytes += stateBytes(field);
  return bytes;
}
