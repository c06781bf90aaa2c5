import { Session } from "node:inspector";

interface AttachedToWorker {
  readonly sessionId: string;
  readonly workerInfo: { readonly workerId: string };
}

/**
 * Ends the JavaScript that another thread of this process is running right now, and nothing else: the thread, its memory and its event loop live on.
 * Goes through the inspector's NodeWorker domain, which reaches a thread even inside an endless loop, and pool workers of the engine's as well. It must be
 * connected while threads start: one that is connected later does not hear of those that come after another one's end.
 */
class Terminator {
  readonly #session = new Session();
  /** By thread id. */
  readonly #sessions = new Map<number, string>();
  readonly #answers = new Map<string, () => void>();

  constructor() {
    this.#session.connect();
    this.#session.on("NodeWorker.attachedToWorker", ({ params }: { params: AttachedToWorker }) => {
      this.#sessions.set(Number(params.workerInfo.workerId), params.sessionId);
    });
    this.#session.on("NodeWorker.detachedFromWorker", ({ params }: { params: { readonly sessionId: string } }) => {
      for (const [thread, session] of this.#sessions) if (session === params.sessionId) this.#sessions.delete(thread);
    });
    this.#session.on("NodeWorker.receivedMessageFromWorker", ({ params }: { params: { readonly sessionId: string } }) => {
      this.#answers.get(params.sessionId)?.();
      this.#answers.delete(params.sessionId);
    });
    this.#session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  }

  /** Resolves once the thread was reached; false where there is none of that id. */
  async terminate(threadId: number): Promise<boolean> {
    const sessionId = this.#sessions.get(threadId);
    if (sessionId === undefined) return false;
    const answered = new Promise<void>((resolve) => this.#answers.set(sessionId, resolve));
    const message = JSON.stringify({ id: 1, method: "Runtime.terminateExecution" });
    const error = await new Promise<Error | null>((resolve) =>
      this.#session.post("NodeWorker.sendMessageToWorker", { sessionId, message }, resolve),
    );
    if (error !== null) return false;
    await answered;
    return true;
  }
}

let terminator: Terminator | undefined;

/** The one of this process; to be asked for before threads are started that it is to reach. */
export function theTerminator(): Terminator {
  terminator ??= new Terminator();
  return terminator;
}

/**
 * For threads whose code may be terminated: Node's own books about callbacks (async_hooks) may stay open then, where a function of the user's own was in a
 * timer's callback. Node ends the whole process over that, unless it is told not to check.
 */
export const TERMINABLE: readonly string[] = ["--no-force-async-hooks-checks"];
