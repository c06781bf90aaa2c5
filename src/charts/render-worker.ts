import { parentPort } from "node:worker_threads";
import { errorToData } from "../core/errors.ts";
import { renderPng } from "./png.ts";

/** Draws PNGs off the main thread. It is only ever asked to stop, never terminated: it holds a native add-on. */
export interface RenderRequest {
  readonly id: number;
  readonly spec: unknown;
  /** Pixels of the picture per pixel of the chart. Default 2. */
  readonly scale?: number;
}

const port = parentPort;
if (port === null) throw new Error("render-worker.js runs as a worker thread");

port.on("message", async (message: RenderRequest | "stop") => {
  if (message === "stop") {
    port.close();
    return;
  }
  try {
    port.postMessage({ id: message.id, png: await renderPng(message.spec, message.scale) });
  } catch (error) {
    port.postMessage({ id: message.id, error: errorToData(error) });
  }
});
