import type { Output } from "./output.ts";

/** Characters that one cell shows of what functions print: a function is called for every row. */
const PRINTED_MAX = 100_000;
/** What is printed in this time goes into one message: front ends drop messages that come too fast. */
const GATHER_MS = 50;

/** What functions print while a cell is the last that was run. A live query prints there too, also when its own cell has ended. */
export class Printed {
  readonly #output: Pick<Output, "stream">;
  #text = "";
  #left = PRINTED_MAX;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Pick<Output, "stream">) {
    this.#output = output;
  }

  take(text: string): void {
    if (this.#left <= 0) return;
    this.#text += text.length <= this.#left ? text : `${text.slice(0, this.#left)}…\nno more is shown of what is printed\n`;
    this.#left -= text.length;
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Shows what was gathered, as before the end of the cell. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#text !== "") this.#output.stream("stdout", this.#text);
    this.#text = "";
  }
}
