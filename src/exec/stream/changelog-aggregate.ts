import { compilePipeline } from "../../compile/index.ts";
import type { DataType } from "../../core/types.ts";
import { type RecordBatch, sliceVector, type Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import type { ChangelogAggregateNode } from "../../plan/stream/changelog-aggregate.ts";
import { aggregateOptions } from "../aggregate-options.ts";
import type { Clock } from "../clock.ts";
import type { OperatorTree } from "../driver.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import type { StreamBuild } from "./build.ts";
import { ChangelogGroups, type ChangelogGroupsOptions } from "./changelog-aggregate-groups.ts";

export interface ChangelogAggregateOptions extends Omit<ChangelogGroupsOptions, "images" | "expires"> {
  /** Key columns of a batch. */
  readonly keys: (batch: RecordBatch) => readonly Vector[];
  readonly inputs: (batch: RecordBatch) => readonly Vector[];
  readonly sets?: readonly (readonly number[])[];
  readonly mode: ChangelogAggregateNode["mode"];
  readonly every: number | undefined;
  readonly ttl: number | undefined;
  readonly clock: Clock;
  readonly checkInterrupt: () => void;
}

/** Rows, and groups, of one piece of work; fewer while a snapshot may have pages copied. */
const PIECE_ROWS = 2048;
const PINNED_ROWS = 256;
/** So many touched groups are emitted in the piece that touched them. */
const FEW_GROUPS = 512;
/** How often in its time to live the groups are looked through. */
const SWEEPS = 4;

/** Unwindowed GROUP BY: tells each change of a group, after each batch, from time to time, or at the end. */
export class ChangelogAggregate implements Operator {
  readonly name = "changelog-aggregate";
  readonly #options: ChangelogAggregateOptions;
  readonly #sets: readonly { readonly positions: readonly number[]; readonly groups: ChangelogGroups }[];
  /** What is being worked on: a batch from row `#row` on, then expiry from slot `#sweep` on, then emission of set `#emitSet` from `#emitAt` on. */
  #batch:
    | {
        readonly keys: readonly Vector[];
        readonly inputs: readonly Vector[];
        readonly gone: Uint8Array | undefined;
        readonly length: number;
      }
    | undefined;
  #row = 0;
  #sweepSet = -1;
  #sweepSlot = 0;
  #emitSet = -1;
  #emitAt = 0;
  #nextEmit: number | undefined;
  #nextSweep: number | undefined;

  constructor(options: ChangelogAggregateOptions) {
    this.#options = options;
    const { mode, keyTypes } = options;
    const images = mode === "final" ? "insert" : mode === "update" ? "upsert" : "changes";
    this.#sets = (options.sets ?? [keyTypes.map((_, i) => i)]).map((positions) => ({
      positions,
      groups: new ChangelogGroups({
        ...options,
        keyTypes: positions.map((position) => keyTypes[position]),
        images,
        expires: options.ttl !== undefined,
      }),
    }));
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    const { kinds, length } = batch;
    const gone = kinds?.some((kind) => (kind & 1) === 1) ? kinds.map((kind) => kind & 1) : undefined;
    this.#batch = { keys: this.#options.keys(batch), inputs: this.#options.inputs(batch), gone, length };
    this.#row = 0;
    const { every, ttl } = this.#options;
    const now = every === undefined && ttl === undefined ? 0 : this.#options.clock.now();
    if (every !== undefined) this.#nextEmit ??= now + every;
    if (ttl !== undefined) this.#nextSweep ??= now + ttl / SWEEPS;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    this.#options.checkInterrupt();
    if (this.#batch !== undefined) {
      this.#updatePiece();
      if (this.#batch === undefined && this.#emitsAtOnce) {
        this.#emitSet = 0;
        if (this.#sets.some(({ groups }) => groups.pending > FEW_GROUPS)) return true;
      }
    } else if (this.#sweepSet >= 0) {
      this.#sweepPiece();
      if (this.#sweepSet < 0 && this.#emitsAtOnce) this.#emitSet = 0;
    }
    if (this.#batch === undefined && this.#sweepSet < 0 && this.#emitSet >= 0) this.#emitPiece(out);
    return this.#batch !== undefined || this.#sweepSet >= 0 || this.#emitSet >= 0;
  }

  get #emitsAtOnce(): boolean {
    const { mode } = this.#options;
    return mode === "changes" || mode === "update";
  }

  #updatePiece(): void {
    const { keys, inputs, gone, length } = this.#batch!;
    const rows = this.#sets.some(({ groups }) => groups.pinned) ? PINNED_ROWS : PIECE_ROWS;
    const from = this.#row;
    const to = Math.min(length, from + rows);
    const slice = (vector: Vector) => sliceVector(vector, from, to);
    const now = this.#options.ttl === undefined ? 0 : this.#options.clock.now();
    const pieceInputs = inputs.map(slice);
    for (const { positions, groups } of this.#sets) {
      const pieceKeys = positions.map((position) => slice(keys[position]));
      groups.update(pieceKeys, pieceInputs, to - from, gone?.subarray(from, to), now);
    }
    this.#row = to;
    if (to === length) this.#batch = undefined;
  }

  #sweepPiece(): void {
    const before = this.#options.clock.now() - this.#options.ttl!;
    const next = this.#sets[this.#sweepSet].groups.expire(this.#sweepSlot, before);
    this.#sweepSlot = Math.max(0, next);
    if (next < 0 && ++this.#sweepSet === this.#sets.length) this.#sweepSet = -1;
  }

  #emitPiece(out: Output): void {
    const { positions, groups } = this.#sets[this.#emitSet];
    const from = this.#emitAt;
    const to = Math.min(groups.pending, from + (groups.pinned ? PINNED_ROWS : PIECE_ROWS));
    const batch = from === to ? undefined : groups.emit(from, to);
    if (batch !== undefined) out.push(this.#withAllKeys(batch, positions));
    this.#emitAt = to;
    if (to < groups.pending) return;
    groups.settle();
    this.#emitAt = 0;
    if (++this.#emitSet === this.#sets.length) this.#emitSet = -1;
  }

  /** Keys that a grouping set does not have are NULL. */
  #withAllKeys(batch: RecordBatch, positions: readonly number[]): RecordBatch {
    const { keyTypes } = this.#options;
    if (positions.length === keyTypes.length) return batch;
    const keys = keyTypes.map((type, position) => {
      const at = positions.indexOf(position);
      return at < 0 ? nullVector(type, batch.length) : batch.columns[at];
    });
    return { ...batch, columns: [...keys, ...batch.columns.slice(positions.length)] };
  }

  nextTimer(): number | undefined {
    const times = [this.#nextEmit, this.#nextSweep].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  onTimer(now: number, out: Output): boolean {
    if (this.#nextEmit !== undefined && now >= this.#nextEmit) {
      this.#nextEmit = undefined;
      this.#emitSet = 0;
    }
    if (this.#nextSweep !== undefined && now >= this.#nextSweep) {
      const groups = this.#sets.reduce((sum, set) => sum + set.groups.size, 0);
      this.#nextSweep = groups === 0 ? undefined : now + this.#options.ttl! / SWEEPS;
      if (groups > 0) this.#sweepSet = 0;
      if (this.#options.mode === "every") this.#nextEmit ??= now + this.#options.every!;
    }
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    for (const { groups } of this.#sets) groups.begin();
    this.#nextEmit = undefined;
    this.#nextSweep = undefined;
    this.#emitSet = 0;
    return this.resume(out);
  }

  stateBytes(): number {
    return this.#sets.reduce((sum, { groups }) => sum + groups.bytes(), 0);
  }

  stateRows(): number {
    return this.#sets.reduce((sum, { groups }) => sum + groups.size, 0);
  }

  snapshot(): readonly SnapshotPart[] {
    return this.#sets.flatMap(({ groups }, k) => groups.snapshot(`set${k}`));
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { every, ttl, clock } = this.#options;
    for (const [k, { groups }] of this.#sets.entries()) {
      groups.restore(`set${k}`, parts);
      if (every !== undefined && groups.pending > 0) this.#nextEmit = clock.now() + every;
      if (ttl !== undefined && groups.size > 0) this.#nextSweep = clock.now() + ttl / SWEEPS;
    }
  }
}

export function buildChangelogAggregate(node: ChangelogAggregateNode, { inputs: [input], position, context }: StreamBuild): OperatorTree {
  const plan = { ...node, kind: "aggregate" as const, input: node.inputs[0] };
  const { exprs, options } = aggregateOptions(plan, context);
  const types: DataType[] = node.inputs[0].schema.map(({ type }) => type);
  // One loop for keys and arguments; rows keep their kinds, as none is left out.
  const computed = compilePipeline({ exprs, inputTypes: types }, context.compile);
  const keys = node.groups.length;
  let latest: { readonly batch: RecordBatch; readonly columns: readonly Vector[] } | undefined;
  const columnsOf = (batch: RecordBatch) => {
    if (latest?.batch !== batch) latest = { batch, columns: exprs.length === 0 ? [] : computed(batch).columns };
    return latest.columns;
  };
  const operator = new ChangelogAggregate({
    keyTypes: options.keyTypes,
    inputTypes: options.inputTypes,
    calls: options.calls,
    resultTypes: node.aggregates.map(({ type }) => type),
    retracting: node.retracting,
    keys: (batch) => columnsOf(batch).slice(0, keys),
    inputs: (batch) => columnsOf(batch).slice(keys),
    sets: node.sets,
    mode: node.mode,
    every: node.every,
    ttl: node.ttl,
    clock: context.clock,
    checkInterrupt: context.checkInterrupt,
  });
  return { operator, inputs: [input], planNodes: [position] };
}
