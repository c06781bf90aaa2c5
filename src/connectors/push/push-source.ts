import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, skipSpace, skipValue } from "../../formats/json/bytes.ts";
import { CHUNK_PADDING, type Partition, type Source, type SourcePiece } from "../connector.ts";
import type { CheckedProperties } from "../properties.ts";
import { MessageQueue, type OverflowStrategy } from "./overflow.ts";

const CHUNK_BYTES = 1 << 20;
const DEFAULT_QUEUE = 16_000_000;

/** A source that messages are pushed into, each one record or several. They are read in chunks, as many as have come. */
export class PushSource implements Source {
  readonly #queue: MessageQueue;
  readonly #partition: { key: string; name: string; ended: boolean };
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;
  #bytes = new Uint8Array(CHUNK_BYTES + CHUNK_PADDING);
  #offset = 0;
  /** Called when there is room again after the queue was full. */
  onRoom: () => void = () => {};
  #wasFull = false;

  constructor(properties: CheckedProperties, name: string) {
    const strategy = (properties.text("on_overflow") ?? "block") as OverflowStrategy;
    this.#queue = new MessageQueue(strategy, properties.number("queue_size") ?? DEFAULT_QUEUE);
    this.#partition = { key: name, name, ended: false };
  }

  get partitions(): readonly Partition[] {
    return [this.#partition];
  }

  /** Takes a message; gives whether the sender may go on at once. */
  push(message: Uint8Array): boolean {
    this.#queue.push(message);
    this.#notify();
    if (!this.#queue.isFull) return true;
    this.#wasFull = true;
    return false;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Nothing more will be pushed; with an error, readers meet it after what is queued. */
  end(failure?: Error): void {
    this.#ended = true;
    this.#failure = failure;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  next(wake: () => void): SourcePiece | "waiting" | "end" {
    if (this.#queue.isEmpty) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) {
        this.#partition.ended = true;
        return "end";
      }
      this.#wake = wake;
      return "waiting";
    }
    let end = 0;
    while (end < CHUNK_BYTES) {
      const message = this.#queue.shift();
      if (message === undefined) break;
      const after = end + message.length + 1;
      if (after + CHUNK_PADDING > this.#bytes.length) {
        const larger = new Uint8Array(Math.max(after + CHUNK_PADDING, 2 * this.#bytes.length));
        larger.set(this.#bytes.subarray(0, end));
        this.#bytes = larger;
      }
      this.#bytes.set(message, end);
      this.#bytes[after - 1] = 10;
      end = after;
    }
    if (this.#wasFull && !this.#queue.isFull) {
      this.#wasFull = false;
      this.onRoom();
    }
    const offset = this.#offset;
    this.#offset += end;
    return { partition: 0, chunk: { bytes: this.#bytes, start: 0, end, offset } };
  }

  used(): void {}

  position(): undefined {
    return undefined;
  }

  dropped(): number {
    return this.#queue.dropped;
  }

  close(): void {
    this.#ended = true;
    this.#queue.close();
  }
}

/** Makes a message that is a JSON array one of its elements, one after another; leaves any other as it is. */
export function unwrapArray(message: Uint8Array): Uint8Array {
  const end = message.length;
  let at = skipSpace(message, 0, end);
  if (message[at] !== OPEN_BRACKET) return message;
  const out = message.slice();
  out[at] = 32;
  at = skipSpace(message, at + 1, end);
  while (at < end && message[at] !== CLOSE_BRACKET) {
    const stop = skipValue(message, at, end);
    if (stop < 0) return message;
    at = skipSpace(message, stop, end);
    if (message[at] === COMMA) {
      out[at] = 10;
      at = skipSpace(message, at + 1, end);
    } else if (message[at] !== CLOSE_BRACKET) return message;
  }
  if (at >= end) return message;
  out[at] = 32;
  return out;
}
