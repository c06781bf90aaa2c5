import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { AggregateCall } from "../aggregate/group-states.ts";
import { GroupStates } from "../aggregate/group-states.ts";
import { GroupedAggregation, type PartialAggregate } from "../aggregate/grouped-aggregation.ts";
import { mergeableCalls } from "./panes-kept-rows.ts";

/** The aggregates of sessions, by numbers that are given out again once a session is gone. */
export interface SessionStates {
  /** Makes room for sessions 0 up to `count`. */
  resize(count: number): void;
  /** Adds row i to session `sessions[i]`. */
  update(sessions: Int32Array, inputs: readonly Vector[], length: number): void;
  /** Adds the rows of one session to another. */
  merge(into: number, from: number): void;
  /** Makes a session empty. */
  clear(session: number): void;
  resultsOf(sessions: Int32Array): Vector[];
  export(): unknown;
  /** Takes up what `export` gave, of so many sessions. */
  import(data: unknown, count: number): void;
  bytes(): number;
}

/** The fitting kind: one state of all sessions where aggregates tell groups apart, else an aggregation a session. */
export function sessionStates(inputTypes: readonly DataType[], calls: readonly AggregateCall[]): SessionStates {
  const states = new GroupStates(inputTypes, calls);
  if (states.hasSeparateGroups) return new SessionRecords(states);
  return new SessionAggregations(inputTypes, states.canMerge ? calls : mergeableCalls(inputTypes, calls));
}

class SessionRecords implements SessionStates {
  readonly #states: GroupStates;

  constructor(states: GroupStates) {
    this.#states = states;
  }

  resize(count: number): void {
    if (count > this.#states.size) this.#states.resize(count);
  }

  update(sessions: Int32Array, inputs: readonly Vector[], length: number): void {
    this.#states.update(sessions, inputs, length);
  }

  merge(into: number, from: number): void {
    this.#states.mergeGroup(into, from);
  }

  clear(session: number): void {
    this.#states.clear(session);
  }

  resultsOf(sessions: Int32Array): Vector[] {
    return this.#states.resultsOf(sessions);
  }

  export(): unknown {
    return this.#states.export();
  }

  import(data: unknown, count: number): void {
    this.resize(count);
    const all = Int32Array.from({ length: count }, (_, i) => i);
    for (const _piece of this.#states.mergePieces(data as unknown[], all));
  }

  bytes(): number {
    return this.#states.bytes();
  }
}

/** Lists, quantiles, DISTINCT: each session has its own. */
class SessionAggregations implements SessionStates {
  readonly #inputTypes: readonly DataType[];
  readonly #calls: readonly AggregateCall[];
  readonly #sessions: GroupedAggregation[] = [];

  constructor(inputTypes: readonly DataType[], calls: readonly AggregateCall[]) {
    this.#inputTypes = inputTypes;
    this.#calls = calls;
  }

  resize(count: number): void {
    while (this.#sessions.length < count) this.#sessions.push(this.#fresh());
  }

  update(sessions: Int32Array, inputs: readonly Vector[], length: number): void {
    const rows = new Map<number, number[]>();
    for (let i = 0; i < length; i++) {
      const own = rows.get(sessions[i]);
      if (own === undefined) rows.set(sessions[i], [i]);
      else own.push(i);
    }
    for (const [session, own] of rows) {
      const picked = Int32Array.from(own);
      this.#sessions[session].update(
        [],
        inputs.map((vector) => take(vector, picked)),
        own.length,
      );
    }
  }

  merge(into: number, from: number): void {
    for (const _piece of this.#sessions[into].mergePieces(this.#sessions[from].export()));
  }

  clear(session: number): void {
    this.#sessions[session] = this.#fresh();
  }

  resultsOf(sessions: Int32Array): Vector[] {
    const all = Array.from(sessions, (session) => this.#sessions[session].results(0, 1).values);
    if (all.length === 0) return this.#fresh().resultsOf(sessions).values;
    return all[0].map((vector, k) =>
      concatVectors(
        vector.type,
        all.map((values) => values[k]),
      ),
    );
  }

  export(): unknown {
    return this.#sessions.map((session) => session.export());
  }

  import(data: unknown, count: number): void {
    this.resize(count);
    (data as PartialAggregate[]).forEach((partial, session) => {
      for (const _piece of this.#sessions[session].mergePieces(partial));
    });
  }

  bytes(): number {
    return this.#sessions.reduce((sum, session) => sum + session.bytes(), 0);
  }

  #fresh(): GroupedAggregation {
    return new GroupedAggregation([], this.#inputTypes, this.#calls);
  }
}
