import type { Random } from "./random.ts";

const NONE = -1;

/** How a cut parts a point from a box: not at all, with the point on its left or on its right; or there is nothing to part. */
const Inside = { no: 0, left: 1, right: 2, equal: 3 } as const;
type Inside = (typeof Inside)[keyof typeof Inside];

/**
 * A random cut tree over a changing set of points: Guha, Mishra, Roy and Schrijvers, "Robust random cut forest based anomaly detection on streams",
 * ICML 2016. Inserting a point and deleting one leave a tree of the same distribution as one that was grown from the points that remain. Equal points
 * share a leaf. All state is plain arrays.
 */
export class RandomCutTree {
  private readonly dimensions: number;
  private readonly random: Random;
  private root = NONE;
  /** Nodes: children (NONE in leaves), parent, dimension and place of the cut, points below, and the box around those. */
  private readonly left: Int32Array;
  private readonly right: Int32Array;
  private readonly parent: Int32Array;
  private readonly dimension: Int32Array;
  private readonly place: Float64Array;
  private readonly mass: Int32Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly free: Int32Array;
  private freeNodes: number;
  /** The last cut that was drawn. */
  private drawnDimension = 0;
  private drawnPlace = 0;
  /** Where the displacement of the last `displacement` was largest: the dimension of the cut there. */
  cutDimension = 0;

  /** @param capacity most points at a time */
  constructor(capacity: number, dimensions: number, random: Random) {
    const nodes = 2 * capacity;
    this.dimensions = dimensions;
    this.random = random;
    this.left = new Int32Array(nodes);
    this.right = new Int32Array(nodes);
    this.parent = new Int32Array(nodes);
    this.dimension = new Int32Array(nodes);
    this.place = new Float64Array(nodes);
    this.mass = new Int32Array(nodes);
    this.low = new Float64Array(nodes * dimensions);
    this.high = new Float64Array(nodes * dimensions);
    this.free = Int32Array.from({ length: nodes }, (_, i) => i);
    this.freeNodes = nodes;
  }

  /** Adds a point, and gives the leaf it is in. */
  insert(point: Float64Array): number {
    if (this.root === NONE) {
      this.root = this.newLeaf(point, NONE);
      return this.root;
    }
    for (let node = this.root; ; ) {
      const cut = this.drawCut(point, node);
      if (cut === Inside.equal) {
        this.growUpwards(node, point);
        return node;
      }
      if (cut !== Inside.no) return this.splitOff(node, point, cut === Inside.left);
      node = point[this.dimension[node]] <= this.place[node] ? this.left[node] : this.right[node];
    }
  }

  /** Takes one point out of a leaf. */
  delete(leaf: number): void {
    if (this.mass[leaf] > 1) {
      for (let node = leaf; node !== NONE; node = this.parent[node]) this.mass[node]--;
      return;
    }
    const above = this.parent[leaf];
    this.release(leaf);
    if (above === NONE) {
      this.root = NONE;
      return;
    }
    const sibling = this.left[above] === leaf ? this.right[above] : this.left[above];
    const grand = this.parent[above];
    this.release(above);
    this.parent[sibling] = grand;
    this.replaceChild(grand, above, sibling);
    let tight = true;
    for (let node = grand; node !== NONE; node = this.parent[node]) {
      this.mass[node]--;
      if (tight) tight = this.tighten(node);
    }
  }

  /**
   * The collusive displacement of a leaf: over the subtrees that it is in, the most points by which others sink deeper because of a subtree, per point
   * of the subtree. 0 where there is no other leaf.
   */
  displacement(leaf: number): number {
    const { parent, left, right, mass } = this;
    let largest = 0;
    for (let node = leaf; parent[node] !== NONE; node = parent[node]) {
      const above = parent[node];
      const sibling = left[above] === node ? right[above] : left[above];
      const here = mass[sibling] / mass[node];
      if (here <= largest) continue;
      largest = here;
      this.cutDimension = this.dimension[above];
    }
    return largest;
  }

  /** Draws a cut of the box around a node and the point, and says whether it parts the two. */
  private drawCut(point: Float64Array, node: number): Inside {
    const { dimensions, low, high } = this;
    const at = node * dimensions;
    let extent = 0;
    for (let d = 0; d < dimensions; d++) extent += Math.max(high[at + d], point[d]) - Math.min(low[at + d], point[d]);
    if (extent === 0) return Inside.equal;
    let rest = this.random.next() * extent;
    for (let d = 0; d < dimensions; d++) {
      const from = Math.min(low[at + d], point[d]);
      const to = Math.max(high[at + d], point[d]);
      if (rest >= to - from) {
        rest -= to - from;
        continue;
      }
      const place = from + rest;
      const parts = place < low[at + d] ? Inside.left : place >= high[at + d] ? Inside.right : Inside.no;
      if (parts !== Inside.no) {
        this.drawnDimension = d;
        this.drawnPlace = place;
      }
      return parts;
    }
    // Rounding: the cut is at the very end of the box.
    return this.drawCut(point, node);
  }

  /** Puts a new branch in the place of a node, with that node and a leaf of the point below it. */
  private splitOff(node: number, point: Float64Array, left: boolean): number {
    const branch = this.free[--this.freeNodes];
    const leaf = this.newLeaf(point, branch);
    const above = this.parent[node];
    this.dimension[branch] = this.drawnDimension;
    this.place[branch] = this.drawnPlace;
    this.left[branch] = left ? leaf : node;
    this.right[branch] = left ? node : leaf;
    this.mass[branch] = this.mass[node];
    const { dimensions, low, high } = this;
    for (let d = 0; d < dimensions; d++) {
      low[branch * dimensions + d] = low[node * dimensions + d];
      high[branch * dimensions + d] = high[node * dimensions + d];
    }
    this.parent[branch] = above;
    this.parent[node] = branch;
    this.replaceChild(above, node, branch);
    this.growUpwards(branch, point);
    return leaf;
  }

  private growUpwards(from: number, point: Float64Array): void {
    const { dimensions, low, high, mass, parent } = this;
    for (let node = from; node !== NONE; node = parent[node]) {
      mass[node]++;
      const at = node * dimensions;
      for (let d = 0; d < dimensions; d++) {
        if (point[d] < low[at + d]) low[at + d] = point[d];
        if (point[d] > high[at + d]) high[at + d] = point[d];
      }
    }
  }

  /** Makes a branch's box fit its children again; false where it did already. */
  private tighten(node: number): boolean {
    const { dimensions, low, high } = this;
    const at = node * dimensions;
    const l = this.left[node] * dimensions;
    const r = this.right[node] * dimensions;
    let changed = false;
    for (let d = 0; d < dimensions; d++) {
      const lowest = Math.min(low[l + d], low[r + d]);
      const highest = Math.max(high[l + d], high[r + d]);
      if (lowest === low[at + d] && highest === high[at + d]) continue;
      low[at + d] = lowest;
      high[at + d] = highest;
      changed = true;
    }
    return changed;
  }

  private newLeaf(point: Float64Array, parent: number): number {
    const leaf = this.free[--this.freeNodes];
    this.left[leaf] = NONE;
    this.right[leaf] = NONE;
    this.parent[leaf] = parent;
    this.mass[leaf] = 1;
    this.low.set(point, leaf * this.dimensions);
    this.high.set(point, leaf * this.dimensions);
    return leaf;
  }

  private replaceChild(parent: number, child: number, by: number): void {
    if (parent === NONE) this.root = by;
    else if (this.left[parent] === child) this.left[parent] = by;
    else this.right[parent] = by;
  }

  private release(node: number): void {
    this.free[this.freeNodes++] = node;
  }
}
