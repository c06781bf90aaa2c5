/**
 * What it costs to describe a segment of a series by one distribution. Costs never grow when a segment is cut in two, which is what lets PELT drop
 * candidates. Series have no NaN.
 */
export interface SegmentCost {
  /** Points of the series. */
  readonly length: number;
  /** Points that a segment needs at least. */
  readonly shortest: number;
  /**
   * Costs of the segments from each of the first `count` of `starts` up to, but without, `end`. Starts ascend; from call to call `end` grows, and the
   * first start never goes back.
   */
  ending(end: number, starts: Int32Array, count: number, into: Float64Array): void;
  /** For every i from 0 to `to - from`: the costs of the segments [from, from + i) and [from + i, to). Those of nothing are 0. */
  splits(from: number, to: number, left: Float64Array, right: Float64Array): void;
}
