import { INTEGER } from "../../src/core/types.ts";
import { WallClock } from "../../src/exec/clock.ts";
import { StreamHub } from "../../src/streams/hub.ts";

/** Reads numbers from standard input as a stream, slowly where told, and prints how many there were, their sum, and the dead letters. */
const [format, slow] = process.argv.slice(2);
const clock = new WallClock();
const hub = new StreamHub({ clock, warn: () => {} });
const columns = [{ name: "n", type: INTEGER }];
const { spec } = await hub.declare({ name: "s", columns, properties: { connector: "stdin", format } }, { cwd: "/" });
const reader = hub.open(spec, { columns: [0] });
let count = 0;
let sum = 0;
for (;;) {
  let wake: () => void = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const piece = reader.next(wake);
  if (piece === "end") break;
  if (typeof piece === "string") await woken;
  else {
    const [vector] = piece.batch.columns;
    if (vector.layout === "flat") for (const value of vector.data) sum += Number(value);
    count += piece.batch.length;
    if (slow === "slow") await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
process.stdout.write(JSON.stringify({ count, sum, dead: hub.deadLetters("s").rowCount }));
hub.close();
