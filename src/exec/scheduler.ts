import { inTurn } from "../core/turn.ts";
import { type CodeOwner, CodeWatch } from "./code-watch.ts";
import { HeapGuard } from "./heap-guard.ts";

/** A resumable piece of work in the scheduler's care. `abandon`: the thread's code was ended from outside in the middle of a slice of it. */
export interface Task extends CodeOwner {
  /** Interactive: someone waits for it. */
  readonly foreground: boolean;
  /** Works until about `deadline` (performance.now milliseconds). "waiting": not to be called again before `scheduler.wake(task)`. Must not throw. */
  run(deadline: number): "more" | "waiting" | "done";
  /** It waits for answers to calls, and not for time to go by: a virtual clock stands still meanwhile. */
  readonly awaitsAnswers?: boolean;
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
  /** Knows whose code this thread is in. */
  readonly watch: CodeWatch;
  /** Looks after this thread's heap. */
  readonly heap = new HeapGuard();

  /** `onIdle` is called when tasks only wait: the moment for a virtual clock to move on. It says whether the clock did; if no task woke, it is called again. */
  constructor(options: { onIdle?: () => boolean; watch?: CodeWatch } = {}) {
    this.#onIdle = options.onIdle;
    this.watch = options.watch ?? new CodeWatch();
  }

  add(task: Task): void {
    this.#queueOf(task).push(task);
    this.#schedule();
  }

  /** Makes a waiting task runnable again; does nothing for others. */
  wake(task: Task): void {
    if (this.#waiting.delete(task)) this.add(task);
  }

  /** Lets waiting tasks of the foreground look whether they are to end. */
  wakeForeground(): void {
    for (const task of [...this.#waiting]) if (task.foreground) this.wake(task);
  }

  /** Starts anew after this thread's code was terminated from outside: the task it was in is abandoned, the others go on. */
  recover(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current !== undefined && !this.#waiting.delete(current)) this.#drop(current);
    this.watch.recover();
    this.#pending = false;
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
      if (this.#waiting.size === 0 || [...this.#waiting].some((task) => task.awaitsAnswers === true)) return;
      if (this.#onIdle?.() !== true || this.#pending) return;
    }
    this.#pending = true;
    inTurn(() => {
      if (!this.#pending) return;
      this.#pending = false;
      this.#slice();
      this.#schedule();
    });
  }

  #slice(): void {
    // A slice that never came to its end was terminated.
    if (this.#current !== undefined) this.recover();
    const background = this.#foreground.length === 0 || this.#slices++ % BACKGROUND_SHARE === BACKGROUND_SHARE - 1;
    const task = (background ? this.#background.shift() : undefined) ?? this.#foreground.shift();
    if (task === undefined) return;
    // Known as waiting while it runs, so that a wake-up from inside the slice is not lost.
    this.#waiting.add(task);
    this.#current = task;
    const outer = this.watch.enter(task);
    const state = task.run(performance.now() + SLICE_MS);
    this.watch.leave(outer);
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
