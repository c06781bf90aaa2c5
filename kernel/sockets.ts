import { Dealer, Reply, Request, Router, type Socket, Subscriber, XPublisher } from "zeromq";
import { type Connection, endpoint } from "./connection-file.ts";

/**
 * The one file that knows ZeroMQ, for the kernel's end and the client's. A socket takes one receive and one send at a time: there is
 * one receive loop for each, and sends wait in a chain.
 */

/** Time a closing socket may take to send what is queued. */
const LINGER_MS = 1000;
/** Messages queued for a slow subscriber before ZeroMQ drops them. */
const PUBLISH_QUEUE_MAX = 20_000;

interface Outgoing {
  send(frames: readonly Buffer[]): Promise<void>;
}

/** Sends one after the other; a failed send is reported and does not hold up the next. */
class SendQueue implements Outgoing {
  readonly #socket: { send(frames: Buffer[]): Promise<void>; readonly closed: boolean };
  #last: Promise<void> = Promise.resolve();

  constructor(socket: { send(frames: Buffer[]): Promise<void>; readonly closed: boolean }) {
    this.#socket = socket;
  }

  send(frames: readonly Buffer[]): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#socket.closed) return;
      try {
        await this.#socket.send([...frames]);
      } catch (error) {
        if (!this.#socket.closed) process.stderr.write(`weir: a message could not be sent: ${(error as Error).message}\n`);
      }
    });
    return this.#last;
  }

  idle(): Promise<void> {
    return this.#last;
  }
}

async function receiveLoop(
  socket: AsyncIterable<Buffer[]> & { readonly closed: boolean },
  onFrames: (frames: Buffer[]) => void,
): Promise<void> {
  try {
    for await (const frames of socket) onFrames(frames);
  } catch (error) {
    if (!socket.closed) throw error;
  }
}

export interface KernelSockets {
  readonly shell: Outgoing;
  readonly control: Outgoing;
  readonly stdin: Outgoing;
  readonly iopub: Outgoing;
  /** Resolves when all that was sent is with ZeroMQ. */
  flush(): Promise<void>;
  close(): void;
}

export interface KernelSocketEvents {
  onRequest(channel: "shell" | "control" | "stdin", frames: Buffer[]): void;
  /** A client subscribed to this topic. */
  onSubscribe(topic: string): void;
}

/** Binds a kernel's five sockets. The heartbeat is answered here. */
export async function bindKernelSockets(connection: Connection, events: KernelSocketEvents): Promise<KernelSockets> {
  const router = () => new Router({ linger: LINGER_MS, handover: true });
  const [shell, control, stdin] = [router(), router(), router()];
  const iopub = new XPublisher({ linger: LINGER_MS, sendHighWaterMark: PUBLISH_QUEUE_MAX, verbosity: "allSubs" });
  const heartbeat = new Reply({ linger: 0 });
  const sockets: Socket[] = [shell, control, stdin, iopub, heartbeat];
  await Promise.all([
    shell.bind(endpoint(connection, "shell_port")),
    control.bind(endpoint(connection, "control_port")),
    stdin.bind(endpoint(connection, "stdin_port")),
    iopub.bind(endpoint(connection, "iopub_port")),
    heartbeat.bind(endpoint(connection, "hb_port")),
  ]);
  for (const [name, socket] of [["shell", shell] as const, ["control", control] as const, ["stdin", stdin] as const]) {
    void receiveLoop(socket, (frames) => events.onRequest(name, frames));
  }
  void receiveLoop(iopub, ([frame]) => {
    if (frame[0] === 1) events.onSubscribe(frame.subarray(1).toString("utf8"));
  });
  const beats = new SendQueue(heartbeat);
  void receiveLoop(heartbeat, (frames) => void beats.send(frames));
  const queues = { shell: new SendQueue(shell), control: new SendQueue(control), stdin: new SendQueue(stdin), iopub: new SendQueue(iopub) };
  return {
    ...queues,
    flush: async () => void (await Promise.all(Object.values(queues).map((queue) => queue.idle()))),
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

export type ClientChannel = "shell" | "control" | "stdin" | "iopub";

export interface ClientSockets {
  readonly shell: Outgoing;
  readonly control: Outgoing;
  readonly stdin: Outgoing;
  /** Sends one heartbeat and waits for its echo. */
  beat(payload: Buffer): Promise<Buffer>;
  close(): void;
}

/** Connects to a kernel. Shell and stdin carry the same identity: that is how a prompt finds the client that asked. */
export function connectClientSockets(
  connection: Connection,
  identity: string,
  onFrames: (channel: ClientChannel, frames: Buffer[]) => void,
): ClientSockets {
  const dealer = () => new Dealer({ linger: LINGER_MS, routingId: identity });
  const [shell, control, stdin] = [dealer(), dealer(), dealer()];
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  const heartbeat = new Request({ linger: 0 });
  shell.connect(endpoint(connection, "shell_port"));
  control.connect(endpoint(connection, "control_port"));
  stdin.connect(endpoint(connection, "stdin_port"));
  iopub.connect(endpoint(connection, "iopub_port"));
  heartbeat.connect(endpoint(connection, "hb_port"));
  iopub.subscribe();
  for (const [name, socket] of [["shell", shell] as const, ["control", control] as const, ["stdin", stdin] as const]) {
    void receiveLoop(socket, (frames) => onFrames(name, frames));
  }
  void receiveLoop(iopub, (frames) => onFrames("iopub", frames));
  let lastBeat: Promise<unknown> = Promise.resolve();
  const beat = (payload: Buffer): Promise<Buffer> => {
    const next = lastBeat.then(async () => {
      await heartbeat.send(payload);
      return (await heartbeat.receive())[0];
    });
    lastBeat = next.catch(() => undefined);
    return next;
  };
  const sockets: Socket[] = [shell, control, stdin, iopub, heartbeat];
  return {
    shell: new SendQueue(shell),
    control: new SendQueue(control),
    stdin: new SendQueue(stdin),
    beat,
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}
