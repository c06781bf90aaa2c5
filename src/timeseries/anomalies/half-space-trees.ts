import { abstain, type DetectorOptions, type OnlineDetector, type OnlineMethod, type Verdict } from "./online.ts";
import { ScoreScale } from "./quantile-digest.ts";
import { Random } from "./random.ts";
import { scoreOf } from "./score.ts";
import { putState, takeState } from "./state.ts";

/** A split lies at least this share of a range away from its ends. */
const PADDING = 0.15;
/** Most numbers that are spent to find the leaves of one column's values at once. */
const LARGEST_LAYOUT = 2 ** 18;

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
  /** Nodes of all trees, each tree a heap: children of i are 2i + 1 and 2i + 2. Leaves have no split. */
  private readonly column: Int32Array;
  private readonly split: Float64Array;
  /** Of the leaves of all trees: points of this window, and what a walk to it adds up to by the masses of the window before. */
  private readonly points: Int32Array;
  private readonly sums: Float64Array;
  /** With one column: all splits, sorted, and the leaves (one a tree) of the stretches between them, where that is little. */
  private breaks = new Float64Array(0);
  private stretches = new Int32Array(0);
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
    this.points = new Int32Array(this.trees * 2 ** this.height);
    this.sums = new Float64Array(this.trees * 2 ** this.height);
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
    const { trees, points, sums, stretches } = this;
    let sum = 0;
    if (stretches.length > 0) {
      const at = this.stretchOf(values[0]) * trees;
      for (let tree = 0; tree < trees; tree++) {
        const leaf = stretches[at + tree];
        points[leaf]++;
        sum += sums[leaf];
      }
    } else {
      for (let tree = 0; tree < trees; tree++) {
        const leaf = this.leafOf(tree, values);
        points[leaf]++;
        sum += sums[leaf];
      }
    }
    this.rawScore = 1 - sum / (trees * this.window * (2 ** (this.height + 1) - 1));
    if (++this.count === this.window) this.turn();
  }

  private leafOf(tree: number, values: ArrayLike<number>): number {
    const { height, column, split } = this;
    const width = 2 ** height;
    const root = tree * (2 * width - 1);
    let node = 0;
    for (let depth = 0; depth < height; depth++) node = 2 * node + (values[column[root + node]] < split[root + node] ? 1 : 2);
    return tree * width + node - (width - 1);
  }

  /** How many splits are not above a value. */
  private stretchOf(value: number): number {
    const { breaks } = this;
    let low = 0;
    let high = breaks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (breaks[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A window is through: its points become the masses. */
  private turn(): void {
    const { points, sums, trees } = this;
    const few = 0.1 * this.window;
    const width = 2 ** this.height;
    const mass = new Int32Array(2 * width - 1);
    const weight = new Float64Array(2 * width - 1);
    const reached = new Float64Array(2 * width - 1);
    for (let tree = 0; tree < trees; tree++) {
      mass.set(points.subarray(tree * width, (tree + 1) * width), width - 1);
      for (let node = width - 2; node >= 0; node--) mass[node] = mass[2 * node + 1] + mass[2 * node + 2];
      weight[0] = 1;
      reached[0] = mass[0];
      for (let node = 1; node < mass.length; node++) {
        const above = (node - 1) >> 1;
        weight[node] = mass[above] < few ? 0 : 2 * weight[above];
        reached[node] = reached[above] + weight[node] * mass[node];
      }
      sums.set(reached.subarray(width - 1), tree * width);
    }
    points.fill(0);
    this.count = 0;
  }

  /** Writes down the leaves of each stretch between two splits. */
  private layOut(): void {
    const { trees, height } = this;
    const width = 2 ** height;
    if (this.columns > 1 || trees * trees * width > LARGEST_LAYOUT) return;
    this.breaks = this.split.filter((_, i) => i % (2 * width - 1) < width - 1).sort();
    this.stretches = new Int32Array((this.breaks.length + 1) * trees);
    for (let k = 0; k <= this.breaks.length; k++) {
      const value = [k === 0 ? -Infinity : this.breaks[k - 1]];
      for (let tree = 0; tree < trees; tree++) this.stretches[k * trees + tree] = this.leafOf(tree, value);
    }
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
    this.layOut();
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
