import type { LiveFunction, LiveSeries } from "../../catalog/function-types.ts";
import { compilePipeline } from "../../compile/index.ts";
import { UPDATE_AFTER, UPDATE_BEFORE } from "../../core/changes.ts";
import { concatVectors } from "../../core/concat.ts";
import { WeirError } from "../../core/errors.ts";
import { takeBatch } from "../../core/take.ts";
import { type DataType, DOUBLE, INTEGER, type Schema } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, type Vector, vectorBytes } from "../../core/vector.ts";
import type { LiveSeriesNode } from "../../plan/stream/per-series.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { OperatorTree } from "../driver.ts";
import type { LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { orStatus } from "../per-series-runs.ts";
import type { StreamBuild } from "./build.ts";
import { microsOf, TimeBuffer, type TimedRows } from "./over-hold.ts";

interface LiveSeriesOptions {
  readonly input: Schema;
  readonly idTypes: readonly DataType[];
  readonly timeType: DataType;
  /** How many data columns there are. */
  readonly values: number;
  /** Of a batch: the ids, the time, the data columns as DOUBLEs. */
  readonly computed: (batch: RecordBatch) => readonly Vector[];
  /** The function's columns. */
  readonly outputs: Schema;
  readonly live: LiveFunction;
  readonly late: LateRows;
  readonly checkInterrupt: () => void;
}

/** Work before others have their turn, milliseconds. */
const PIECE_MS = 4;
/** Series of one part of a snapshot: 2^6. */
const CHUNK_BITS = 6;

/** A series, and its rows that were given out last. */
interface Shown {
  readonly series: LiveSeries;
  rows: readonly Vector[] | undefined;
  bytes: number;
}

/** A function of whole series over a stream without an end: rows are held until the watermark has passed them; then each series that has gone on gets its rows anew. */
class LiveSeriesOperator implements Operator {
  readonly name = "live-series";
  readonly #options: LiveSeriesOptions;
  readonly #held: TimeBuffer;
  readonly #interner: KeyInterner | undefined;
  readonly #shown: (Shown | undefined)[] = [];
  readonly #versions: number[] = [];
  readonly #saved: { readonly version: number; readonly data: unknown }[] = [];
  #target = Number.NEGATIVE_INFINITY;
  #work: Generator<undefined, void, void> | undefined;
  #bytes = 0;

  constructor(options: LiveSeriesOptions) {
    this.#options = options;
    this.#held = new TimeBuffer([options.timeType, ...Array.from({ length: options.values }, () => DOUBLE), INTEGER], 0);
    this.#interner = options.idTypes.length === 0 ? undefined : new KeyInterner(options.idTypes);
  }

  process(_input: number, batch: RecordBatch): boolean {
    const { checkInterrupt, computed, idTypes } = this.#options;
    checkInterrupt();
    const columns = computed(batch);
    const kept = this.#inTime(batch, columns[idTypes.length]);
    const ids = new Int32Array(batch.length);
    this.#interner?.intern(columns.slice(0, idTypes.length), batch.length, ids);
    const numbers: Vector = { layout: "flat", type: INTEGER, length: batch.length, validity: null, data: ids };
    const rows = { columns: [...columns.slice(idTypes.length), numbers], length: batch.length };
    this.#held.add(kept === undefined ? rows : takeBatch(rows, kept));
    return false;
  }

  /** Rows that come ahead of the watermark; undefined: all. Others are set aside. */
  #inTime(batch: RecordBatch, time: Vector): Int32Array | undefined {
    const { watermarks } = batch;
    const { validity } = time;
    if (watermarks === undefined && validity === null) return undefined;
    const times = microsOf(time);
    const isLost = (i: number) => (validity !== null && validity[i] === 0) || (watermarks !== undefined && times[i] < watermarks[i]);
    const rows = Int32Array.from({ length: batch.length }, (_, i) => i);
    const lost = rows.filter(isLost);
    if (lost.length === 0) return undefined;
    const plain = { columns: batch.columns, length: batch.length };
    const met = Float64Array.from(lost, (row) => watermarks?.[row] ?? this.#target);
    this.#options.late.add(this.name, this.#options.input, takeBatch(plain, lost), "late", met);
    return rows.filter((i) => !isLost(i));
  }

  onWatermark(watermark: number, out: Output): boolean {
    this.#target = watermark;
    this.#work = this.#run(out);
    return this.resume();
  }

  onEnd(_input: number, out: Output): boolean {
    return this.onWatermark(Number.POSITIVE_INFINITY, out);
  }

  resume(): boolean {
    const until = performance.now() + PIECE_MS;
    while (this.#work !== undefined) {
      this.#options.checkInterrupt();
      if (this.#work.next().done === true) this.#work = undefined;
      else if (performance.now() >= until) return true;
    }
    return false;
  }

  *#run(out: Output): Generator<undefined, void, void> {
    const touched = new Set<number>();
    for (let rows = this.#held.take(this.#target); rows !== undefined; rows = this.#held.take(this.#target)) {
      this.#add(rows, touched);
      yield;
    }
    let changes: { id: number; kind: number; columns: readonly Vector[] }[] = [];
    let length = 0;
    for (const id of touched) {
      const shown = this.#shown[id]!;
      if (shown.rows !== undefined) changes.push({ id, kind: UPDATE_BEFORE, columns: shown.rows });
      const { outputs, checkInterrupt } = this.#options;
      const rows = orStatus(outputs, 1, () => shown.series.rows(checkInterrupt));
      changes.push({ id, kind: shown.rows === undefined ? 0 : UPDATE_AFTER, columns: rows });
      shown.rows = rows;
      const bytes = shown.series.bytes() + rows.reduce((sum, column) => sum + vectorBytes(column), 0);
      this.#bytes += bytes - shown.bytes;
      shown.bytes = bytes;
      length += rows[0].length;
      if (length >= BATCH_ROWS / 4) {
        out.push(this.#batchOf(changes));
        changes = [];
        length = 0;
      }
      yield;
    }
    if (changes.length > 0) out.push(this.#batchOf(changes));
  }

  /** Rows in the order of their times go to their series. */
  #add({ batch, times }: TimedRows, touched: Set<number>): void {
    const { columns, length } = batch;
    const ids = (columns[columns.length - 1] as FlatVector).data as Int32Array;
    const bySeries = new Map<number, number[]>();
    for (let i = 0; i < length; i++) {
      const rows = bySeries.get(ids[i]);
      if (rows === undefined) bySeries.set(ids[i], [i]);
      else rows.push(i);
    }
    const values = columns.slice(1, -1).map((column) => column as FlatVector);
    for (const [id, rows] of bySeries) {
      this.#shown[id] ??= { series: this.#options.live.create(), rows: undefined, bytes: 0 };
      this.#shown[id].series.add({
        times: Float64Array.from(rows, (row) => times[row]),
        values: values.map(({ data, validity }) =>
          Float64Array.from(rows, (row) => (validity !== null && validity[row] === 0 ? Number.NaN : Number(data[row]))),
        ),
      });
      this.#versions[id >> CHUNK_BITS] = (this.#versions[id >> CHUNK_BITS] ?? 0) + 1;
      touched.add(id);
    }
  }

  #batchOf(changes: readonly { id: number; kind: number; columns: readonly Vector[] }[]): RecordBatch {
    const { outputs } = this.#options;
    const length = changes.reduce((sum, { columns }) => sum + columns[0].length, 0);
    const ids = new Int32Array(length);
    const kinds = new Uint8Array(length);
    let at = 0;
    for (const { id, kind, columns } of changes) {
      ids.fill(id, at, at + columns[0].length);
      kinds.fill(kind, at, at + columns[0].length);
      at += columns[0].length;
    }
    const own = outputs.map(({ type }, k) =>
      concatVectors(
        type,
        changes.map(({ columns }) => columns[k]),
      ),
    );
    return { columns: [...(this.#interner?.keysOf(ids) ?? []), ...own], length, kinds };
  }

  stateBytes(): number {
    return this.#held.bytes + this.#bytes + (this.#interner?.bytes() ?? 0);
  }

  /** Series kept. */
  stateRows(): number {
    return this.#interner?.size ?? 1;
  }

  snapshot(): readonly SnapshotPart[] {
    const parts: SnapshotPart[] = [...this.#held.snapshot()];
    const series = this.#interner?.size ?? 1;
    for (let chunk = 0; chunk << CHUNK_BITS < series; chunk++) {
      const [from, to] = [chunk << CHUNK_BITS, Math.min(series, (chunk + 1) << CHUNK_BITS)];
      if (this.#interner !== undefined) {
        const keys = { rows: to - from, columns: this.#interner.keys(from, to) };
        parts.push({ id: `keys ${chunk}`, version: to - from, data: () => keys });
      }
      const version = this.#versions[chunk] ?? 0;
      if (this.#saved[chunk]?.version !== version) {
        const data = this.#shown.slice(from, to).map((shown) => shown && { state: shown.series.state(), rows: shown.rows });
        this.#saved[chunk] = { version, data };
      }
      const { data } = this.#saved[chunk];
      parts.push({ id: `series ${chunk}`, version, data: () => data });
    }
    return parts;
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#held.restore(parts);
    for (let chunk = 0; parts.has(`series ${chunk}`); chunk++) {
      const keys = parts.get(`keys ${chunk}`) as { rows: number; columns: readonly Vector[] } | undefined;
      if (keys !== undefined) this.#interner!.intern(keys.columns, keys.rows, new Int32Array(keys.rows));
      const saved = parts.get(`series ${chunk}`) as ({ state: unknown; rows: readonly Vector[] | undefined } | undefined)[];
      saved.forEach((one, i) => {
        if (one === undefined) return;
        const series = this.#options.live.restore(one.state);
        this.#shown[(chunk << CHUNK_BITS) + i] = { series, rows: one.rows, bytes: series.bytes() };
        this.#bytes += series.bytes();
      });
    }
  }
}

export function buildLiveSeries(node: LiveSeriesNode, { inputs, position, context }: StreamBuild): OperatorTree {
  const { call } = node;
  const { ids, time, values, name, bind, span } = call;
  const definition = context.compile.functions.lookup(name);
  if (definition?.kind !== "table" || definition.series?.live === undefined)
    throw new WeirError("internal", `${name} does not go on`, { span });
  const input = node.inputs[0].schema;
  const computed = compilePipeline({ exprs: [...ids, time, ...values], inputTypes: input.map((field) => field.type) }, context.compile);
  const operator = new LiveSeriesOperator({
    input,
    idTypes: ids.map((id) => id.type),
    timeType: time.type,
    values: values.length,
    computed: (batch) => computed(batch).columns,
    outputs: call.schema.slice(ids.length),
    live: definition.series.live(bind),
    late: context.late,
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs, planNodes: [position] };
}
