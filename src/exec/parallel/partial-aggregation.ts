import type { RecordBatch } from "../../core/vector.ts";
import type { PartialAggregate } from "../aggregate/grouped-aggregation.ts";
import type { HashAggregate } from "../aggregate/hash-aggregate.ts";
import type { Operator } from "../operator.ts";

/** A thread's groups, and how many of each grouping set it knew after each morsel it took. Plain data. */
export interface PartialGroups {
  readonly parts: readonly PartialAggregate[];
  readonly morsels: readonly { readonly morsel: number; readonly sizes: readonly number[] }[];
}

/** The aggregate of one thread of a parallel plan: takes rows, and gives its groups out as state to be merged. */
export class PartialAggregation implements Operator {
  readonly name = "partial-hash-aggregate";
  /** The groups of this thread. */
  readonly aggregate: HashAggregate;
  readonly #morsels: { morsel: number; sizes: number[] }[] = [];

  constructor(aggregate: HashAggregate) {
    this.aggregate = aggregate;
  }

  process(_input: number, batch: RecordBatch): boolean {
    this.aggregate.add(batch);
    return false;
  }

  resume(): boolean {
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  /** All rows of the morsel were added. */
  endMorsel(morsel: number): void {
    this.#morsels.push({ morsel, sizes: this.aggregate.sizes() });
  }

  export(): PartialGroups {
    return { parts: this.aggregate.exportPartial(), morsels: this.#morsels };
  }

  stateBytes(): number {
    return this.aggregate.stateBytes();
  }
}

/** Up to here groups come out in the order of their first rows, which costs looking every key up once more. */
const ORDERED_GROUPS = 200_000;

/**
 * Merges this thread's groups with those of the others, into the aggregate that it returns. As long as there are not too many of them, groups come
 * out in the order their first rows stand in the input, as from one thread: keys are made known to `empty` morsel by morsel, before the states
 * are added. Otherwise the others' are added to this thread's own, whose keys need not be looked up again. A piece a step.
 */
export function* mergePartials(
  local: PartialAggregation,
  others: readonly PartialGroups[],
  empty: HashAggregate,
): Generator<void, HashAggregate> {
  const sizes = local.aggregate.sizes();
  if (Math.max(...sizes) > ORDERED_GROUPS || others.some(({ parts }) => parts.some((part) => part.groups > ORDERED_GROUPS))) {
    for (const { parts } of others) yield* local.aggregate.mergePieces(parts);
    return local.aggregate;
  }
  const partials = [local.export(), ...others];
  const segments = partials.flatMap(({ parts, morsels }) => {
    let before = parts.map(() => 0);
    return morsels.map(({ morsel, sizes }) => {
      const from = before;
      before = [...sizes];
      return { morsel, parts, from, to: sizes };
    });
  });
  segments.sort((a, b) => a.morsel - b.morsel);
  for (const { parts, from, to } of segments) {
    parts.forEach((part, set) => {
      empty.addGroups(set, part.keys, from[set], to[set]);
    });
    yield;
  }
  for (const { parts } of partials) yield* empty.mergePieces(parts);
  return empty;
}
