import { bindError } from "../core/errors.ts";
import type { Connector, Sink, SinkContext, SourceContext } from "./connector.ts";
import { rowTexts } from "./formats/row-text.ts";
import type { CheckedProperties, PropertySpec } from "./properties.ts";
import { OVERFLOW_OPTIONS } from "./push/overflow.ts";
import { PushSource, unwrapArray } from "./push/push-source.ts";
import { openSocket, type Socket } from "./websocket-adapter.ts";

const FIRST_PAUSE = 250_000;
const LONGEST_PAUSE = 30_000_000;
/** A sink waits for the network while more than this is on its way out. */
const SEND_BUFFER = 4 << 20;

const OPTIONS: readonly PropertySpec[] = [
  { name: "url", type: "text", required: true, default: "", doc: "Address, ws:// or wss://." },
  {
    name: "headers",
    type: "headers",
    secret: true,
    default: "none",
    doc: "Headers of the request that opens the connection: {'Authorization': env('TOKEN')}.",
  },
  {
    name: "reconnect",
    type: "boolean",
    default: "true",
    doc: "Whether to connect again, with growing pauses, when the connection is lost.",
  },
];

/** WebSocket client: messages in, messages out. */
export const websocketConnector: Connector = {
  name: "websocket",
  doc: "Client of a WebSocket: each message is a record, an array of records, or lines of them. As a sink it sends a message a row, or one a batch.",
  source: {
    options: [
      ...OPTIONS,
      { name: "subscribe", type: "text", secret: true, default: "nothing", doc: "Message that is sent whenever a connection opens." },
      ...OVERFLOW_OPTIONS,
    ],
    formats: ["json", "raw"],
    delivery: "at-most-once",
    live: true,
    replayable: false,
    isEndless: () => true,
    defaultStart: () => "latest",
    check: checkUrl,
    open: (properties, context) => new WebSocketSource(properties, context),
  },
  sink: {
    options: [
      ...OPTIONS,
      {
        name: "batch",
        type: "boolean",
        default: "false",
        doc: "Whether a message is an array of the rows that are there, instead of one row.",
      },
    ],
    formats: ["json"],
    delivery: "at-most-once",
    acceptsChangelog: false,
    open: (properties, context) => new WebSocketSink(properties, context),
  },
};

function checkUrl(properties: CheckedProperties): void {
  const url = properties.text("url") as string;
  if (!/^wss?:\/\//i.test(url)) throw bindError(`property "url" must begin with ws:// or wss://, not "${url}"`);
}

interface ConnectionHandlers {
  onOpen(): void;
  onMessage(message: Uint8Array): void;
  onLost(reason: string, again: boolean): void;
}

/** Keeps a connection open, with growing pauses between attempts. */
class Connection {
  readonly #properties: CheckedProperties;
  readonly #context: Pick<SourceContext, "clock">;
  readonly #handlers: ConnectionHandlers;
  socket: Socket | undefined;
  #pause = FIRST_PAUSE;
  #cancel: (() => void) | undefined;
  #closed = false;
  isOpen = false;

  constructor(properties: CheckedProperties, context: Pick<SourceContext, "clock">, handlers: ConnectionHandlers) {
    this.#properties = properties;
    this.#context = context;
    this.#handlers = handlers;
    this.#connect();
  }

  #connect(): void {
    if (this.#closed) return;
    const { clock } = this.#context;
    this.socket = openSocket(this.#properties.text("url") as string, this.#properties.record("headers") ?? {}, {
      onOpen: () => {
        this.isOpen = true;
        this.#pause = FIRST_PAUSE;
        this.#handlers.onOpen();
      },
      onMessage: (message) => this.#handlers.onMessage(message),
      onClose: (reason) => {
        this.isOpen = false;
        const again = this.#properties.flag("reconnect") ?? true;
        this.#handlers.onLost(this.#properties.redact(reason), again);
        if (!again || this.#closed) return;
        this.#cancel = clock.at(clock.now() + this.#pause, () => this.#connect());
        this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
      },
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.socket?.close();
  }
}

class WebSocketSource extends PushSource {
  readonly #connection: Connection;

  constructor(properties: CheckedProperties, context: SourceContext) {
    const name = properties.redact(properties.text("url") as string);
    super(properties, name);
    const subscribe = properties.text("subscribe");
    let isLost = false;
    this.#connection = new Connection(properties, context, {
      onOpen: () => {
        isLost = false;
        if (subscribe !== undefined) this.#connection.socket?.send(subscribe);
      },
      onMessage: (message) => {
        if (!this.push(context.format === "json" ? unwrapArray(message) : message)) this.#connection.socket?.pause();
      },
      onLost: (reason, again) => {
        if (!again) this.end();
        // Attempts that fail one after another are told of once
        if (!isLost) context.warn(`connection to ${name} lost: ${reason}${again ? "; connecting again" : ""}`);
        isLost = true;
      },
    });
    this.onRoom = () => this.#connection.socket?.resume();
  }

  override close(): void {
    super.close();
    this.#connection.close();
  }
}

class WebSocketSink implements Sink {
  readonly #connection: Connection;
  readonly #context: SinkContext;
  readonly #asBatch: boolean;
  /** Messages for when the connection opens. */
  #waiting: string[] = [];
  #wakes: (() => void)[] = [];
  #dropped = 0;
  #cancel: (() => void) | undefined;
  #failure: string | undefined;

  constructor(properties: CheckedProperties, context: SinkContext) {
    checkUrl(properties);
    this.#context = context;
    this.#asBatch = properties.flag("batch") ?? false;
    this.#connection = new Connection(properties, context, {
      onOpen: () => {
        for (const message of this.#waiting.splice(0)) this.#connection.socket?.send(message);
        this.#wake();
      },
      onMessage: () => {},
      onLost: (reason, again) => {
        if (again) return;
        this.#failure = reason;
        this.#dropped += this.#waiting.length;
        this.#waiting = [];
        this.#wake();
      },
    });
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  write(batch: Parameters<Sink["write"]>[0]): void {
    const texts = rowTexts(this.#context.schema, batch);
    const messages = this.#asBatch ? [`[${texts.join(",")}]`] : texts;
    if (this.#failure !== undefined) this.#dropped += messages.length;
    else if (this.#connection.isOpen) for (const message of messages) this.#connection.socket?.send(message);
    else this.#waiting.push(...messages);
  }

  ready(wake: () => void): boolean {
    if (this.#failure !== undefined) return true;
    if (this.#connection.isOpen && (this.#connection.socket?.buffered ?? 0) < SEND_BUFFER) return true;
    if (!this.#connection.isOpen && this.#waiting.length === 0) return true;
    this.#wakes.push(wake);
    const { clock } = this.#context;
    // The socket does not tell when its buffer is empty
    this.#cancel ??= clock.at(clock.now() + 20_000, () => {
      this.#cancel = undefined;
      this.#wake();
    });
    return false;
  }

  flush(): void {}

  snapshot(): null {
    return null;
  }

  committed(): void {}

  restore(): void {}

  async finish(): Promise<void> {
    while (
      this.#failure === undefined &&
      (!this.#connection.isOpen || this.#waiting.length > 0 || (this.#connection.socket?.buffered ?? 0) > 0)
    ) {
      if (!this.#connection.isOpen && this.#waiting.length === 0) break;
      await new Promise<void>((resolve) => {
        const { clock } = this.#context;
        clock.at(clock.now() + 20_000, resolve);
      });
    }
    this.close();
  }

  dropped(): number {
    return this.#dropped;
  }

  close(): void {
    this.#cancel?.();
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    this.#connection.close();
  }
}
