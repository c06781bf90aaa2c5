import type { RecordBatch } from "../../core/vector.ts";
import type { OperatorTree } from "../driver.ts";
import type { Operator, Output } from "../operator.ts";
import type { StreamBuild } from "./build.ts";

/** UNION ALL of streams: the rows of either input as they come. */
class InterleavedUnion implements Operator {
  readonly name = "union";

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    out.push(batch);
    return false;
  }

  resume(): boolean {
    return false;
  }

  onEnd(): boolean {
    return false;
  }
}

export const buildUnion = ({ inputs, position }: StreamBuild): OperatorTree => ({
  operator: new InterleavedUnion(),
  inputs,
  planNodes: [position],
});
