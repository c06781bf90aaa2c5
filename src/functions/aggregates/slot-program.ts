import { generatedFunction } from "../../core/generated.ts";
import { type DataType, typeName } from "../../core/types.ts";
import { sliceVector, type Vector } from "../../core/vector.ts";
import { type ArgumentForm, argumentForm, batchForm, formWords, type SlotArgument, type SlotPart } from "./slot-part.ts";

/**
 * The state of several simple aggregates over many groups, in one Float64Array: a record of `stride` slots a group, so that a row touches one or
 * two cache lines however many aggregates there are. The loop that updates it is generated for exactly these parts and argument types.
 *
 * Slot 0 counts rows; each list of arguments has a slot that counts the rows where one of them was NULL (so a batch without NULLs never touches
 * it). Parts that need the same thing of the same arguments are kept once: avg(x) shares the sum of sum(x) and the count of count(x).
 */

/** A part, and the positions of its arguments among the vectors given to `update`. */
export interface PlacedPart {
  readonly part: SlotPart;
  readonly args: readonly number[];
}

type Loop = (
  groups: Int32Array | null,
  length: number,
  filter: Uint8Array | null,
  state: Float64Array,
  base: number,
  ...columns: unknown[]
) => void;

type CodedLoop = (
  codes: Int32Array,
  validity: Uint8Array | null,
  known: Int32Array,
  knownNull: number,
  cells: Int32Array,
  base: number,
  from: number,
  to: number,
  filter: Uint8Array | null,
  state: Float64Array,
  ...columns: unknown[]
) => number;

type PagedLoop = (
  groups: Int32Array,
  length: number,
  filter: Uint8Array | null,
  pages: readonly Float64Array[],
  changes: readonly SlotPart["change"][],
  ...columns: unknown[]
) => void;

/** How `updateCoded` finds groups. */
export interface CodedGroups {
  readonly codes: Int32Array;
  readonly validity: Uint8Array | null;
  readonly known: Int32Array;
  readonly knownNull: number;
  readonly cells: Int32Array | undefined;
  readonly base: number;
}

/** Rows after which exact sums carry: 2^21 words of 32 bits stay below 2^53. */
const CARRY_ROWS = 1 << 21;
/** Rows of a scan between two carries. */
const SCAN_ROWS = 1 << 16;

/** More would make a loop that the optimiser gives up on. */
export const MOST_ARGUMENTS = 40;

export class SlotProgram {
  readonly stride: number;
  state: Float64Array;
  /** Groups there is room for. */
  #groups = 0;
  readonly #parts: { readonly part: SlotPart; readonly args: readonly number[]; readonly offset: number; readonly list: number }[] = [];
  /** Distinct lists of arguments; their NULL counts stand in slots 1, 2, … */
  readonly #lists: (readonly number[])[] = [];
  readonly #argCount: number;
  readonly #forms: ArgumentForm[];
  readonly #fresh: Float64Array;
  readonly #zeros: boolean;
  readonly #loops = new Map<string, Loop>();
  readonly #codedLoops = new Map<string, CodedLoop>();
  readonly #pagedLoops = new Map<string, PagedLoop>();
  #sinceCarry = 0;
  /** Each argument's latest vector and its form: a batch may come in several stretches. */
  readonly #latest: ({ readonly vector: Vector; readonly form: ArgumentForm } | undefined)[] = [];

  readonly #types: readonly DataType[];
  readonly #placed: readonly PlacedPart[];

  constructor(types: readonly DataType[], parts: readonly PlacedPart[]) {
    this.#types = types;
    this.#placed = parts;
    if (types.length > MOST_ARGUMENTS) throw new Error(`${types.length} arguments in one loop`);
    this.#argCount = types.length;
    // An argument that is only counted is never read, whatever its layout.
    this.#forms = types.map((type, arg) => (parts.some((p) => p.part.reads && p.args.includes(arg)) ? argumentForm(type) : "unread"));
    for (const { args } of parts) if (args.length > 0 && this.#findList(args) < 0) this.#lists.push(args);
    let offset = 1 + this.#lists.length;
    const fresh: number[] = new Array(offset).fill(0);
    for (const { part, args } of parts) {
      if (part.init.length === 0 || this.#find(part, args) !== undefined) continue;
      this.#parts.push({ part, args, offset, list: this.#findList(args) });
      fresh.push(...part.init);
      offset += part.init.length;
    }
    this.stride = offset;
    this.#fresh = Float64Array.from(fresh);
    this.#zeros = this.#fresh.every((slot) => Object.is(slot, 0));
    this.state = new Float64Array(0);
  }

  /** First slot of a part. */
  offsetOf(part: SlotPart, args: readonly number[]): number {
    const found = this.#find(part, args);
    if (found === undefined) throw new Error(`no part ${part.key}`);
    return found.offset;
  }

  /** Rows of group `group` where none of `args` was NULL. */
  countOf(args: readonly number[]): (group: number) => number {
    const { state, stride } = this;
    if (args.length === 0) return (group) => state[group * stride];
    const nulls = 1 + this.#findList(args);
    return (group) => state[group * stride] - state[group * stride + nulls];
  }

  resize(groups: number): void {
    if (groups <= this.#groups) return;
    const { stride } = this;
    if (groups * stride > this.state.length) {
      const grown = new Float64Array(Math.max(groups, this.#groups * 2, 16) * stride);
      grown.set(this.state.subarray(0, this.#groups * stride));
      this.state = grown;
    }
    const { state } = this;
    const fresh = this.#fresh;
    const [from, to] = [this.#groups * stride, groups * stride];
    if (this.#zeros) state.fill(0, from, to);
    else for (let at = from; at < to; at += stride) for (let k = 0; k < stride; k++) state[at + k] = fresh[k];
    this.#groups = groups;
  }

  /** `groups` null: all rows belong to group 0. */
  update(groups: Int32Array | null, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#run(groups, args, length, filter, false);
  }

  /**
   * Rows `from` up to `to` whose groups are found by codes: group + 1 of row i is cells[base + k] (k itself without cells), with k = known[codes[i]],
   * or knownNull where the code's validity is 0. Stops at the first row where that is 0, and returns it; else `to`.
   */
  updateCoded(route: CodedGroups, args: readonly Vector[], from: number, to: number, filter: Uint8Array | null): number {
    this.#sinceCarry += to - from;
    if (this.#sinceCarry > CARRY_ROWS) {
      this.carry();
      this.#sinceCarry = to - from;
    }
    const { columns, shape } = this.#columns(args);
    const { codes, validity, known, knownNull, cells, base } = route;
    const variant = `coded ${shape} ${filter !== null} ${validity !== null} ${cells !== undefined}`;
    let loop = this.#codedLoops.get(variant);
    if (loop === undefined) {
      loop = this.#compileCoded(args, filter !== null, validity !== null, cells !== undefined);
      this.#codedLoops.set(variant, loop);
    }
    return loop(codes, validity, known, knownNull, cells ?? known, base, from, to, filter, this.state, ...columns);
  }

  /** The record of a group without rows. */
  get freshRecord(): Float64Array {
    return this.#fresh;
  }

  /** Adds rows to records that somebody else keeps (or takes them out): that of group g is record g mod 2^pageBits of page g >> pageBits. */
  updatePaged(
    pages: readonly Float64Array[],
    pageBits: number,
    groups: Int32Array,
    args: readonly Vector[],
    length: number,
    filter: Uint8Array | null,
    undo: boolean,
  ): void {
    const { columns, shape } = this.#columns(args);
    const variant = `${undo} ${shape} ${filter !== null}`;
    let loop = this.#pagedLoops.get(variant);
    if (loop === undefined) {
      loop = this.#compilePaged(args, pageBits, filter !== null, undo);
      this.#pagedLoops.set(variant, loop);
    }
    const changes = this.#parts.map(({ part }) => part.change);
    loop(groups, length, filter, pages, changes, ...columns);
  }

  /** Brings the words of exact sums into their range, in the first `count` records of somebody else's. To be done before 2^21 rows more were added. */
  carryRecords(records: Float64Array, count: number): void {
    for (const { part, offset } of this.#parts) {
      if (part.carry === undefined) continue;
      for (let at = offset, end = count * this.stride; at < end; at += this.stride) part.carry(records, at);
    }
  }

  /** Takes rows out again. Only for parts that have `undo`. */
  retract(groups: Int32Array | null, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#run(groups, args, length, filter, true);
  }

  /** Whether `retract` can be called. */
  get canRetract(): boolean {
    return this.#parts.every(({ part }) => part.undo !== undefined);
  }

  /** A program that has the records of some groups, carried, in this order. */
  picked(groups: Int32Array): SlotProgram {
    const picked = this.fresh();
    picked.resize(groups.length);
    const { stride, state } = this;
    for (let i = 0; i < groups.length; i++) {
      const from = groups[i] * stride;
      for (let k = 0; k < stride; k++) picked.state[i * stride + k] = state[from + k];
    }
    picked.carry();
    return picked;
  }

  /** Makes a group empty again. */
  clear(group: number): void {
    this.state.set(this.#fresh, group * this.stride);
  }

  /** A program of the same parts, without groups. */
  fresh(): SlotProgram {
    return new SlotProgram(this.#types, this.#placed);
  }

  /**
   * Makes record i the state of rows of a stretch up to and with row i, for i < length; `starts[i]` is the first row of i's stretch. Record `length`
   * is that of no rows.
   */
  scan(args: readonly Vector[], length: number, filter: Uint8Array | null, starts: Int32Array): void {
    this.resize(length + 1);
    for (let from = 0; from < length; from += SCAN_ROWS) {
      const to = Math.min(length, from + SCAN_ROWS);
      const rows = args.map((arg) => sliceVector(arg, from, to));
      // Records before this piece are carried, so that exact sums have room for its rows.
      if (from > 0 && starts[from] < from) this.carryRecord(from - 1);
      this.#scanPiece(rows, from, to - from, filter === null ? null : filter.subarray(from, to), starts);
    }
  }

  /** Adds record `record` of another program's state to one of this program's. */
  mergeRecord(into: number, from: Float64Array, record: number): void {
    const { state, stride } = this;
    const to = into * stride;
    const at = record * stride;
    for (let k = 0; k <= this.#lists.length; k++) state[to + k] += from[at + k];
    for (const { part, offset } of this.#parts) part.merge(state, to + offset, from, at + offset);
  }

  /** Adds the state of a program of the same parts: its group g goes to `mapping[g]`. */
  merge(from: Float64Array, mapping: Int32Array): void {
    this.carry();
    for (let group = 0; group < mapping.length; group++) this.mergeRecord(mapping[group], from, group);
    this.#sinceCarry = CARRY_ROWS;
  }

  /** The records of all groups, exact sums carried. */
  snapshot(): Float64Array {
    this.carry();
    return this.state.slice(0, this.#groups * this.stride);
  }

  /** Brings the words of exact sums into their range; call before reading them. */
  carry(): void {
    this.#sinceCarry = 0;
    const { state, stride } = this;
    for (const { part, offset } of this.#parts) {
      if (part.carry === undefined) continue;
      for (let at = offset; at < this.#groups * stride; at += stride) part.carry(state, at);
    }
  }

  bytes(): number {
    return this.state.byteLength;
  }

  #compileCoded(args: readonly Vector[], filtered: boolean, nullable: boolean, paired: boolean): CodedLoop {
    const { stride } = this;
    const { names, body } = this.#body(args, (k) => `s[b+${k}]`, false);
    const code = nullable ? "kv[i] === 0 ? kn : known[codes[i]]" : "known[codes[i]]";
    const text = [
      "for (let i = from; i < to; i++) {",
      paired ? `const id = cells[base + (${code})];` : `const id = ${code};`,
      "if (id === 0) return i;",
      filtered ? "if (f[i] === 0) continue;" : "",
      `const b = id * ${stride} - ${stride};`,
      ...body,
      "}",
      "return to;",
    ].join("\n");
    return generatedFunction<CodedLoop>(
      ["codes", "kv", "known", "kn", "cells", "base", "from", "to", "f", "s", ...names],
      text,
      this.#signature(args),
    );
  }

  #compilePaged(args: readonly Vector[], pageBits: number, filtered: boolean, undo: boolean): PagedLoop {
    const { names, body } = this.#body(args, (k) => `s[b+${k}]`, undo, true);
    const text = [
      ...this.#parts.map(({ part }, p) => (part.change === undefined ? "" : `const c${p} = changes[${p}];`)),
      "for (let i = 0; i < n; i++) {",
      filtered ? "if (f[i] === 0) continue;" : "",
      `const s = pages[g[i] >>> ${pageBits}];`,
      `const b = (g[i] & ${(1 << pageBits) - 1}) * ${this.stride};`,
      ...body,
      "}",
    ].join("\n");
    return generatedFunction<PagedLoop>(["g", "n", "f", "pages", "changes", ...names], text, this.#signature(args));
  }

  /** What fixes the types a generated loop works on. */
  #signature(args: readonly Vector[]): string {
    return args.map((vector) => `${typeName(vector.type)} ${vector.layout}`).join();
  }

  /** What a loop is handed of the arguments, and a text that fixes which loop it must be: forms, and which columns have NULLs. */
  #columns(args: readonly Vector[]): { columns: unknown[]; shape: string } {
    const columns: unknown[] = [];
    let shape = "";
    for (let arg = 0; arg < this.#argCount; arg++) {
      const vector = args[arg];
      const form = this.#form(arg, vector);
      columns.push(formWords(form, vector), vector.validity);
      shape += `${form}${vector.validity === null ? "" : "?"} `;
    }
    return { columns, shape };
  }

  #form(arg: number, vector: Vector): ArgumentForm {
    let latest = this.#latest[arg];
    if (latest?.vector !== vector) {
      latest = { vector, form: batchForm(this.#forms[arg], vector) };
      this.#latest[arg] = latest;
    }
    return latest.form;
  }

  /** As `carry`, for one record. */
  carryRecord(record: number): void {
    for (const { part, offset } of this.#parts) part.carry?.(this.state, record * this.stride + offset);
  }

  #scanPiece(rows: readonly Vector[], from: number, length: number, filter: Uint8Array | null, starts: Int32Array): void {
    const { columns, shape } = this.#columns(rows);
    const variant = `scan ${shape} ${filter !== null}`;
    let loop = this.#loops.get(variant);
    if (loop === undefined) {
      loop = this.#compile(rows, filter !== null, "scan", false);
      this.#loops.set(variant, loop);
    }
    loop(starts, length, filter, this.state, from, ...columns);
  }

  #run(groups: Int32Array | null, args: readonly Vector[], length: number, filter: Uint8Array | null, undo: boolean): void {
    if (length > CARRY_ROWS) throw new Error(`a batch of ${length} rows`);
    this.#sinceCarry += length;
    if (this.#sinceCarry > CARRY_ROWS) {
      this.carry();
      this.#sinceCarry = length;
    }
    const { columns, shape } = this.#columns(args);
    const variant = `${undo ? "undo" : "add"} ${shape} ${filter !== null} ${groups === null}`;
    let loop = this.#loops.get(variant);
    if (loop === undefined) {
      loop = this.#compile(args, filter !== null, groups === null ? "single" : "grouped", undo);
      this.#loops.set(variant, loop);
    }
    loop(groups, length, filter, this.state, 0, ...columns);
  }

  #findList(args: readonly number[]): number {
    return this.#lists.findIndex((list) => sameArgs(list, args));
  }

  #find(part: SlotPart, args: readonly number[]) {
    return this.#parts.find((placed) => placed.part.key === part.key && sameArgs(placed.args, args));
  }

  /** What a row does to its record, and the names of the columns it reads. */
  #body(args: readonly Vector[], slot: (k: number) => string, undo: boolean, paged = false): { names: string[]; body: string[] } {
    const sign = undo ? "-" : "+";
    const names: string[] = [];
    const read: SlotArgument[] = [];
    const loads: string[] = [];
    for (let arg = 0; arg < this.#argCount; arg++) {
      names.push(`a${arg}`, `v${arg}`);
      const argument = readArgument(this.#form(arg, args[arg]), arg);
      read.push(argument);
      loads.push(argument.load);
    }
    const body: string[] = [`${slot(0)} ${sign}= 1;`];
    for (let list = 0; list < this.#lists.length; list++) {
      const own = this.#lists[list];
      const steps: string[] = [...new Set(own)].map((arg) => loads[arg]);
      for (const [p, { part, args: partArgs, offset, list: partList }] of this.#parts.entries()) {
        if (partList !== list) continue;
        if (part.change !== undefined) {
          if (!paged) throw new Error(`${part.key} works in pages`);
          steps.push(`c${p}(s, b + ${offset}, ${read[partArgs[0]].number}, ${undo ? -1 : 1});`);
          continue;
        }
        const slots = part.init.map((_, k) => slot(offset + k));
        const operands = partArgs.map((arg) => read[arg]);
        if (undo && part.undo === undefined) throw new Error(`${part.key} cannot be taken back`);
        steps.push(undo ? part.undo!(slots, operands) : part.step(slots, operands));
      }
      const nullable = own.filter((arg) => args[arg].validity !== null);
      if (nullable.length === 0) body.push(`{ ${steps.join(" ")} }`);
      else {
        const isNull = nullable.map((arg) => `v${arg}[i] === 0`).join(" || ");
        body.push(`if (${isNull}) ${slot(1 + list)} ${sign}= 1; else { ${steps.join(" ")} }`);
      }
    }
    return { names, body };
  }

  /** One loop over the rows; for a single group the slots are local variables. */
  #compile(args: readonly Vector[], filtered: boolean, form: "grouped" | "single" | "scan", undo: boolean): Loop {
    const grouped = form !== "single";
    const { stride } = this;
    const slot = (k: number) => (grouped ? `s[b+${k}]` : `t${k}`);
    const { names, body } = this.#body(args, slot, undo);
    const locals = Array.from({ length: stride }, (_, k) => `t${k} = s[${k}]`).join(", ");
    const text = [
      grouped ? "" : `let ${locals};`,
      "for (let i = 0; i < n; i++) {",
      form === "scan" ? `const b = (base + i) * ${stride};` : "",
      // A record runs on from the one before it, unless it is the first of its stretch.
      form === "scan" ? `if (g[base + i] !== base + i) for (let k = 0; k < ${stride}; k++) s[b + k] = s[b - ${stride} + k];` : "",
      filtered ? "if (f[i] === 0) continue;" : "",
      form === "grouped" ? `const b = g[i] * ${stride};` : "",
      ...body,
      "}",
      grouped ? "" : Array.from({ length: stride }, (_, k) => `s[${k}] = t${k};`).join(" "),
    ].join("\n");
    return generatedFunction<Loop>(["g", "n", "f", "s", "base", ...names], text, this.#signature(args));
  }
}

/** Loads are placed in blocks, so several lists of arguments may load the same one. */
function readArgument(form: ArgumentForm, arg: number): SlotArgument {
  const words = Array.from({ length: form === "words2" ? 2 : form === "words4" ? 4 : 0 }, (_, k) => `w${arg}_${k}`);
  switch (form) {
    case "unread":
      return { load: "", number: "", words };
    case "number":
      return { load: `const x${arg} = a${arg}[i];`, number: `x${arg}`, words: [`x${arg}`] };
    case "short2":
      return {
        load: `const h${arg} = a${arg}[2 * i];`,
        number: "",
        words: [`h${arg}`, `(h${arg} >> 31)`],
        short: `h${arg}`,
      };
    case "words2":
    case "words4": {
      const width = words.length;
      const load = words.map((word, k) => `const ${word} = a${arg}[${width} * i + ${k}];`).join(" ");
      return { load, number: "", words };
    }
  }
}

const sameArgs = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((arg, k) => arg === b[k]);
