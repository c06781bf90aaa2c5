/** A resumable piece of work in the scheduler's care. */
export interface Task {
  /** Interactive: someone waits for it. */
  readonly foreground: boolean;
  /** Works until about `deadline` (performance.now milliseconds). "waiting": not to be called again before `scheduler.wake(task)`. Must not throw. */
  run(deadline: number): "more" | "waiting" | "done";
  /** The thread's JavaScript was ended from outside in the middle of a slice: gives up what it holds and tells whoever waits. */
  abandon?(): void;
}

const SLICE_MS = 5;
/** One slice in this many goes to the background while foreground tasks are busy, so that nothing starves. */
const BACKGROUND_SHARE = 5;

/**
 * Time-slices the queries of one thread: each gets about 5 ms in turn, interactive ones first, and the event loop runs between slices,
 * so that messages, timers and interrupts are handled while a query runs.
 */
export class Scheduler {
  readonly #foreground: Task[] = [];
  readonly #background: Task[] = [];
  readonly #waiting = new Set<Task>();
  #pending = false;
  #slices = 0;
  #current: Task | undefined;
  readonly #onIdle: (() => boolean) | undefined;

  /** `onIdle` is called when tasks only wait: the moment for a virtual clock to move on. It says whether the clock did; if no task woke, it is called again. */
  constructor(options: { onIdle?: () => boolean } = {}) {
    this.#onIdle = options.onIdle;
  }

  add(task: Task): void {
    this.#queueOf(task).push(task);
    this.#schedule();
  }

  /** Makes a waiting task runnable again; does nothing for others. */
  wake(task: Task): void {
    if (this.#waiting.delete(task)) this.add(task);
  }

  /** Starts anew after this thread's JavaScript was terminated from outside: the task it was in, and all in the foreground, are abandoned. */
  reset(): void {
    const current = this.#current;
    const waiting = [...this.#waiting];
    const lost = [...this.#foreground, ...waiting.filter((task) => task.foreground || task === current)];
    this.#foreground.length = 0;
    for (const task of lost) this.#waiting.delete(task);
    this.#current = undefined;
    this.#pending = false;
    for (const task of lost) task.abandon?.();
    this.#schedule();
  }

  /** Tasks that have not ended. */
  get size(): number {
    return this.#foreground.length + this.#background.length + this.#waiting.size;
  }

  #queueOf(task: Task): Task[] {
    return task.foreground ? this.#foreground : this.#background;
  }

  #schedule(): void {
    if (this.#pending) return;
    if (this.#foreground.length + this.#background.length === 0) {
      if (this.#waiting.size === 0 || this.#onIdle?.() !== true || this.#pending) return;
    }
    this.#pending = true;
    setImmediate(() => {
      if (!this.#pending) return;
      this.#pending = false;
      this.#slice();
      this.#schedule();
    });
  }

  #slice(): void {
    const background = this.#foreground.length === 0 || this.#slices++ % BACKGROUND_SHARE === BACKGROUND_SHARE - 1;
    const task = (background ? this.#background.shift() : undefined) ?? this.#foreground.shift();
    if (task === undefined) return;
    // Known as waiting while it runs, so that a wake-up from inside the slice is not lost.
    this.#waiting.add(task);
    this.#current = task;
    const state = task.run(performance.now() + SLICE_MS);
    this.#current = undefined;
    const woken = !this.#waiting.delete(task);
    if (woken) {
      if (state === "done") this.#drop(task);
    } else if (state === "more") this.#queueOf(task).push(task);
    else if (state === "waiting") this.#waiting.add(task);
  }

  #drop(task: Task): void {
    const queue = this.#queueOf(task);
    const at = queue.indexOf(task);
    if (at >= 0) queue.splice(at, 1);
  }
}
