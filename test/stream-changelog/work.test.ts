import { describe, expect, it } from "vitest";
import { BIGINT, type DataType, DOUBLE } from "../../src/core/types.ts";
import type { RecordBatch, Vector } from "../../src/core/vector.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { Rank } from "../../src/exec/stream/rank.ts";
import { ResultTable } from "../../src/exec/stream/result-table.ts";
import { Collected, changesBatch, feed } from "./harness.ts";

/** Work per row does not depend on how many rows came before: counted in comparisons, page copies and rows told, not in time. */

const TYPES: DataType[] = [BIGINT, BIGINT];

function counted(type: DataType, index: number, reads: { count: number }) {
  const value = Object.assign(
    (batch: RecordBatch): Vector => {
      reads.count += batch.length;
      return batch.columns[index];
    },
    { report: { expression: "", mode: "compiled" as const } },
  );
  return { value, type, descending: true, nullsFirst: false };
}

describe("work per row", () => {
  it("of a Top-N is told rows and read keys in proportion to the rows that come", () => {
    const reads = { count: 0 };
    const operator = new Rank({
      types: TYPES,
      partitionTypes: [BIGINT],
      partitions: (batch) => [batch.columns[0]],
      order: [counted(BIGINT, 1, reads)],
      rank: "row_number",
      limit: 2,
      offset: 0,
      rankColumn: false,
      numbered: false,
      retracting: true,
      windowEnd: undefined,
      ttl: undefined,
      clock: new VirtualClock(0),
      late: () => {},
      checkInterrupt: () => {},
    });
    const costs: number[] = [];
    for (let round = 0; round < 20; round++) {
      const out = new Collected();
      reads.count = 0;
      const rows = Array.from({ length: 1000 }, (_, i) => ({ kind: 0, row: [BigInt(i % 10), BigInt(round * 1000 + i)] }));
      feed(operator, changesBatch(TYPES, rows), out);
      costs.push(reads.count + out.changes.length);
    }
    expect(operator.stateRows()).toBe(20_000);
    expect(Math.max(...costs.slice(1))).toBeLessThanOrEqual(costs[1] + 20);
  });

  it("of a result table copies no more pages for a snapshot than were changed", () => {
    const table = new ResultTable({ types: TYPES, mode: "upsert", key: [0] });
    const row = (i: number) => ({ kind: 2, row: [BigInt(i), 1n] });
    for (let from = 0; from < 200_000; from += 10_000)
      table.apply(
        changesBatch(
          TYPES,
          Array.from({ length: 10_000 }, (_, i) => row(from + i)),
        ),
      );
    const written = (): number => {
      const now = new Map(table.parts().map(({ id, version }) => [id, version]));
      const changed = [...now].filter(([id, version]) => versions.get(id) !== version).length;
      versions = now;
      return changed;
    };
    let versions = new Map<string, number>();
    const all = written();
    table.apply(changesBatch(TYPES, [row(5), row(7)]));
    const few = written();
    expect(all).toBeGreaterThan(20);
    // The two counts, and the part with both keys.
    expect(few).toBeLessThanOrEqual(3);
  });

  it("of doubles as keys: NaN is one key, and so are 0 and -0", () => {
    const table = new ResultTable({ types: [DOUBLE, BIGINT], mode: "upsert", key: [0] });
    table.apply(
      changesBatch(
        [DOUBLE, BIGINT],
        [Number.NaN, 0, Number.NaN, -0].map((x, i) => ({ kind: 2, row: [x, BigInt(i)] })),
      ),
    );
    expect(table.rowCount).toBe(2);
  });
});
