import { MessageChannel } from "node:worker_threads";

/*
 * Code that may be terminated from outside in the middle must not be in a callback of setImmediate, of a timer or of process.nextTick: Node keeps books
 * around those in JavaScript, which would never be closed, and other callbacks of the same round would be lost. Nor in a microtask, with which all others
 * that wait would go. Messages are handed out one by one from native code, which closes its books whatever happens.
 */
let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** Calls `work` in a turn of the event loop of its own, after what waits there already. Keeps the process alive until then. */
export function inTurn(work: () => void): void {
  channel ??= openChannel();
  const { port1, port2 } = channel;
  waiting.push(work);
  // Timers and messages have their turn between any two of these.
  setImmediate(() => {
    port2.ref();
    port1.postMessage(undefined);
  });
}

function openChannel(): MessageChannel {
  const opened = new MessageChannel();
  opened.port2.on("message", () => {
    const work = waiting.shift();
    if (waiting.length === 0) opened.port2.unref();
    work?.();
  });
  opened.port2.unref();
  return opened;
}
