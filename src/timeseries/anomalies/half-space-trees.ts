import { abstain, type DetectorOptions, type OnlineDetector, type OnlineMethod, type Verdict } from "./online.ts";
import { ScoreScale } from "./quantile-digest.ts";
import { Random } from "./random.ts";
import { scoreOf } from "./score.ts";
import { putState, takeState } from "./state.ts";

/** A split lies at least this share of a range away from its ends. */
const PADDING = 0.15;

/**
 * Half-space trees: Tan, Ting and Liu, "Fast anomaly detection for streaming data", IJCAI 2011, with the parameters of River. Trees cut the space at
 * random once; a point is unusual where few points of the window before fell. The raw score is 1 - Σ mass · 2^depth / (the largest such sum), a walk
 * ending early in a node with less than a tenth of a window.
 *
 * The space is the range that each column has in the first window, and half of that again on each side. Raw scores get their deviation from
 * their place among past ones (`ScoreScale`); nothing is said before 256 of them are known.
 */
export class HalfSpaceTrees implements OnlineDetector {
  private readonly trees: number;
  private readonly height: number;
  private readonly window: number;
  private readonly columns: number;
  private readonly random: Random;
  /** Nodes of all trees, each tree a heap: children of i are 2i + 1 and 2i + 2. `mass` is of the window before; leaves have no split. */
  private readonly column: Int32Array;
  private readonly split: Float64Array;
  private readonly mass: Int32Array;
  /** Points of this window in each leaf. */
  private readonly leaves: Int32Array;
  private readonly first: Float64Array;
  private readonly scale = new ScoreScale();
  private count = 0;
  private planted = false;
  /** Of the last point, from 0 to 1 as in River; NaN before the first window is through. */
  rawScore = Number.NaN;

  constructor(options: DetectorOptions, columns: number) {
    this.trees = options.n_trees;
    this.height = options.height;
    this.window = options.window;
    this.columns = columns;
    this.random = new Random(options.seed);
    const nodes = this.trees * (2 ** (this.height + 1) - 1);
    this.column = new Int32Array(nodes);
    this.split = new Float64Array(nodes);
    this.mass = new Int32Array(nodes);
    this.leaves = new Int32Array(this.trees * 2 ** this.height);
    this.first = new Float64Array(this.window * columns);
  }

  update(values: ArrayLike<number>, _time: number, into: Verdict): void {
    abstain(into);
    for (let c = 0; c < this.columns; c++) if (!Number.isFinite(values[c])) return;
    if (!this.planted) {
      for (let c = 0; c < this.columns; c++) this.first[this.count * this.columns + c] = values[c];
      this.count++;
      if (this.count === this.window) this.plant();
      return;
    }
    this.walk(values);
    if (this.scale.ready) into.score = scoreOf(this.scale.deviation(this.rawScore));
    this.scale.add(this.rawScore);
  }

  state(): unknown {
    return takeState(this);
  }

  /** Learns a point, and sets its raw score by the masses of the window before. */
  private walk(values: ArrayLike<number>): void {
    const { height, column, split, mass, leaves } = this;
    const only = this.columns === 1;
    const first = values[0];
    const few = 0.1 * this.window;
    const width = 2 ** height;
    const size = 2 * width - 1;
    let sum = 0;
    for (let tree = 0; tree < this.trees; tree++) {
      const root = tree * size;
      let node = 0;
      let weight = 1;
      let depth = 0;
      for (let ends = false; !ends && depth < height; depth++) {
        const at = root + node;
        sum += mass[at] * weight;
        ends = mass[at] < few;
        weight = ends ? 0 : 2 * weight;
        node = 2 * node + ((only ? first : values[column[at]]) < split[at] ? 1 : 2);
      }
      for (; depth < height; depth++) node = 2 * node + ((only ? first : values[column[root + node]]) < split[root + node] ? 1 : 2);
      sum += mass[root + node] * weight;
      leaves[tree * width + node - (width - 1)]++;
    }
    this.rawScore = 1 - sum / (this.trees * this.window * size);
    if (++this.count === this.window) this.turn();
  }

  /** A window is through: its points become the masses. */
  private turn(): void {
    const { mass, leaves } = this;
    const width = 2 ** this.height;
    const size = 2 * width - 1;
    for (let tree = 0; tree < this.trees; tree++) {
      const root = tree * size;
      mass.set(leaves.subarray(tree * width, (tree + 1) * width), root + width - 1);
      for (let node = width - 2; node >= 0; node--) mass[root + node] = mass[root + 2 * node + 1] + mass[root + 2 * node + 2];
    }
    leaves.fill(0);
    this.count = 0;
  }

  /** Cuts the space, and learns the first window. */
  private plant(): void {
    const { columns, first, window } = this;
    const low = new Float64Array(columns).fill(Infinity);
    const high = new Float64Array(columns).fill(-Infinity);
    for (let i = 0; i < first.length; i++) {
      low[i % columns] = Math.min(low[i % columns], first[i]);
      high[i % columns] = Math.max(high[i % columns], first[i]);
    }
    for (let c = 0; c < columns; c++) {
      // A column of one value still has two sides.
      const half = (high[c] - low[c]) / 2 || Math.max(Math.abs(low[c]), 1) * 1e-9;
      low[c] -= half;
      high[c] += half;
    }
    const size = 2 ** (this.height + 1) - 1;
    for (let tree = 0; tree < this.trees; tree++) this.cut(tree * size, 0, 0, low, high);
    this.planted = true;
    this.count = 0;
    for (let i = 0; i < window; i++) this.walk(first.subarray(i * columns, (i + 1) * columns));
    this.rawScore = Number.NaN;
  }

  private cut(root: number, node: number, depth: number, low: Float64Array, high: Float64Array): void {
    if (depth === this.height) return;
    const c = Math.floor(this.random.next() * this.columns);
    const [from, to] = [low[c], high[c]];
    const at = from + (to - from) * (PADDING + (1 - 2 * PADDING) * this.random.next());
    this.column[root + node] = c;
    this.split[root + node] = at;
    high[c] = at;
    this.cut(root, 2 * node + 1, depth + 1, low, high);
    high[c] = to;
    low[c] = at;
    this.cut(root, 2 * node + 2, depth + 1, low, high);
    low[c] = from;
  }
}

export const halfSpaceTrees: OnlineMethod = {
  name: "half_space_trees",
  options: { sensitivity: 0.5, n_trees: 10, height: 8, window: 250, seed: 1 },
  multivariate: true,
  create: (options, columns) => new HalfSpaceTrees(options, columns),
  restore: (state, options, columns) => putState(new HalfSpaceTrees(options, columns), state),
};
