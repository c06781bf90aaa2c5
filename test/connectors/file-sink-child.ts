import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { bindSink } from "../../src/connectors/sinks.ts";
import { INTEGER, VARCHAR } from "../../src/core/types.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { WallClock } from "../../src/exec/clock.ts";

/** Writes rows 0 up to `total` into a file sink with a checkpoint every few batches, from the last checkpoint there is. Made to be killed. */
const [folder, path, total, roll] = process.argv.slice(2);
const store = join(folder, "checkpoint.json");
const schema = [
  { name: "n", type: INTEGER },
  { name: "t", type: VARCHAR },
];
const properties = { connector: "file", path, ...(roll !== "" && { roll_size: roll }) };
const sink = bindSink(properties).open(schema, { cwd: folder, clock: new WallClock(), print: () => {} });

let row = 0;
function checkpoint(): void {
  const position = sink.snapshot();
  const fd = openSync(`${store}.new`, "w");
  writeSync(fd, JSON.stringify({ row, position }));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${store}.new`, store);
  sink.committed(position);
}

if (existsSync(store)) {
  const kept = JSON.parse(readFileSync(store, "utf8")) as { row: number; position: unknown };
  row = kept.row;
  sink.restore(kept.position);
} else checkpoint();
process.stdout.write("ready\n");
while (row < Number(total)) {
  for (let batch = 0; batch < 3 && row < Number(total); batch++) {
    const values = Array.from({ length: Math.min(400, Number(total) - row) }, (_, i) => row + i);
    sink.write({
      columns: [
        vectorFromValues(INTEGER, values),
        vectorFromValues(
          VARCHAR,
          values.map((n) => `row, ${n}`),
        ),
      ],
      length: values.length,
    });
    row += values.length;
    if (row % 7 === 0) sink.flush();
  }
  checkpoint();
}
await sink.finish();
