import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { BATCH_ROWS, type BytesVector, type DictionaryVector, makeDictionary, type RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";

/** How the rows of a stream look: what a case must not depend on. */
export interface Variant {
  readonly name: string;
  /** Names of the time, key, price and quantity columns. */
  readonly columns: readonly [string, string, string, string];
  /** Every tenth price and quantity is NULL. */
  readonly nulls: boolean;
  /** A fifth column, of doubles. */
  readonly wider: boolean;
  /** Keys come in no order; otherwise they go round. */
  readonly unsorted: boolean;
}

const plain: Variant = { name: "plain", columns: ["ts", "symbol", "price", "qty"], nulls: false, wider: false, unsorted: false };

export const VARIANTS: readonly Variant[] = [
  plain,
  { ...plain, name: "renamed", columns: ["event_time", "k", "x", "n"] },
  { ...plain, name: "nulls", nulls: true },
  { ...plain, name: "wider", wider: true },
  { ...plain, name: "unsorted", unsorted: true },
];

export const START = 1_700_000_000_000_000;

export interface StreamData {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
}

/** A seeded generator of numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** `rows` rows `step` microseconds apart, of `keys` keys; batches stand in memory when it returns. Half of the prices are above 500. */
export function streamData(rows: number, keys: number, step: number, variant: Variant, seed = 42, batchRows = BATCH_ROWS): StreamData {
  const random = randomNumbers(seed);
  const [ts, key, price, qty] = variant.columns;
  const schema: Schema = [
    { name: ts, type: TIMESTAMP },
    { name: key, type: VARCHAR },
    { name: price, type: DOUBLE },
    { name: qty, type: BIGINT },
    ...(variant.wider ? [{ name: "more", type: DOUBLE }] : []),
  ];
  const names = vectorFromValues(
    VARCHAR,
    Array.from({ length: keys }, (_, i) => `symbol-${i}`),
  ) as BytesVector;
  const dictionary = makeDictionary(names);
  const batches: RecordBatch[] = [];
  for (let from = 0; from < rows; from += batchRows) {
    const length = Math.min(batchRows, rows - from);
    const times = new BigInt64Array(length);
    const codes = new Int32Array(length);
    const prices = new Float64Array(length);
    const quantities = new BigInt64Array(length);
    const more = new Float64Array(variant.wider ? length : 0);
    const validity = variant.nulls ? new Uint8Array(length).fill(1) : null;
    for (let i = 0; i < length; i++) {
      times[i] = BigInt(START + (from + i) * step);
      codes[i] = variant.unsorted ? Math.floor(random() * keys) : (from + i) % keys;
      if (validity !== null && random() < 0.1) {
        validity[i] = 0;
        continue;
      }
      prices[i] = Math.floor(random() * 100_000) / 100;
      quantities[i] = BigInt(Math.floor(random() * 1000));
      if (variant.wider) more[i] = random();
    }
    const symbol: DictionaryVector = { layout: "dictionary", type: VARCHAR, length, validity: null, codes, dictionary };
    const columns: RecordBatch["columns"] = [
      { layout: "flat", type: TIMESTAMP, length, validity: null, data: times },
      symbol,
      { layout: "flat", type: DOUBLE, length, validity, data: prices },
      { layout: "flat", type: BIGINT, length, validity, data: quantities },
      ...(variant.wider ? [{ layout: "flat", type: DOUBLE, length, validity: null, data: more } as const] : []),
    ];
    batches.push({ columns, length });
  }
  return { schema, batches };
}
