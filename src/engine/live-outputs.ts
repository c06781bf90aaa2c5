import type { LiveQuery } from "../jobs/live.ts";
import type { LivePicture, LiveView } from "./protocol.ts";

/** A picture comes at least this often: rates and lag change while no row comes. */
const QUIET_MS = 1000;

/** Makes a picture of a query's present state. Throws what is wrong with the view. */
export type MakePicture = (query: LiveQuery, view: LiveView) => LivePicture;

/** One query's slot: nothing is made before it is asked for, and nothing waits in a queue. */
class Slot {
  readonly query: LiveQuery;
  readonly #make: MakePicture;
  readonly #unsubscribe: () => void;
  #changed = true;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(query: LiveQuery, make: MakePicture) {
    this.query = query;
    this.#make = make;
    this.#unsubscribe = query.onChange(() => {
      this.#changed = true;
      this.#wake?.();
    });
  }

  async next(view: LiveView): Promise<LivePicture | undefined> {
    if (this.#isOver) return undefined;
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, QUIET_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#changed = false;
    const picture = this.#make(this.query, view);
    if (picture.state !== "running") this.close();
    return picture;
  }

  close(): void {
    this.#isOver = true;
    this.#unsubscribe();
    this.#wake?.();
  }
}

/** The engine thread's end of live outputs. */
export class LiveOutputs {
  readonly #slots = new Map<number, Slot>();
  readonly #make: MakePicture;
  #nextId = 1;

  constructor(make: MakePicture) {
    this.#make = make;
  }

  /** Opens a slot for a query; gives its number. */
  add(query: LiveQuery): number {
    const id = this.#nextId++;
    this.#slots.set(id, new Slot(query, this.#make));
    return id;
  }

  /** Undefined after the last picture, and for a slot that nobody has. */
  async next(id: number, view: LiveView): Promise<LivePicture | undefined> {
    const slot = this.#slots.get(id);
    if (slot === undefined) return undefined;
    const picture = await slot.next(view);
    if (picture === undefined || picture.state !== "running") this.#slots.delete(id);
    return picture;
  }

  stop(id: number): void {
    this.#slots.get(id)?.query.stop();
  }
}

/** Resolves when a query no longer runs. */
export function whenOver(query: LiveQuery): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (query.status === "running") return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = query.onChange(check);
    if (query.status !== "running") {
      unsubscribe();
      resolve();
    }
  });
}
