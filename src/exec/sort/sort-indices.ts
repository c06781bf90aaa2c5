import { keyWordsOf, type SortColumn } from "./key-words.ts";
import { RadixSort } from "./radix-sort.ts";

export type { SortColumn } from "./key-words.ts";

/**
 * Row numbers 0 up to `length` in the order of `keys`, the first key deciding first. Stable. Texts compare by their UTF-8 bytes, NaN is the
 * greatest number, -0 equals 0, ENUMs go by their place in the type. `checkInterrupt` is called at least every 64k rows.
 */
export function sortIndices(keys: readonly SortColumn[], length: number, checkInterrupt: () => void): Int32Array {
  const sort = new RadixSort(keyWordsOf(keys), length);
  for (const _piece of sort.run()) checkInterrupt();
  return sort.rows;
}
