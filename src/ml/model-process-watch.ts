import { readSync } from "node:fs";
import { LIFELINE_FD } from "./model-protocol.ts";

/** A thread of a model's process that waits for the engine's end of a pipe to close, and then ends the process, whatever it is doing. */
try {
  readSync(LIFELINE_FD, new Uint8Array(1));
} finally {
  process.kill(process.pid, "SIGKILL");
}
