import { join } from "node:path";
import { type EngineOptions, startEngine } from "../src/engine/index.ts";
import { readConnectionFile } from "./connection-file.ts";
import { History } from "./history.ts";
import { userDataDir } from "./jupyter-paths.ts";
import { Kernel } from "./kernel.ts";
import { bindKernelSockets } from "./sockets.ts";
import { Wire, WireError } from "./wire.ts";

/** How often the kernel looks whether its parent lives. */
const PARENT_POLL_MS = 1000;
/** Time given to the engine to close. */
const CLOSE_MS = 2500;

/**
 * Runs a kernel in this process until it is shut down. Sockets are open before the engine is, so that `kernel_info` is answered early.
 * SIGINT is ignored: front ends send `interrupt_request`.
 */
export async function serveKernel(connectionFile: string, options: EngineOptions = {}): Promise<void> {
  const parent = process.ppid;
  process.on("SIGINT", () => {});
  const connection = await readConnectionFile(connectionFile);
  const wire = new Wire(connection.key);
  const warn = (text: string) => process.stderr.write(`weir: ${text}\n`);
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const history = new History(join(userDataDir(), "weir", "history.jsonl"), (error) => warn(`the history is not kept: ${error.message}`));

  let kernel: Kernel | undefined;
  const sockets = await bindKernelSockets(connection, {
    onRequest(channel, frames) {
      try {
        const message = wire.decode(frames);
        if (channel === "stdin") kernel?.receiveInput(message);
        else kernel?.dispatch(channel, message);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        warn(error.message);
      }
    },
    onSubscribe: (topic) => kernel?.welcome(topic),
  });
  const engine = startEngine(options);
  engine.catch((error) => {
    warn(`the engine did not start: ${error.message}`);
    process.exit(1);
  });
  kernel = new Kernel({
    engine,
    history,
    transport: { send: (channel, message) => void sockets[channel].send(wire.encode(message)) },
    onShutdown: stop,
  });
  kernel.announce();

  process.on("SIGTERM", stop);
  const poll = setInterval(() => process.ppid !== parent && stop(), PARENT_POLL_MS);
  await stopped;
  clearInterval(poll);
  await sockets.flush();
  sockets.close();
  await Promise.race([engine.then((client) => client.close()), new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
  process.exit(0);
}
