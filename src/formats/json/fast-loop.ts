import { generatedFunction } from "../../core/generated.ts";
import { typeName } from "../../core/types.ts";
import { type ColumnSink, NumberSink, TextSink } from "../column-sink.ts";
import { skipValue } from "./bytes.ts";
import type { LoopCursor } from "./decoder.ts";
import { NestedSink } from "./nested-sink.ts";

/** How the records of a file are laid out: `separators[i]` stands before value i, the last one after the last value. */
export interface Layout {
  /** Column of each value, -1 for a key that is no column. */
  readonly columns: readonly number[];
  readonly separators: readonly Uint8Array[];
}

export interface LoopColumn {
  readonly sink: ColumnSink | NestedSink | null;
  readonly kind: "skip" | "nested" | "text" | "plain" | "dictionary" | "int64" | "int32" | "double" | "boolean";
}

export type FastLoop = (bytes: Uint8Array, view: DataView, position: number, end: number, capacity: number) => number;

/**
 * The loop for one layout. Keys stand in it as numbers read from a table at its start, four bytes at a time; no name or string of the file is
 * ever part of its text.
 */
export function generateLoop(
  layout: Layout,
  columns: readonly LoopColumn[],
  missing: readonly (ColumnSink | NestedSink)[],
  cursor: LoopCursor,
  careful: (start: number, row: number) => number,
  powers: Float64Array,
): FastLoop {
  const words: number[] = [];
  const load: string[] = [];
  const store: string[] = [];
  const sync: string[] = [];
  const reload: string[] = [];
  const steps: string[] = [];
  columns.forEach(({ sink, kind }, i) => {
    steps.push(matchBytes(layout.separators[i], words, load));
    steps.push(readValue(i, kind));
    if (sink === null || sink instanceof NestedSink) {
      if (sink !== null) load.push(`const s${i} = sinks[${i}];`);
      return;
    }
    load.push(`const s${i} = sinks[${i}], v${i} = s${i}.validity; let n${i} = s${i}.nulls;`);
    store.push(`s${i}.nulls = n${i};`);
    sync.push(`s${i}.nulls = n${i};`);
    reload.push(`n${i} = s${i}.nulls;`);
    if (sink instanceof TextSink && kind === "dictionary") {
      load.push(`const c${i} = s${i}.codes, y${i} = s${i}.dictionary;`);
    } else if (sink instanceof TextSink && kind === "plain") {
      load.push(`const o${i} = s${i}.offsets; let b${i} = s${i}.bytes, p${i} = s${i}.position, l${i} = b${i}.length;`);
      sync.push(`s${i}.position = p${i};`);
      reload.push(`b${i} = s${i}.bytes; p${i} = s${i}.position; l${i} = b${i}.length;`);
      store.push(`s${i}.position = p${i};`);
    } else if (sink instanceof NumberSink) {
      load.push(kind === "int64" ? `const h${i} = s${i}.halves;` : `const d${i} = s${i}.data;`);
    }
  });
  steps.push(matchBytes(layout.separators[columns.length], words, load));
  const absent = missing.map((_, i) => `absent[${i}].setNull(row);`).join(" ");
  const source = `return function jsonLoop(bytes, view, pos, end, capacity) {
  ${load.join("\n  ")}
  let row = 0;
  while (row < capacity) {
    while (bytes[pos] <= 32 && pos < end) pos++;
    if (pos >= end) break;
    const start = pos;
    fast: {
${steps.join("\n")}
      if (pos > end) break fast;
      ${absent}
      row++;
      continue;
    }
    ${sync.join(" ")}
    pos = careful(start, row);
    row += cursor.kept;
    ${reload.join(" ")}
    if (cursor.stop) break;
  }
  ${store.join(" ")}
  cursor.position = pos;
  return row;
};`;
  const params = ["sinks", "absent", "words", "cursor", "careful", "powers", "skipValue"];
  const signature = columns.map(({ kind, sink }) => `${kind} ${sink === null ? "" : typeName(sink.type)}`).join();
  const make = generatedFunction<(...args: unknown[]) => FastLoop>(params, source, signature);
  return make(
    columns.map((column) => column.sink),
    missing,
    Int32Array.from(words),
    cursor,
    careful,
    powers,
    skipValue,
  );
}

/** Code that compares the bytes at `pos` with a separator and steps over it. */
function matchBytes(separator: Uint8Array, words: number[], load: string[]): string {
  const lines: string[] = [];
  for (let at = 0; at < separator.length; at += 4) {
    const count = Math.min(4, separator.length - at);
    let word = 0;
    for (let i = 0; i < count; i++) word |= separator[at + i] << (8 * i);
    const index = words.push(word) - 1;
    load.push(`const k${index} = words[${index}];`);
    const mask = count === 4 ? "" : ` & ${2 ** (8 * count) - 1}`;
    lines.push(`if ((view.getInt32(pos + ${at}, true)${mask}) !== k${index}) break fast;`);
  }
  lines.push(`pos += ${separator.length};`);
  return `      ${lines.join(" ")}`;
}

/** The words null and true, and the end of false, as little-endian integers. */
const NULL = 0x6c6c756e;
const TRUE = 0x65757274;
const ALSE = 0x65736c61;

/** Code that reads value `i` at `pos` and leaves `pos` after it, or breaks out of `fast`. */
function readValue(i: number, kind: LoopColumn["kind"]): string {
  const isNull = `view.getInt32(pos, true) === ${NULL}`;
  const setNull = `v${i}[row] = 0; n${i}++; pos += 4;`;
  switch (kind) {
    case "skip":
      return `      { let c = bytes[pos];
        if (c === 34) { do { c = bytes[++pos]; if (c === 92 || c < 32) break fast; } while (c !== 34); pos++; }
        else if (c >= 49 && c <= 57) { do c = bytes[++pos]; while (c >= 48 && c <= 57);
          if (c === 46) { const point = pos; do c = bytes[++pos]; while (c >= 48 && c <= 57); if (pos === point + 1) break fast; }
          if ((c | 32) === 101) break fast; }
        else if (c === 116) { if (view.getInt32(pos, true) !== ${TRUE}) break fast; pos += 4; }
        else if (c === 102) { if (view.getInt32(pos + 1, true) !== ${ALSE}) break fast; pos += 5; }
        else if (${isNull}) pos += 4;
        else { pos = skipValue(bytes, pos, end); if (pos < 0) break fast; } }`;
    case "nested":
      return `      { const from = pos; pos = skipValue(bytes, pos, end); if (pos < 0) break fast;
        if (bytes[from] === 110) s${i}.setNull(row); else if (!s${i}.set(row, bytes, from, pos)) break fast; }`;
    case "text":
      return `      if (bytes[pos] === 34) { const from = ++pos; let c = bytes[pos];
        while (c !== 34) { if (c === 92 || c < 32) break fast; c = bytes[++pos]; }
        if (!s${i}.setText(row, bytes, from, pos)) break fast; pos++; }
      else break fast;`;
    case "boolean":
      return `      { const c = bytes[pos]; if (c === 116) { if (view.getInt32(pos, true) !== ${TRUE}) break fast; d${i}[row] = 1; pos += 4; }
        else if (c === 102) { if (view.getInt32(pos + 1, true) !== ${ALSE}) break fast; d${i}[row] = 0; pos += 5; }
        else if (${isNull}) { d${i}[row] = 0; ${setNull} } else break fast; }`;
    case "int64":
    case "int32":
      return `      { let c = bytes[pos];
        if (c === 110) { if (!(${isNull})) break fast; ${setNull} ${kind === "int64" ? `h${i}[2 * row] = 0; h${i}[2 * row + 1] = 0;` : `d${i}[row] = 0;`} }
        else { const negative = c === 45; if (negative) c = bytes[++pos]; const from = pos; let x = 0;
          while (c >= 48 && c <= 57) { x = x * 10 + (c - 48); c = bytes[++pos]; }
          if (pos === from || pos - from > ${kind === "int64" ? 15 : 9} || c === 46 || (c | 32) === 101) break fast;
          if (negative) x = -x;
          ${kind === "int64" ? `h${i}[2 * row] = x; h${i}[2 * row + 1] = x >= 0 && x < 4294967296 ? 0 : Math.floor(x / 4294967296);` : `d${i}[row] = x;`} } }`;
    case "double":
      return `      { let c = bytes[pos];
        if (c === 110) { if (!(${isNull})) break fast; d${i}[row] = 0; ${setNull} }
        else { const negative = c === 45; if (negative) c = bytes[++pos]; const from = pos; let x = 0;
          while (c >= 48 && c <= 57) { x = x * 10 + (c - 48); c = bytes[++pos]; }
          let digits = pos - from; if (digits === 0) break fast;
          if (c === 46) { const point = pos; c = bytes[++pos];
            while (c >= 48 && c <= 57) { x = x * 10 + (c - 48); c = bytes[++pos]; }
            const after = pos - point - 1; digits += after; if (after === 0 || digits > 15) break fast; x /= powers[after]; }
          else if (digits > 15) break fast;
          if ((c | 32) === 101) break fast;
          d${i}[row] = negative ? -x : x; } }`;
    case "dictionary":
      return `      if (bytes[pos] === 34) { const from = pos + 1; let c = 0; pos = from;
        for (c = bytes[pos]; c !== 34; c = bytes[++pos]) if (c === 92 || c < 32) break fast;
        const code = y${i}.find(view, from, pos);
        if (code >= 0) { c${i}[row] = code; pos++; }
        else { const fresh = y${i}.codeOf(bytes, from, pos); if (fresh < 0) break fast;
          y${i}.addSpelling(view, from, pos, fresh); c${i}[row] = fresh; pos++; } }
      else if (${isNull}) { c${i}[row] = 0; ${setNull} } else break fast;`;
    case "plain":
      return `      if (bytes[pos] === 34) { const from = pos + 1; let c = bytes[pos = from];
        while (c !== 34) { if (c === 92 || c < 32) break fast; c = bytes[++pos]; }
        const length = pos - from;
        if (p${i} + length > l${i}) { s${i}.position = p${i}; s${i}.reserve(length); b${i} = s${i}.bytes; l${i} = b${i}.length; }
        for (let k = from; k < pos; k++) b${i}[p${i}++] = bytes[k];
        o${i}[row + 1] = p${i}; pos++; }
      else if (${isNull}) { o${i}[row + 1] = p${i}; ${setNull} } else break fast;`;
  }
}
