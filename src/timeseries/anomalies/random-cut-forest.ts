import { abstain, type DetectorOptions, type OnlineDetector, type OnlineMethod, type Verdict } from "./online.ts";
import { ScoreScale } from "./quantile-digest.ts";
import { Random } from "./random.ts";
import { RandomCutTree } from "./random-cut-tree.ts";
import { scoreOf } from "./score.ts";
import { putState, takeState } from "./state.ts";

/** A tree and its sample of the points so far. */
class SampledTree {
  readonly tree: RandomCutTree;
  private readonly random: Random;
  /** A heap by key, the smallest on top: key and leaf of each point of the sample. */
  private readonly keys: Float64Array;
  private readonly leaves: Int32Array;
  private count = 0;

  constructor(sample: number, dimensions: number, seed: number) {
    this.random = new Random(seed);
    this.tree = new RandomCutTree(sample + 1, dimensions, this.random);
    this.keys = new Float64Array(sample + 1);
    this.leaves = new Int32Array(sample + 1);
  }

  /**
   * The displacement of a point, which then is in the sample or is not: each point draws a key, and those with the largest stay. With time, keys rise
   * at `decay` a point, so that a point's chances fall by exp(-decay) for each later one (Efraimidis and Spirakis, "Weighted random sampling with a
   * reservoir", 2006).
   */
  take(point: Float64Array, time: number, decay: number): number {
    const { tree } = this;
    const leaf = tree.insert(point);
    const displacement = tree.displacement(leaf);
    this.push(decay * time - Math.log(-Math.log(1 - this.random.next())), leaf);
    if (this.count === this.keys.length) tree.delete(this.pop());
    return displacement;
  }

  private push(key: number, leaf: number): void {
    const { keys, leaves } = this;
    let at = this.count++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (keys[above] <= key) break;
      keys[at] = keys[above];
      leaves[at] = leaves[above];
      at = above;
    }
    keys[at] = key;
    leaves[at] = leaf;
  }

  private pop(): number {
    const { keys, leaves } = this;
    const top = leaves[0];
    const last = --this.count;
    const key = keys[last];
    const leaf = leaves[last];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && keys[child + 1] < keys[child]) child++;
      if (keys[child] >= key) break;
      keys[at] = keys[child];
      leaves[at] = leaves[child];
      at = child;
    }
    keys[at] = key;
    leaves[at] = leaf;
    return top;
  }
}

/**
 * Robust random cut forest: see `RandomCutTree`. A point stands with the `shingle` - 1 points before it; its raw score is the mean of its displacements
 * in `trees` trees, each over its own sample of the points so far, in which older ones grow rare (`decay` a point; 0: all alike). Columns are measured in
 * the standard deviations they had among the first `sample` points. Raw scores get their deviation from their place among past ones
 * (`ScoreScale`); nothing is said before 256 of them are known.
 *
 * State is about trees · sample · (64 + 32 · shingle · columns) bytes: 2.5 MB for one column and the defaults.
 *
 * A column's share of a score is its share of the displacements: each counts for the column whose cut makes it.
 */
export class RandomCutForest implements OnlineDetector {
  private readonly columns: number;
  private readonly shingle: number;
  private readonly decay: number;
  private readonly forest: SampledTree[];
  /** The first points, until their scales are known. */
  private readonly first: Float64Array;
  private readonly scales: Float64Array;
  private started = false;
  private count = 0;
  private readonly point: Float64Array;
  private readonly shares: Float64Array;
  private readonly scale = new ScoreScale();
  /** Mean displacement of the last point; NaN before there was one. */
  rawScore = Number.NaN;

  constructor(options: DetectorOptions, columns: number) {
    const { shingle, sample, trees, seed } = options;
    this.columns = columns;
    this.shingle = shingle;
    this.decay = options.decay;
    this.forest = Array.from({ length: trees }, (_, i) => new SampledTree(sample, shingle * columns, seed * 1000003 + i));
    this.first = new Float64Array(sample * columns);
    this.scales = new Float64Array(columns).fill(1);
    this.point = new Float64Array(shingle * columns);
    this.shares = new Float64Array(columns);
  }

  update(values: ArrayLike<number>, _time: number, into: Verdict): void {
    abstain(into);
    for (let c = 0; c < this.columns; c++) if (!Number.isFinite(values[c])) return;
    if (!this.started) {
      for (let c = 0; c < this.columns; c++) this.first[this.count * this.columns + c] = values[c];
      this.count++;
      if (this.count * this.columns === this.first.length) this.start();
      return;
    }
    if (!this.take(values)) return;
    if (this.scale.ready) into.score = scoreOf(this.scale.deviation(this.rawScore));
    this.scale.add(this.rawScore);
  }

  attribution(): Float64Array {
    let sum = 0;
    for (const share of this.shares) sum += share;
    return this.shares.map((share) => (sum > 0 ? share / sum : 1 / this.columns));
  }

  state(): unknown {
    return takeState(this);
  }

  /** Measures the scales, and learns the first points. */
  private start(): void {
    const { columns, first } = this;
    const length = first.length / columns;
    for (let c = 0; c < columns; c++) {
      let mean = 0;
      for (let i = c; i < first.length; i += columns) mean += first[i] / length;
      let squares = 0;
      for (let i = c; i < first.length; i += columns) squares += (first[i] - mean) ** 2;
      this.scales[c] = Math.sqrt(squares / length) || 1;
    }
    this.started = true;
    this.count = 0;
    for (let i = 0; i < length; i++) {
      if (this.take(first.subarray(i * columns, (i + 1) * columns))) this.scale.add(this.rawScore);
    }
  }

  /** Adds a point to the trees and sets `rawScore` and shares; false while a shingle is not full. */
  private take(values: ArrayLike<number>): boolean {
    const { columns, point, scales, shares } = this;
    point.copyWithin(0, columns);
    for (let c = 0; c < columns; c++) point[point.length - columns + c] = values[c] / scales[c];
    if (++this.count < this.shingle) return false;
    shares.fill(0);
    let sum = 0;
    for (const one of this.forest) {
      const displacement = one.take(point, this.count, this.decay);
      sum += displacement;
      shares[one.tree.cutDimension % columns] += displacement;
    }
    this.rawScore = sum / this.forest.length;
    return true;
  }
}

export const randomCutForest: OnlineMethod = {
  name: "rcf",
  options: { sensitivity: 0.5, trees: 50, sample: 256, shingle: 4, decay: 0.0004, seed: 1 },
  multivariate: true,
  create: (options, columns) => new RandomCutForest(options, columns),
  restore: (state, options, columns) => putState(new RandomCutForest(options, columns), state),
};
