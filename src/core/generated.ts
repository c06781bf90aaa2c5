/**
 * Generated functions of this thread, kept by what they were made from: a query that runs again, or another of the same shape, finds its loops
 * compiled and optimised. `signature` must fix the types of everything the text works on (column types and layouts, the functions it is handed),
 * because V8 shares type feedback between identical texts; a serial number keeps texts of different signatures apart.
 *
 * The text is the engine's own. Numbers may stand in it, names and strings of a query never do; they may be part of the signature, which is only
 * compared.
 */
export function generatedFunction<F>(params: readonly string[], text: string, signature: string): F {
  const key = `${params.join()}\n${text}\n${signature}`;
  let made = cache.get(key);
  if (made === undefined) {
    if (cache.size >= LIMIT) cache.delete(cache.keys().next().value as string);
    made = new Function(...params, `"use strict"; // generated ${serial++}\n${text}`);
  } else cache.delete(key);
  // The order of the map is that of use: the first is the one unused for longest.
  cache.set(key, made);
  return made as F;
}

const LIMIT = 500;
const cache = new Map<string, unknown>();
let serial = 1;
