import { type DataType, integerRange, isInteger, physicalOf } from "../../core/types.ts";
import { HASH_FACTOR } from "../byte-dictionary.ts";
import { type ColumnSink, TextSink } from "../column-sink.ts";
import { parseDouble } from "../text/number.ts";
import type { CsvDialect } from "./dialect.ts";

/** Text of the loop for one dialect, set of types and set of wanted columns. */
export function generateLoop(
  types: readonly DataType[],
  sinks: readonly (ColumnSink | null)[],
  dialect: CsvDialect,
  nullTexts: readonly Buffer[],
  emptyIsNull: boolean,
  crlf: boolean,
): string {
  const nulls = { emptyIsNull, lengths: [...new Set(nullTexts.map((text) => text.length))] };
  const numbersAreNull = nullTexts.some((text) => parseDouble(text, 0, text.length));
  const load: string[] = [];
  const store: string[] = [];
  const before: string[] = [];
  const after: string[] = [];
  const reload: string[] = [];
  const fields: string[] = [];
  types.forEach((type, i) => {
    const sink = sinks[i];
    const terminator = i === types.length - 1 ? dialect.newline : dialect.delimiter;
    const code = new FieldCode(i, terminator, i === types.length - 1, dialect, nulls, crlf);
    if (sink === null) {
      fields.push(code.skip());
      return;
    }
    load.push(`const s${i} = sinks[${i}], v${i} = s${i}.validity; let n${i} = s${i}.nulls;`);
    store.push(`s${i}.nulls = n${i};`);
    before.push(`s${i}.nulls = n${i};`);
    after.push(`n${i} = s${i}.nulls;`);
    if (sink instanceof TextSink && type.kind === "varchar") {
      if (sink.dictionary !== null) {
        load.push(`const c${i} = s${i}.codes, y${i} = s${i}.dictionary; let ${code.dictionaryNames.join(", ")};`);
        const fresh = code.dictionaryNames.map((name, k) => `${name} = y${i}.${DICTIONARY_FIELDS[k]};`).join(" ");
        load.push(fresh);
        reload.push(fresh);
        fields.push(code.dictionary());
      } else {
        load.push(
          `const o${i} = s${i}.offsets; let b${i} = s${i}.bytes, p${i} = s${i}.position, l${i} = b${i}.length, w${i} = new DataView(b${i}.buffer);`,
        );
        before.push(`s${i}.position = p${i};`);
        after.push(
          `p${i} = s${i}.position; if (b${i} !== s${i}.bytes) { b${i} = s${i}.bytes; l${i} = b${i}.length; w${i} = new DataView(b${i}.buffer); }`,
        );
        store.push(`s${i}.position = p${i};`);
        fields.push(code.plainText());
      }
      return;
    }
    const physical = physicalOf(type);
    if (!numbersAreNull && !(sink instanceof TextSink) && isInteger(type) && physical !== "i128" && physical !== "u64") {
      load.push(physical === "i64" ? `const h${i} = s${i}.halves;` : `const d${i} = s${i}.data;`);
      fields.push(code.integer(type));
    } else if (!numbersAreNull && (type.kind === "double" || type.kind === "float") && dialect.decimalSeparator === 46) {
      load.push(`const d${i} = s${i}.data;`);
      fields.push(code.double());
    } else fields.push(code.converted());
  });
  return `return function csvLoop(bytes, view, pos, end, capacity) {
  // ${types.map((type) => type.kind).join(" ")}
  ${load.join("\n  ")}
  let row = 0;
  while (row < capacity && pos < end) {
    const start = pos;
    fast: {
      ${dialect.comment >= 0 ? `if (bytes[pos] === ${dialect.comment}) break fast;` : ""}
${fields.join("\n")}
      if (pos > end) break fast;
      row++;
      continue;
    }
    ${before.join(" ")}
    pos = careful(start, row);
    row += cursor.kept;
    ${after.join(" ")}
    if (cursor.stop) break;
    ${reload.join(" ")}
  }
  ${store.join(" ")}
  cursor.position = pos;
  return row;
};`;
}

const DICTIONARY_FIELDS = ["table", "mask", "shift", "entryStart", "entryLength", "entryCode", "words"];

/** Text that reads one field at `pos` and leaves `pos` after its terminator, or breaks out of `fast`. */
class FieldCode {
  readonly #i: number;
  readonly #terminator: number;
  readonly #isLast: boolean;
  readonly #dialect: CsvDialect;
  readonly #nulls: { readonly emptyIsNull: boolean; readonly lengths: readonly number[] };
  readonly #crlf: boolean;

  constructor(
    index: number,
    terminator: number,
    isLast: boolean,
    dialect: CsvDialect,
    nulls: { readonly emptyIsNull: boolean; readonly lengths: readonly number[] },
    crlf: boolean,
  ) {
    this.#i = index;
    this.#crlf = crlf;
    this.#nulls = nulls;
    this.#terminator = terminator;
    this.#isLast = isLast;
    this.#dialect = dialect;
  }

  get dictionaryNames(): string[] {
    return ["t", "m", "r", "w", "e", "k", "x"].map((letter) => `${letter}y${this.#i}`);
  }

  /** What a value must be followed by; `c` holds the byte at `pos`. */
  #closeValue(): string {
    if (!this.#isLast) return `if (c !== ${this.#terminator}) break fast; pos++;`;
    if (this.#dialect.newline === 13) return `if (c !== 13) break fast; pos++;`;
    return `if (c !== 10) { if (c !== 13 || bytes[pos + 1] !== 10) break fast; pos++; } pos++;`;
  }

  /** The byte right after a value. */
  get #closer(): number {
    return this.#isLast && this.#crlf ? 13 : this.#terminator;
  }

  /** The same, where the value's own terminator is known to be behind `pos`. */
  #closeShort(): string {
    return this.#isLast && this.#crlf ? "if (bytes[pos] !== 10) break fast; pos++;" : "";
  }

  /** True for the byte that ends a field at once: an empty one. */
  #endsHere(c: string): string {
    return this.#isLast && this.#dialect.newline === 10
      ? `(${c} === 10 || (${c} === 13 && bytes[pos + 1] === 10))`
      : `${c} === ${this.#terminator}`;
  }

  #null(): string {
    const i = this.#i;
    return `v${i}[row] = 0; n${i}++;`;
  }

  double(): string {
    const i = this.#i;
    return `      {
        let c = bytes[pos];
        if (${this.#endsHere("c")}) { ${this.#null()} d${i}[row] = 0; ${this.#closeValue()} }
        else {
          const negative = ((c ^ 45) - 1) >>> 31;
          const begin = pos, first = pos + negative;
          // up to three digits, a point and up to three more, without a branch on how many
          const a = view.getInt32(first, true), za = a ^ 0x2e2e2e2e, ta = (za - 0x01010101) & ~za & 0x80808080;
          const na = (31 - Math.clz32(ta & -ta)) >> 3, sa = (4 - na) << 3;
          const b = view.getInt32(first + na + 1, true), zb = b ^ ${Math.imul(this.#closer, 0x01010101)}, tb = (zb - 0x01010101) & ~zb & 0x80808080;
          const nb = (31 - Math.clz32(tb & -tb)) >> 3, sb = (4 - nb) << 3;
          const da = (a << sa) ^ (0x30303030 << sa), db = (b << sb) ^ (0x30303030 << sb);
          if (na > 0 && nb > 0 && (((da + 0x06060606) | da | (db + 0x06060606) | db) & 0xf0f0f0f0) === 0) {
            const pa = (Math.imul(da, 2561) >>> 8) & 0x00ff00ff, pb = (Math.imul(db, 2561) >>> 8) & 0x00ff00ff;
            const m = ((Math.imul(pa, 6553601) >>> 16) * integerPowers[nb] + (Math.imul(pb, 6553601) >>> 16)) / powers[nb];
            d${i}[row] = negative === 1 ? -m : m;
            pos = first + na + nb + 2;
            ${this.#closeShort()}
          } else {
            pos = first;
            c = bytes[pos];
            let m = 0, d = c - 48;
            while (d >= 0 && d <= 9) { m = m * 10 + d; c = bytes[++pos]; d = c - 48; }
            let digits = pos - first, scale = 0;
            if (c === 46) {
              const point = pos;
              c = bytes[++pos]; d = c - 48;
              while (d >= 0 && d <= 9) { m = m * 10 + d; c = bytes[++pos]; d = c - 48; }
              scale = pos - point - 1;
              digits += scale;
            }
            if (digits > 0 && digits <= 15 && ${this.#endsHere("c")}) {
              const value = scale === 0 ? m : m / powers[scale];
              d${i}[row] = negative === 1 ? -value : value;
              ${this.#closeValue()}
            } else {
              pos = begin;
              ${this.#bySink()}
            }
          }
        }
      }`;
  }

  integer(type: DataType): string {
    const i = this.#i;
    const wide = physicalOf(type) === "i64";
    const { min, max } = integerRange(type.kind);
    const digits = wide ? 15 : 10;
    const setNull = wide ? `h${i}[2 * row] = 0; h${i}[2 * row + 1] = 0;` : `d${i}[row] = 0;`;
    const set = wide
      ? `h${i}[2 * row] = m; h${i}[2 * row + 1] = Math.floor(m * ${2 ** -32});`
      : `if (m < ${min} || m > ${max}) break fast; d${i}[row] = m;`;
    const setShort = wide
      ? `h${i}[2 * row] = m; h${i}[2 * row + 1] = m >> 31;`
      : `if (m < ${min} || m > ${max}) break fast; d${i}[row] = m;`;
    return `      {
        let c = bytes[pos];
        if (${this.#endsHere("c")}) { ${this.#null()} ${setNull} ${this.#closeValue()} }
        else {
          const negative = ((c ^ 45) - 1) >>> 31;
          const begin = pos, first = pos + negative;
          // up to three digits without a branch on how many
          const a = view.getInt32(first, true), za = a ^ ${Math.imul(this.#closer, 0x01010101)}, ta = (za - 0x01010101) & ~za & 0x80808080;
          const na = (31 - Math.clz32(ta & -ta)) >> 3, sa = (4 - na) << 3;
          const da = (a << sa) ^ (0x30303030 << sa);
          if (na > 0 && (((da + 0x06060606) | da) & 0xf0f0f0f0) === 0) {
            const pa = (Math.imul(da, 2561) >>> 8) & 0x00ff00ff;
            const u = Math.imul(pa, 6553601) >>> 16;
            const m = (u ^ -negative) + negative;
            ${setShort}
            pos = first + na + 1;
            ${this.#closeShort()}
          } else {
            pos = first;
            c = bytes[pos];
            let m = 0, d = c - 48;
            while (d >= 0 && d <= 9) { m = m * 10 + d; c = bytes[++pos]; d = c - 48; }
            const digits = pos - first;
            if (digits > 0 && digits <= ${digits} && ${this.#endsHere("c")}) {
              if (negative === 1) m = 0 - m;
              ${set}
              ${this.#closeValue()}
            } else {
              pos = begin;
              ${this.#bySink()}
            }
          }
        }
      }`;
  }

  /** Finds the end of a spelling four bytes at a time, hashing it, and looks it up. Whatever is known holds no quote or line break to fear. */
  dictionary(): string {
    const i = this.#i;
    const [table, mask, shift, starts, lengths, codes, words] = this.dictionaryNames;
    const { quote } = this.#dialect;
    const pattern = Math.imul(this.#terminator, 0x01010101);
    // A quoted field ends at its closing quote, whatever stands inside
    const quoted =
      quote < 0
        ? ""
        : `if (bytes[pos] === ${quote}) {
          let close = pos + 1;
          while (bytes[close] !== ${quote} || bytes[++close] === ${quote}) if (++close >= end) break fast;
          for (; at + 4 <= close; at += 4) h = Math.imul(h ^ view.getInt32(at, true), ${HASH_FACTOR});
          rest = close - at;
          w = view.getInt32(at, true);
        } else `;
    const close = quote < 0 ? "pos++;" : `{ const c = bytes[pos]; ${this.#closeValue()} }`;
    return `      {
        let h = 0, at = pos, w = 0, rest = 0;
        ${quoted}{
          let t = 0;
          for (;;) {
            w = view.getInt32(at, true);
            const z = w ^ ${pattern};
            t = (z - 0x01010101) & ~z & 0x80808080;
            if (t !== 0) break;
            h = Math.imul(h ^ w, ${HASH_FACTOR});
            at += 4;
            if (at >= end) break fast;
          }
          rest = (31 - Math.clz32(t & -t)) >> 3;
        }
        w &= (1 << (rest << 3)) - 1;
        h = Math.imul(h ^ w, ${HASH_FACTOR});
        const length = at + rest - pos;
        let slot = h >>> ${shift}, entry = 0;
        find: for (;;) {
          entry = ${table}[2 * slot + 1] - 1;
          if (entry < 0) break fast;
          if (${table}[2 * slot] === h && ${lengths}[entry] === length) {
            let word = ${starts}[entry], q = pos;
            for (; q < at; q += 4) if (view.getInt32(q, true) !== ${words}[word++]) break;
            if (q >= at && (rest === 0 || w === ${words}[word])) break find;
          }
          slot = (slot + 1) & ${mask};
        }
        const code = ${codes}[entry];
        if (code < 0) { ${this.#null()} c${i}[row] = 0; }
        else c${i}[row] = code;
        pos = at + rest;
        ${close}
      }`;
  }

  plainText(): string {
    const i = this.#i;
    const { quote, escape: escapeByte, newline } = this.#dialect;
    const escapeStep =
      escapeByte === quote
        ? `if (q === ${quote} && bytes[++pos] !== ${quote}) { pos--; break; }`
        : `if (q === ${quote}) break; if (q === ${escapeByte}) q = bytes[++pos];`;
    const end = this.#isLast && newline === 10 ? `if (p${i} > o${i}[row] && b${i}[p${i} - 1] === 13) p${i}--;` : "";
    const quoted =
      quote < 0
        ? ""
        : `if (bytes[pos] === ${quote}) {
          let at = p${i};
          for (pos++; ; pos++) {
            let q = bytes[pos];
            ${escapeStep}
            if (at >= l${i} || pos >= end) { p${i} = o${i}[row]; break fast; }
            b${i}[at++] = q;
          }
          const c = bytes[++pos];
          if (at === p${i} || !(${this.#endsHere("c")})) break fast;
          p${i} = at;
          ${this.#closeValue()}
        } else `;
    return `      {
        ${quoted}{
          let at = p${i}, w = 0, t = 0;
          for (;;) {
            if (at + 8 > l${i}) { p${i} = o${i}[row]; break fast; }
            w = view.getInt32(pos, true);
            ${this.#findBreak("w")}
            // The bytes past the end are overwritten by the next field
            w${i}.setInt32(at, w, true);
            if (t !== 0) break;
            at += 4; pos += 4;
          }
          const rest = (31 - Math.clz32(t & -t)) >> 3;
          pos += rest;
          if (bytes[pos] !== ${this.#terminator}) { p${i} = o${i}[row]; break fast; }
          p${i} = at + rest;
          ${end}
          ${this.#maybeNull(`p${i} - o${i}[row]`, `p${i} = o${i}[row];`)}
          pos++;
          ${this.#nulls.emptyIsNull ? `if (p${i} === o${i}[row]) { ${this.#null()} }` : ""}
        }
        o${i}[row + 1] = p${i};
      }`;
  }

  /** Sets `t` to mark the delimiters and line breaks among the four bytes of a word; the lowest mark is right. */
  #findBreak(word: string): string {
    const d = `(${word} ^ ${Math.imul(this.#dialect.delimiter, 0x01010101)})`;
    const n = `(${word} ^ ${Math.imul(this.#dialect.newline, 0x01010101)})`;
    return `{ const d = ${d}, n = ${n}; t = (((d - 0x01010101) & ~d) | ((n - 0x01010101) & ~n)) & 0x80808080; }`;
  }

  /** Goes from after an opening quote to the next quote; an escape is for the careful path. */
  #closingQuote(): string {
    const { quote, escape: escapeByte } = this.#dialect;
    const escaped = escapeByte >= 0 && escapeByte !== quote ? `if (q === ${escapeByte}) break fast;` : "";
    return `for (let q = bytes[pos]; q !== ${quote}; q = bytes[++pos]) { if (pos >= end) break fast; ${escaped} }`;
  }

  #findEnd(): string {
    const { quote, newline } = this.#dialect;
    const quoted =
      quote < 0
        ? ""
        : `if (bytes[pos] === ${quote}) {
          from = ++pos;
          ${this.#closingQuote()}
          to = pos;
          const c = bytes[++pos];
          if (to === from || !(${this.#endsHere("c")})) break fast;
          ${this.#closeValue()}
        } else `;
    return `let from = pos, to = pos;
        ${quoted}{
          ${this.#toBreak()}
          if (bytes[pos] !== ${this.#terminator} || pos >= end) break fast;
          to = pos++;
          ${this.#isLast && newline === 10 ? "if (to > from && bytes[to - 1] === 13) to--;" : ""}
          ${this.#maybeNull("to - from", "")}
        }`;
  }

  /** Moves `pos` to the next delimiter or line break. */
  #toBreak(): string {
    return `let t = 0;
          for (;;) {
            const w = view.getInt32(pos, true);
            ${this.#findBreak("w")}
            if (t !== 0) break;
            pos += 4;
          }
          pos += (31 - Math.clz32(t & -t)) >> 3;`;
  }

  /** Types whose conversion is a call: the sink's own. */
  converted(): string {
    return `      {
        ${this.#bySink()}
      }`;
  }

  /** Quoted numbers, long ones, and all that is rare: the field's end is found, and the sink converts it. */
  #bySink(): string {
    const i = this.#i;
    return `${this.#findEnd()}
        if (to === from) { s${i}.nulls = n${i}; s${i}.setNull(row); n${i} = s${i}.nulls; }
        else if (!s${i}.setText(row, bytes, from, to)) break fast;`;
  }

  /** A field as long as a text that means NULL is for the careful path to tell. */
  #maybeNull(length: string, undo: string): string {
    const test = this.#nulls.lengths.map((wanted) => `${length} === ${wanted}`).join(" || ");
    return test === "" ? "" : `if (${test}) { ${undo} break fast; }`;
  }

  skip(): string {
    const { quote, newline } = this.#dialect;
    const quoted =
      quote < 0
        ? ""
        : `if (bytes[pos] === ${quote}) {
          pos++;
          ${this.#closingQuote()}
          pos++;
          ${this.#isLast && newline === 10 ? "if (bytes[pos] === 13) pos++;" : ""}
        } else `;
    return `      {
        ${quoted}{ ${this.#toBreak()} }
        if (bytes[pos] !== ${this.#terminator}) break fast;
        pos++;
      }`;
  }
}
