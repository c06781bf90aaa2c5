import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PropertySpec } from "../properties.ts";

export type OverflowStrategy = "block" | "drop_oldest" | "drop_newest" | "spill";

/** Properties of sources whose rows come whether or not anybody takes them. */
export const OVERFLOW_OPTIONS: readonly PropertySpec[] = [
  {
    name: "on_overflow",
    type: "text",
    choices: ["block", "drop_oldest", "drop_newest", "spill"],
    default: "block",
    doc: "What happens when messages come faster than they are taken: block makes the sender wait, drop_oldest and drop_newest throw messages away and count them, spill writes them to a temporary file.",
  },
  {
    name: "queue_size",
    type: "bytes",
    default: "16MB",
    min: 1 << 10,
    doc: "Messages that are held in memory before `on_overflow` decides.",
  },
];

/** Messages in the order they came, within a bound of memory. */
export class MessageQueue {
  readonly #strategy: OverflowStrategy;
  readonly #limit: number;
  #messages: Uint8Array[] = [];
  #first = 0;
  #bytes = 0;
  #dropped = 0;
  #spill: SpillFile | undefined;

  constructor(strategy: OverflowStrategy, limit: number) {
    this.#strategy = strategy;
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#first === this.#messages.length && this.#spill === undefined;
  }

  /** Whether senders should wait. */
  get isFull(): boolean {
    return this.#strategy === "block" && this.#bytes >= this.#limit;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(message: Uint8Array): void {
    if (this.#spill !== undefined) {
      this.#spill.write(message);
      return;
    }
    const isOver = this.#bytes > 0 && this.#bytes + message.length > this.#limit;
    if (isOver && this.#strategy === "drop_newest") {
      this.#dropped++;
      return;
    }
    if (isOver && this.#strategy === "spill") {
      this.#spill = new SpillFile();
      this.#spill.write(message);
      return;
    }
    this.#messages.push(message);
    this.#bytes += message.length;
    if (this.#strategy === "drop_oldest") while (this.#bytes > this.#limit && this.#messages.length - this.#first > 1) this.#dropFirst();
  }

  #dropFirst(): void {
    this.#dropped++;
    this.shift();
  }

  /** The oldest message; undefined when there is none. */
  shift(): Uint8Array | undefined {
    if (this.#first < this.#messages.length) {
      const message = this.#messages[this.#first++];
      this.#bytes -= message.length;
      if (this.#first > 1024 && this.#first * 2 > this.#messages.length) {
        this.#messages = this.#messages.slice(this.#first);
        this.#first = 0;
      }
      return message;
    }
    const message = this.#spill?.read();
    if (this.#spill?.isEmpty === true) {
      this.#spill.close();
      this.#spill = undefined;
    }
    return message;
  }

  close(): void {
    this.#spill?.close();
    this.#spill = undefined;
    this.#messages = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}

/** Messages in a temporary file, first in, first out. Their lengths stay in memory. */
class SpillFile {
  readonly #folder = mkdtempSync(join(tmpdir(), "weir-spill-"));
  readonly #fd = openSync(join(this.#folder, "messages"), "w+");
  readonly #lengths: number[] = [];
  #next = 0;
  #written = 0;
  #read = 0;

  get isEmpty(): boolean {
    return this.#next === this.#lengths.length;
  }

  write(message: Uint8Array): void {
    for (let at = 0; at < message.length; ) at += writeSync(this.#fd, message, at, message.length - at, this.#written + at);
    this.#written += message.length;
    this.#lengths.push(message.length);
  }

  read(): Uint8Array {
    const message = new Uint8Array(this.#lengths[this.#next++]);
    for (let at = 0; at < message.length; ) at += readSync(this.#fd, message, at, message.length - at, this.#read + at);
    this.#read += message.length;
    return message;
  }

  close(): void {
    closeSync(this.#fd);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
