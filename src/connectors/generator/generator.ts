import { runtimeError } from "../../core/errors.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import type { Connector, Source, SourceContext, SourcePiece } from "../connector.ts";
import type { CheckedProperties, PropertySpec } from "../properties.ts";
import { type ColumnMaker, columnMakers } from "./columns.ts";
import { COLUMN_HINTS, columnsOfHints } from "./hints.ts";
import { hash32, seedOf, UNIT } from "./random.ts";

/** Event time of the first row where there is no present to speak of: 2024-01-01 00:00:00. */
const FIXED_START = Date.UTC(2024, 0, 1) * 1000;
/** Rows of a paced generator come at least this far apart, so that they come in batches (microseconds). */
const PACE = 10_000;
const VIRTUAL_PACE = 100_000;
const DEFAULT_STEP = 1_000;
const STRETCH = 4_294_967_296;

const OPTIONS: readonly PropertySpec[] = [
  {
    name: "rows_per_second",
    type: "number or max",
    default: "10",
    min: 0.001,
    max: 100_000_000,
    doc: "How fast rows come, and how far their event times lie apart; 'max' for as fast as they are read.",
  },
  { name: "rows", type: "integer", min: 0, default: "endless", doc: "Rows after which the stream ends." },
  { name: "seed", type: "integer", default: "1", doc: "The same seed gives the same rows." },
  {
    name: "start_time",
    type: "time",
    default: "now; 2024-01-01 for 'max' and on a virtual clock",
    doc: "Event time of the first row.",
  },
  { name: "time_step", type: "duration", min: 0, default: "by the rate; 1 ms for 'max'", doc: "Event time between two rows." },
  {
    name: "out_of_order",
    type: "number",
    min: 0,
    max: 1,
    default: "0",
    doc: "Share of rows whose time lies before their turn, by up to `out_of_order_by`.",
  },
  { name: "out_of_order_by", type: "duration", min: 0, default: "1 second", doc: "How far out-of-order rows lie back at most." },
  {
    name: "late",
    type: "number",
    min: 0,
    max: 1,
    default: "0",
    doc: "Share of rows whose time lies back by `late_by`, to fall behind the watermark.",
  },
  { name: "late_by", type: "duration", min: 0, default: "1 minute", doc: "How far late rows lie back." },
];

/** Rows made up by rule: the same ones every time, whatever is read of them and wherever reading starts. */
export const generatorConnector: Connector = {
  name: "generator",
  doc: "Makes up rows: ranges, distributions, random walks per key, late and out-of-order shares, at any rate. The same rows every time.",
  source: {
    options: OPTIONS,
    columnHints: COLUMN_HINTS,
    formats: [],
    delivery: "exactly-once",
    live: false,
    replayable: true,
    isEndless: (properties) => !properties.has("rows"),
    defaultStart: (properties) => (properties.has("rows") || properties.values.get("rows_per_second") === "max" ? "earliest" : "latest"),
    columns: columnsOfHints,
    check: (properties, schema) => void columnMakers(schema, properties, 1, undefined),
    open: (properties, context) => new Generator(properties, context),
  },
};

/** Where a generator stands. */
interface GeneratorPosition {
  readonly row: number;
  /** Event time of row 0, and when on the clock it was due. */
  readonly start: number;
  readonly origin: number;
  /** Where walks stand, by column. */
  readonly walks: readonly (Float64Array | undefined)[];
}

class Generator implements Source {
  readonly partitions;
  readonly #context: SourceContext;
  readonly #makers: readonly ColumnMaker[];
  /** Columns to make, each after the one it needs. */
  readonly #order: readonly number[];
  readonly #rows: number;
  /** Rows a microsecond; undefined: unpaced. */
  readonly #rate: number | undefined;
  readonly #step: number;
  readonly #displace: ((range: { first: number; count: number }, times: Float64Array) => void) | undefined;
  readonly #start: number;
  readonly #origin: number;
  #row: number;
  /** Rows before this one are of the past, for a reader that begins with the present. */
  #skipTo = 0;
  #cancel: (() => void) | undefined;

  constructor(properties: CheckedProperties, context: SourceContext) {
    this.#context = context;
    const { clock, schema, eventTimeColumn } = context;
    const perSecond = properties.values.get("rows_per_second") ?? 10;
    this.#rate = perSecond === "max" ? undefined : (perSecond as number) / 1e6;
    this.#rows = properties.number("rows") ?? Infinity;
    const seed = properties.number("seed") ?? 1;
    this.#step = properties.number("time_step") ?? (this.#rate === undefined ? DEFAULT_STEP : 1 / this.#rate);
    const from = context.from as GeneratorPosition | undefined;
    const isPresent = this.#rate !== undefined && !clock.virtual;
    this.#start = from?.start ?? properties.number("start_time") ?? (isPresent ? context.epoch : FIXED_START);
    this.#origin = from?.origin ?? context.epoch;
    this.#row = from?.row ?? 0;
    if (from === undefined && context.start === "latest") this.#skipTo = Math.min(this.#rows, this.#due() - 1);
    this.#makers = columnMakers(schema, properties, seed, eventTimeColumn);
    this.#order = makingOrder(context.columns, this.#makers);
    if (from !== undefined) {
      for (const column of this.#order) {
        const walk = from.walks[column];
        const { state } = this.#makers[column];
        if (state === undefined) continue;
        if (walk === undefined)
          throw runtimeError(`the position says nothing of column "${schema[column].name}", which was not read before`);
        state.set(walk);
      }
    }
    this.#displace = displacer(properties, seed);
    this.partitions = [{ key: "generator", name: "generator", ended: false }];
  }

  /** Rows whose time to come has come, and that were not made yet. */
  #due(): number {
    if (this.#rate === undefined) return 0;
    return Math.floor((this.#context.clock.now() - this.#origin) * this.#rate * (1 + Number.EPSILON)) + 1 - this.#row;
  }

  /** Rows of the past: made only as far as walks go through them. */
  #skip(): SourcePiece {
    const walks = this.#order.filter((column) => this.#makers[column].state !== undefined);
    if (walks.length === 0) this.#row = this.#skipTo;
    else {
      const count = Math.min(BATCH_ROWS, this.#skipTo - this.#row, STRETCH - (this.#row % STRETCH));
      this.#makeColumns(makingOrder(walks, this.#makers), count);
      this.#row += count;
    }
    return {
      partition: 0,
      batch: { length: 0, columns: this.#context.columns.map((column) => nullVector(this.#context.schema[column].type, 0)) },
    };
  }

  next(wake: () => void): SourcePiece | "waiting" | "end" {
    if (this.#row >= this.#rows) return "end";
    if (this.#row < this.#skipTo) return this.#skip();
    let count = Math.min(BATCH_ROWS, this.#rows - this.#row, STRETCH - (this.#row % STRETCH));
    if (this.#rate !== undefined) {
      const { clock } = this.#context;
      const now = clock.now();
      const due = this.#due();
      if (due < 1) {
        const next = this.#origin + Math.ceil(this.#row / this.#rate);
        this.#cancel?.();
        this.#cancel = clock.at(Math.max(next, now + (clock.virtual ? VIRTUAL_PACE : PACE)), wake);
        return "waiting";
      }
      count = Math.min(count, due);
    }
    return { partition: 0, batch: this.#make(count) };
  }

  #make(count: number): RecordBatch {
    const made = this.#makeColumns(this.#order, count);
    this.#row += count;
    return { length: count, columns: this.#context.columns.map((column) => made.get(column) as Vector) };
  }

  #makeColumns(order: readonly number[], count: number): Map<number, Vector> {
    const first = this.#row;
    const times = new Float64Array(count);
    const start = this.#start;
    const step = this.#step;
    for (let i = 0; i < count; i++) times[i] = Math.floor(start + (first + i) * step);
    this.#displace?.({ first, count }, times);
    const made = new Map<number, Vector>();
    for (const column of order) made.set(column, this.#makers[column].make({ first, count, times }, made));
    return made;
  }

  used(): void {}

  position(): GeneratorPosition {
    return {
      row: this.#row,
      start: this.#start,
      origin: this.#origin,
      walks: this.#makers.map((maker, column) => (this.#order.includes(column) ? maker.state?.slice() : undefined)),
    };
  }

  dropped(): number {
    return 0;
  }

  close(): void {
    this.#cancel?.();
  }
}

/** The columns wanted, and the keys of their walks, each after the one it needs. */
function makingOrder(wanted: readonly number[], makers: readonly ColumnMaker[]): number[] {
  const order: number[] = [];
  const add = (column: number): void => {
    if (order.includes(column)) return;
    const { needs } = makers[column];
    if (needs !== undefined) add(needs);
    order.push(column);
  };
  wanted.forEach(add);
  return order;
}

function displacer(properties: CheckedProperties, seed: number) {
  const outOfOrder = properties.number("out_of_order") ?? 0;
  const by = properties.number("out_of_order_by") ?? 1_000_000;
  const late = properties.number("late") ?? 0;
  const lateBy = properties.number("late_by") ?? 60_000_000;
  if (outOfOrder === 0 && late === 0) return undefined;
  return ({ first, count }: { first: number; count: number }, times: Float64Array): void => {
    const stretch = Math.floor(first / STRETCH);
    const which = seedOf(seed, "time which", stretch);
    const far = seedOf(seed, "time far", stretch);
    for (let i = 0; i < count; i++) {
      const unit = hash32(first + i, which) * UNIT;
      if (unit < late) times[i] -= lateBy;
      else if (unit < late + outOfOrder) times[i] = Math.floor(times[i] - by * UNIT * hash32(first + i, far));
    }
  };
}
