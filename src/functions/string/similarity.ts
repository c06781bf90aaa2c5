import type { ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { BIGINT, DOUBLE } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { utf8Bytes } from "./code-points.ts";

/** All of these compare UTF-8 bytes, as DuckDB does. */
const onBytes = (f: (a: Uint8Array, b: Uint8Array) => number) => (a: string, b: string) => f(utf8Bytes(a), utf8Bytes(b));

/** Fewest insertions, deletions and replacements. */
function levenshtein(a: Uint8Array, b: Uint8Array): number {
  let previous = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  let current = new Int32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    current[0] = i;
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    [previous, current] = [current, previous];
  }
  return previous[b.length];
}

/** As levenshtein, and a swap of neighbours costs one, even with edits between them. */
function damerauLevenshtein(a: Uint8Array, b: Uint8Array): number {
  const width = b.length + 2;
  const far = a.length + b.length;
  const cost = new Int32Array((a.length + 2) * width);
  cost[0] = far;
  for (let i = 0; i <= a.length; i++) {
    cost[(i + 1) * width] = far;
    cost[(i + 1) * width + 1] = i;
  }
  for (let j = 0; j <= b.length; j++) {
    cost[j + 1] = far;
    cost[width + j + 1] = j;
  }
  const lastRow = new Int32Array(256);
  for (let i = 1; i <= a.length; i++) {
    let lastMatch = 0;
    for (let j = 1; j <= b.length; j++) {
      const row = lastRow[b[j - 1]];
      const column = lastMatch;
      const same = a[i - 1] === b[j - 1];
      if (same) lastMatch = j;
      cost[(i + 1) * width + j + 1] = Math.min(
        cost[i * width + j] + (same ? 0 : 1),
        cost[(i + 1) * width + j] + 1,
        cost[i * width + j + 1] + 1,
        cost[row * width + column] + (i - row - 1) + 1 + (j - column - 1),
      );
    }
    lastRow[a[i - 1]] = i;
  }
  return cost[(a.length + 1) * width + b.length + 1];
}

function hamming(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw runtimeError(`hamming needs texts of equal length, and got ${a.length} and ${b.length} bytes`);
  if (a.length === 0) throw runtimeError("hamming needs texts that are not empty");
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

function jaccard(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) throw runtimeError("jaccard needs texts that are not empty");
  const left = new Set(a);
  const right = new Set(b);
  let shared = 0;
  for (const byte of left) if (right.has(byte)) shared++;
  return shared / (left.size + right.size - shared);
}

function jaro(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) return 0;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(b.length);
  const matched = new Uint8Array(a.length);
  let matches = 0;
  for (let i = 0; i < a.length; i++) {
    const end = Math.min(b.length, i + reach + 1);
    for (let j = Math.max(0, i - reach); j < end; j++) {
      if (taken[j] || a[i] !== b[j]) continue;
      taken[j] = 1;
      matched[i] = 1;
      matches++;
      break;
    }
  }
  if (matches === 0) return 0;
  let swapped = 0;
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    if (!matched[i]) continue;
    while (!taken[j]) j++;
    if (a[i] !== b[j]) swapped++;
    j++;
  }
  const transpositions = Math.floor(swapped / 2);
  return (matches / a.length + matches / b.length + (matches - transpositions) / matches) / 3;
}

/** Jaro, raised for a common prefix of up to 4 where it is above 0.7. */
function jaroWinkler(a: Uint8Array, b: Uint8Array): number {
  const similarity = jaro(a, b);
  if (similarity <= 0.7) return similarity;
  let prefix = 0;
  while (prefix < 4 && prefix < a.length && prefix < b.length && a[prefix] === b[prefix]) prefix++;
  return similarity + prefix * 0.1 * (1 - similarity);
}

const distance = (f: (a: Uint8Array, b: Uint8Array) => number): ScalarOverload[] => [
  { args: ["varchar", "varchar"], returns: BIGINT, checkRange: false, impl: onBytes(f) },
];

const similarity = (f: (a: Uint8Array, b: Uint8Array) => number): ScalarOverload[] => [
  { args: ["varchar", "varchar"], returns: DOUBLE, impl: onBytes(f) },
  {
    args: ["varchar", "varchar", "double"],
    returns: DOUBLE,
    impl: (a: string, b: string, cutoff: number) => {
      const result = f(utf8Bytes(a), utf8Bytes(b));
      return result >= cutoff ? result : 0;
    },
  },
];

const CUTOFF = "; below a cutoff, where one is given, 0.";

export const similarityEntries: readonly ScalarEntry[] = [
  {
    name: "levenshtein",
    aliases: ["editdist3"],
    doc: doc(
      "Fewest insertions, deletions and replacements of bytes that turn one text into the other.",
      ["a", "b"],
      "levenshtein('duck', 'db')",
      "3",
    ),
    overloads: distance(levenshtein),
  },
  {
    name: "damerau_levenshtein",
    doc: doc("As levenshtein, and a swap of neighbours counts one.", ["a", "b"], "damerau_levenshtein('duckdb', 'udckbd')", "2"),
    overloads: distance(damerauLevenshtein),
  },
  {
    name: "hamming",
    aliases: ["mismatches"],
    doc: doc("Number of places where two texts of equal length differ.", ["a", "b"], "hamming('duck', 'luck')", "1"),
    overloads: distance(hamming),
  },
  {
    name: "jaccard",
    doc: doc("Jaccard similarity of the sets of bytes, from 0 to 1.", ["a", "b"], "jaccard('duck', 'luck')", "0.6"),
    overloads: [{ args: ["varchar", "varchar"], returns: DOUBLE, impl: onBytes(jaccard) }],
  },
  {
    name: "jaro_similarity",
    doc: doc(`Jaro similarity, from 0 to 1${CUTOFF}`, ["a", "b", "cutoff"], "jaro_similarity('duck', 'duckdb')", "0.8888888888888888"),
    overloads: similarity(jaro),
  },
  {
    name: "jaro_winkler_similarity",
    doc: doc(
      `Jaro-Winkler similarity, from 0 to 1${CUTOFF}`,
      ["a", "b", "cutoff"],
      "jaro_winkler_similarity('duck', 'duckdb')",
      "0.9333333333333333",
    ),
    overloads: similarity(jaroWinkler),
  },
];
