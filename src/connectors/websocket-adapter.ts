import { type RawData, WebSocket } from "ws";

export interface SocketHandlers {
  onOpen(): void;
  onMessage(message: Uint8Array): void;
  /** The connection is over; `reason` says why, where the other side or the system did. Called once. */
  onClose(reason: string): void;
}

/** A WebSocket connection, as connectors use it. */
export interface Socket {
  send(message: string): void;
  /** Bytes that were sent and are still on their way out of this process. */
  readonly buffered: number;
  /** Lets the other side wait, and lets it go on. */
  pause(): void;
  resume(): void;
  close(): void;
}

const HANDSHAKE_MS = 15_000;

export function openSocket(url: string, headers: Readonly<Record<string, string>>, handlers: SocketHandlers): Socket {
  const socket = new WebSocket(url, { headers, handshakeTimeout: HANDSHAKE_MS });
  let failure: string | undefined;
  let closed = false;
  socket.on("open", () => handlers.onOpen());
  socket.on("message", (data: RawData) => handlers.onMessage(bytesOf(data)));
  // ws tells of an error first, and then that the connection is closed
  socket.on("error", (error) => {
    failure = error.message;
  });
  socket.on("close", (code, reason) => {
    if (closed) return;
    closed = true;
    handlers.onClose(failure ?? (reason.length > 0 ? `${code} ${reason.toString("utf8")}` : `code ${code}`));
  });
  return {
    send: (message) => socket.send(message),
    get buffered() {
      return socket.bufferedAmount;
    },
    pause: () => {
      if (socket.readyState === WebSocket.OPEN) socket.pause();
    },
    resume: () => {
      if (socket.readyState === WebSocket.OPEN) socket.resume();
    },
    close: () => {
      closed = true;
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close();
    },
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
