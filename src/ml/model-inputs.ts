import { bindError, nearestName, type Span } from "../core/errors.ts";
import { type DataType, type Field, list, type Schema, typeName, typesEqual } from "../core/types.ts";
import { type ElementType, elementName, elementType, takenAs } from "./model-types.ts";
import type { TensorInfo } from "./onnx-graph.ts";
import type { EncodedInput } from "./tensor-encode.ts";

/** A column of an INPUT or OUTPUT clause. */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: DataType;
  readonly span: Span;
}

/** One input of the graph as SQL sees it. */
interface Slot {
  readonly info: TensorInfo;
  readonly element: ElementType;
  readonly rowDims: readonly (number | string)[];
  /** One value a row; several values side by side (as many as `width` says, undefined where it is open); or lists inside lists. */
  readonly shape: "value" | "wide" | "nested";
  readonly width: number | undefined;
}

/** A tensor of more columns than this is one LIST by default. */
const MOST_COLUMNS = 256;

/** How the columns of a query go to the inputs of a model's graph. */
export class ModelInputs {
  readonly #label: string;
  readonly #slots: readonly Slot[];
  readonly #declared: boolean;
  readonly #bound: readonly EncodedInput[];
  /** Names and types by position. */
  readonly schema: Schema;
  /** Rows of every batch, where the graph fixes them. */
  readonly batchRows: number | undefined;
  /** True where INPUT names columns that the graph does not know, one for each of its inputs. */
  readonly byPosition: boolean;

  /** Throws bind errors, at the columns of the INPUT clause where they are to blame. `label`: `model "m"`. */
  constructor(label: string, infos: readonly TensorInfo[], declared: readonly DeclaredColumn[]) {
    this.#label = label;
    this.#slots = infos.map((info) => slotOf(label, info));
    if (this.#slots.length === 0) throw bindError(`${label} takes no inputs, so that it has nothing to score`);
    const rows = infos.flatMap((info) => fixedRows(info) ?? []);
    if (new Set(rows).size > 1) throw bindError(`${label} takes inputs of different numbers of rows: ${rows.join(", ")}`);
    [this.batchRows] = rows;
    this.#declared = declared.length > 0;
    const { bound, schema, byPosition } = this.#declared ? this.#bindDeclared(declared) : this.#bindDefault();
    this.#bound = bound;
    this.schema = schema;
    this.byPosition = byPosition;
  }

  /** The inputs for arguments of these types, and what each is to be cast to. A bind error where number or types do not fit. */
  bind(
    types: readonly DataType[],
    span?: Span,
    spans: readonly (Span | undefined)[] = [],
  ): { bound: readonly EncodedInput[]; schema: Schema } {
    const { bound, schema } = (this.#declared ? undefined : this.#bindOtherwise(types)) ?? { bound: this.#bound, schema: this.schema };
    if (types.length !== schema.length) {
      const wanted = schema.map(({ name, type }) => `${name} ${typeName(type)}`).join(", ");
      const wide = this.#slots.find((slot) => slot.shape === "wide");
      const open =
        wide === undefined
          ? ""
          : wide.width === undefined
            ? `, or at least ${wide.info.minWidth ?? 1} columns`
            : "; a LIST goes to an input of several columns too";
      throw bindError(
        `${this.#label} takes ${schema.length} input${schema.length === 1 ? "" : "s"}, not ${types.length}`,
        span,
        `${wanted}${open}`,
      );
    }
    const fields = schema.map((field, i) => {
      const input = bound[slotAt(bound, i)];
      const { element } = this.#slots[bound.indexOf(input)];
      const type = argumentType(element, field, types[i], this.#declared, input.list ? input.rowDims.length : 0);
      if (type === undefined) {
        const hint =
          field.type.kind === "list" && types[i].kind !== "varchar" ? "a LIST, as [a, b, …]" : `CAST(… AS ${typeName(field.type)})`;
        throw bindError(
          `input "${field.name}" of ${this.#label} takes ${typeName(field.type)}, not ${typeName(types[i])}`,
          spans[i] ?? span,
          hint,
        );
      }
      return { name: field.name, type };
    });
    return { bound, schema: fields };
  }

  /** Name, element type and shape of every input, for DESCRIBE. */
  facts(): string[] {
    return this.#slots.map(({ info }) => tensorFact(info));
  }

  #bindDefault(): Binding {
    const forms = this.#slots.map((slot): Form => {
      const asList = slot.shape === "nested" || (slot.shape === "wide" && (slot.width === undefined || slot.width > MOST_COLUMNS));
      return { list: asList, count: asList || slot.shape === "value" ? 1 : (slot.width ?? 1) };
    });
    return this.#bindForms(forms);
  }

  /** One LIST for a tensor of several columns, or columns for one of open width, where the arguments are so. */
  #bindOtherwise(types: readonly DataType[]): Binding | undefined {
    const wide = this.#slots.findIndex((slot) => slot.shape === "wide");
    if (wide < 0) return undefined;
    const others = this.#slots.length - 1;
    const forms = this.#slots.map((slot): Form => ({ list: slot.shape !== "value", count: 1 }));
    if (types.length === this.#slots.length && this.#slots.every((slot, i) => slot.shape === "value" || types[i].kind === "list")) {
      return this.#bindForms(forms);
    }
    const openOnes = this.#slots.filter((slot) => slot.shape === "wide" && slot.width === undefined);
    if (openOnes.length !== 1 || this.#slots.some((slot) => slot.shape !== "value" && slot !== openOnes[0])) return undefined;
    const count = types.length - others;
    if (count < Math.max(1, openOnes[0].info.minWidth ?? 1)) return undefined;
    return this.#bindForms(forms.map((form, i) => (this.#slots[i] === openOnes[0] ? { list: false, count } : form)));
  }

  #bindForms(forms: readonly Form[]): Binding {
    const schema: Field[] = [];
    const bound = this.#slots.map((slot, i): EncodedInput => {
      const { list: asList, count } = forms[i];
      const first = schema.length;
      for (let c = 0; c < count; c++) {
        const name = slot.shape === "wide" && !asList ? `${slot.info.name}_${c + 1}` : slot.info.name;
        schema.push({ name, type: asList ? nestedList(slot.element.sql, slot.rowDims.length) : slot.element.sql });
      }
      return encoded(slot, asList, range(first, count));
    });
    return { bound, schema, byPosition: false };
  }

  #bindDeclared(declared: readonly DeclaredColumn[]): Binding {
    const names = declared.map(({ name }) => name.toLowerCase());
    const taken = new Set<number>();
    const positions = this.#slots.map((slot) => {
      const at = names.indexOf(slot.info.name.toLowerCase());
      const fits = at >= 0 && (slot.shape === "value" || declared[at].type.kind === "list" || slot.width === 1);
      if (fits) taken.add(at);
      return fits ? at : undefined;
    });
    const rest = range(0, declared.length).filter((at) => !taken.has(at));
    const open = range(0, this.#slots.length).filter((i) => positions[i] === undefined);
    const given = this.#shareOut(declared, rest, open);
    const bound = this.#slots.map((slot, i): EncodedInput => {
      const own = positions[i];
      const args = own === undefined ? given[open.indexOf(i)] : [own];
      const asList = slot.shape !== "value" && args.length === 1 && declared[args[0]].type.kind === "list";
      for (const at of args) this.#checkType(slot, declared[at], asList);
      return encoded(slot, asList, args);
    });
    const schema = declared.map(({ name, type }) => ({ name, type }));
    return {
      bound,
      schema,
      byPosition: rest.length > 0 && this.#slots.some((slot, i) => slot.shape === "value" && positions[i] === undefined),
    };
  }

  /** Gives the declared columns that bear no input's name to the inputs that are left, by position. */
  #shareOut(declared: readonly DeclaredColumn[], rest: readonly number[], open: readonly number[]): number[][] {
    const slots = open.map((i) => this.#slots[i]);
    const values = slots.filter((slot) => slot.shape === "value");
    // Some columns bear names of inputs: then those that bear none are slips, and no renaming.
    if (values.length > 0 && slots.length < this.#slots.length) {
      const [stray] = rest;
      const near =
        stray === undefined
          ? undefined
          : nearestName(
              declared[stray].name,
              values.map((slot) => slot.info.name),
            );
      if (stray !== undefined) {
        throw bindError(
          `${this.#label} has no input "${declared[stray].name}"`,
          declared[stray].span,
          near === undefined ? `its inputs are ${this.facts().join(", ")}` : `did you mean "${near}"?`,
        );
      }
      throw bindError(
        `INPUT leaves out "${values[0].info.name}"`,
        wholeSpan(declared),
        `inputs of ${this.#label}: ${this.facts().join(", ")}`,
      );
    }
    const listed = (at: number) => declared[at]?.type.kind === "list";
    const given: number[][] = [];
    let next = 0;
    const openWide = slots.filter((slot) => slot.shape === "wide" && slot.width === undefined).length;
    for (const [i, slot] of slots.entries()) {
      const left = rest.length - next;
      const after = slots.slice(i + 1).reduce((sum, other) => sum + (other.shape === "wide" ? (other.width ?? 1) : 1), 0);
      let count = 1;
      if (slot.shape === "wide" && !listed(rest[next])) count = slot.width ?? (openWide === 1 ? Math.max(1, left - after) : 1);
      given.push(rest.slice(next, next + count));
      next += count;
      if (
        left < count ||
        (slot.info.minWidth ?? 0) > (slot.shape === "wide" && !listed(rest[next - count]) ? count : Number.POSITIVE_INFINITY)
      ) {
        throw this.#wrongNumber(declared, slot, Math.max(0, left));
      }
    }
    if (next < rest.length) {
      const extra = declared[rest[next]];
      const near = nearestName(
        extra.name,
        this.#slots.map((slot) => slot.info.name),
      );
      throw bindError(
        `${this.#label} has no input for "${extra.name}"`,
        extra.span,
        near === undefined ? `its inputs are ${this.facts().join(", ")}` : `did you mean "${near}"?`,
      );
    }
    return given;
  }

  #wrongNumber(declared: readonly DeclaredColumn[], slot: Slot, left: number) {
    const wanted = slot.width ?? `at least ${slot.info.minWidth ?? 1}`;
    const what = slot.shape === "value" ? "one column" : `${wanted} columns, or one LIST`;
    const got = left === 0 ? "none" : String(left);
    return bindError(`input ${tensorFact(slot.info)} of ${this.#label} takes ${what}; INPUT has ${got} for it`, wholeSpan(declared));
  }

  #checkType(slot: Slot, { name, type, span }: DeclaredColumn, asList: boolean): void {
    let inner: DataType | undefined = type;
    for (let depth = asList ? slot.rowDims.length : 0; depth > 0; depth--) inner = inner?.kind === "list" ? inner.element : undefined;
    if (inner !== undefined && takenAs(slot.element, inner) !== undefined) return;
    const wanted = slot.shape === "nested" || asList ? nestedList(slot.element.sql, slot.rowDims.length) : slot.element.sql;
    throw bindError(
      `column "${name}" is ${typeName(type)}, but input ${tensorFact(slot.info)} of ${this.#label} takes ${typeName(wanted)}`,
      span,
      `${name} ${typeName(wanted)}`,
    );
  }
}

interface Form {
  readonly list: boolean;
  readonly count: number;
}

interface Binding {
  readonly bound: readonly EncodedInput[];
  readonly schema: Schema;
  readonly byPosition: boolean;
}

function slotOf(label: string, info: TensorInfo): Slot {
  const element = elementType(info.elemType);
  if (element === undefined) {
    throw bindError(`input "${info.name}" of ${label} is of type ${elementName(info.elemType)}, which no SQL type stands for`);
  }
  const dims = info.dims ?? ["", ""];
  if (dims.length === 0) throw bindError(`input "${info.name}" of ${label} is a single value, not one a row`);
  const rowDims = dims.slice(1).map((dim) => (typeof dim === "number" && dim <= 0 ? "" : dim));
  const [width] = rowDims;
  const shape = rowDims.length === 0 || (rowDims.length === 1 && width === 1) ? "value" : rowDims.length === 1 ? "wide" : "nested";
  return { info, element, rowDims, shape, width: typeof width === "number" ? width : undefined };
}

function fixedRows({ dims }: TensorInfo): number | undefined {
  const first = dims?.[0];
  return typeof first === "number" && first > 0 ? first : undefined;
}

function encoded(slot: Slot, asList: boolean, args: readonly number[]): EncodedInput {
  const { info, element, rowDims } = slot;
  return { name: info.name, type: element.tensor, rowDims, args, list: asList, minWidth: info.minWidth };
}

/** The type to cast an argument to, seen through `depth` lists; undefined where it does not fit. */
function argumentType(element: ElementType, field: Field, type: DataType, declared: boolean, depth: number): DataType | undefined {
  if (depth > 0) {
    if (type.kind === "null") return field.type;
    if (type.kind !== "list" || field.type.kind !== "list") return undefined;
    const inner = argumentType(element, { name: field.name, type: field.type.element }, type.element, declared, depth - 1);
    return inner === undefined ? undefined : list(inner);
  }
  const taken = takenAs(element, type);
  // A declared type narrower than the model's own says what values are to become first.
  const own = field.type.kind === "double" || typesEqual(field.type, element.sql);
  return taken === undefined || !declared || own ? taken : field.type;
}

const slotAt = (bound: readonly EncodedInput[], position: number): number => bound.findIndex(({ args }) => args.includes(position));

const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);

export function nestedList(element: DataType, depth: number): DataType {
  let type = element;
  for (let i = 0; i < depth; i++) type = list(type);
  return type;
}

const wholeSpan = (declared: readonly DeclaredColumn[]): Span => ({
  start: declared[0].span.start,
  end: declared[declared.length - 1].span.end,
});

/** `age float32[?, 1]` */
export function tensorFact({ name, elemType, dims, refused }: TensorInfo): string {
  if (refused !== undefined) return `${name} (no tensor)`;
  const shape = dims === undefined ? "of any shape" : `[${dims.map((dim) => (dim === "" || Number(dim) <= 0 ? "?" : dim)).join(", ")}]`;
  return `${name} ${elementName(elemType)}${dims === undefined ? " " : ""}${shape}`;
}
