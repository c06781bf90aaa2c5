import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { WeirError } from "../core/errors.ts";
import { ANSWER_FD, type Answer, HEAD_BYTES, REQUEST_FD, readHead } from "./model-protocol.ts";

/** What an answer came with: the bytes of its columns, at `start` of a buffer of their own. */
export interface ReceivedAnswer {
  readonly note: Answer;
  readonly buffer: ArrayBuffer;
  readonly start: number;
}

export interface ProcessLimits {
  /** Bytes of memory that the process may hold (its resident set). */
  readonly memoryBytes: number;
  /** Milliseconds for loading (10 s at least, since a process has to start for it), and for each run. */
  readonly timeoutMs: number;
}

/** One frame on its way: sent, and answered in the order of sending. */
export interface Exchange {
  /** For messages: "loading", "scoring". */
  readonly doing: "loading" | "scoring";
  readonly frame: Uint8Array;
  readonly answered: (answer: ReceivedAnswer) => void;
  readonly failed: (error: WeirError) => void;
  /** Set when nobody waits for the answer any more, performance.now(). */
  abandonedAt?: number;
}

/** How often a process at work is looked at, milliseconds. */
const WATCH_MS = 20;
/** A run that nobody waits for any more goes on for this long before its process is ended. */
const GRACE_MS = 500;
/** Least time for loading: a busy machine is slow to start a process. */
const LOAD_MS = 10_000;
const HEAP_MB = 256;
const MAIN_FILE = fileURLToPath(new URL("./model-process-main.js", import.meta.url));

/**
 * A child process with one model. It is watched from outside: over its memory limit, over its time, or crashed, it is ended; then the exchange it was
 * at fails, and `onEnd` gets those that were sent after it and never begun.
 */
export class ModelProcess {
  readonly #child: ChildProcess;
  readonly #limits: ProcessLimits;
  readonly #onEnd: (notBegun: readonly Exchange[]) => void;
  readonly #sent: Exchange[] = [];
  readonly #requests: Writable;
  readonly #reader: AnswerReader;
  /** Milliseconds of the last exchange, from its turn to its answer. */
  lastRunMs = 0;
  #headSince = 0;
  #overdue = false;
  #watch: NodeJS.Timeout | undefined;
  #measuring = false;
  #lastWords = "";
  #ended = false;
  /** Why it was ended, where that is known before it ends. */
  #reason: WeirError | undefined;

  constructor(limits: ProcessLimits, onEnd: (notBegun: readonly Exchange[]) => void) {
    this.#limits = limits;
    this.#onEnd = onEnd;
    // No variable of the environment goes along; Windows alone starts nothing without its own.
    const env = process.platform === "win32" ? { SystemRoot: process.env.SystemRoot } : {};
    const args = [`--max-old-space-size=${HEAP_MB}`, "--no-warnings", MAIN_FILE];
    this.#child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe", "pipe", "pipe", "pipe"], windowsHide: true });
    this.#requests = this.#child.stdio[REQUEST_FD] as Writable;
    this.#reader = new AnswerReader((answer) => this.#answered(answer));
    const answers = this.#child.stdio[ANSWER_FD] as Readable;
    answers.on("data", (chunk: Buffer) => this.#reader.push(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString()).slice(-2000);
    });
    // A pipe that breaks says less than the exit that follows.
    for (const stream of this.#child.stdio) stream?.on("error", () => {});
    this.#child.on("error", (cause) =>
      this.#finish(new WeirError("internal", `its process could not be started: ${cause.message}`, { cause })),
    );
    this.#child.on("close", (code, signal) => this.#finish(this.#reason ?? this.#crashed(code, signal)));
    this.#holdLoop(false);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Exchanges sent and not answered. */
  get load(): number {
    return this.#sent.length;
  }

  send(exchange: Exchange): void {
    if (this.#sent.length === 0) this.#begin();
    this.#sent.push(exchange);
    this.#requests.write(exchange.frame);
  }

  /** Ends it at once; what was sent fails with `reason`. */
  kill(reason: WeirError): void {
    this.#reason ??= reason;
    this.#child.kill("SIGKILL");
  }

  #begin(): void {
    this.#headSince = performance.now();
    this.#overdue = false;
    if (this.#watch === undefined) {
      this.#holdLoop(true);
      this.#watch = setInterval(() => this.#look(), WATCH_MS);
    }
  }

  #answered(answer: ReceivedAnswer): void {
    const exchange = this.#sent.shift();
    if (exchange === undefined) return;
    this.lastRunMs = exchange.doing === "loading" ? 0 : performance.now() - this.#headSince;
    if (this.#sent.length === 0) this.#rest();
    else this.#begin();
    exchange.answered(answer);
  }

  #rest(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#holdLoop(false);
  }

  /** A process at rest keeps the engine from ending no more than a timer does that is not waited for. */
  #holdLoop(hold: boolean): void {
    const streams = this.#child.stdio.slice(2) as unknown as Socket[];
    for (const one of [this.#child, ...streams]) {
      if (hold) one.ref();
      else one.unref();
    }
  }

  #look(): void {
    const [head] = this.#sent;
    if (head === undefined) return;
    const now = performance.now();
    const { memoryBytes } = this.#limits;
    const timeoutMs = head.doing === "loading" ? Math.max(LOAD_MS, this.#limits.timeoutMs) : this.#limits.timeoutMs;
    if (now - this.#headSince > timeoutMs) {
      // A thread that was busy itself sees the answer late: it is looked for once more before the process is ended.
      if (this.#overdue) this.kill(timeoutError(head.doing, timeoutMs));
      this.#overdue = true;
    }
    if (head.abandonedAt !== undefined && now - head.abandonedAt > GRACE_MS && now - this.#headSince > GRACE_MS) {
      this.kill(new WeirError("interrupt", "the query that it scored for has ended"));
    }
    this.#measure((bytes) => {
      if (bytes > memoryBytes) this.kill(memoryError(head.doing, memoryBytes));
    });
  }

  #measure(found: (bytes: number) => void): void {
    const pid = this.#child.pid;
    if (pid === undefined || process.platform === "win32") return;
    if (process.platform === "linux") {
      const pages = residentPages(pid);
      if (pages !== undefined) found(pages * 4096);
      return;
    }
    if (this.#measuring) return;
    this.#measuring = true;
    execFile("ps", ["-o", "rss=", "-p", String(pid)], (error, out) => {
      this.#measuring = false;
      if (error === null) found(Number(out) * 1024);
    });
  }

  #crashed(code: number | null, signal: NodeJS.Signals | null): WeirError {
    const doing = this.#sent[0]?.doing ?? "waiting";
    const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    const words = this.#lastWords.trim().split("\n").at(-1)?.trim() ?? "";
    const killed = signal === "SIGKILL" ? "the system ends processes this way when it is out of memory" : undefined;
    return new WeirError("runtime", `its process ${how} while ${doing}${words === "" ? "" : ` (${words.slice(0, 200)})`}`, {
      hint: killed,
    });
  }

  #finish(error: WeirError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rest();
    const [begun, ...notBegun] = this.#sent.splice(0);
    begun?.failed(error);
    this.#onEnd(notBegun);
  }
}

/** Resident pages of a process; undefined when it is gone. */
function residentPages(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
  } catch {
    return undefined;
  }
}

const timeoutError = (doing: string, timeoutMs: number) =>
  new WeirError("runtime", `${doing} took longer than ${timeoutMs / 1000} s and was ended`, {
    hint: "model_timeout, or the property 'timeout' of CREATE MODEL, allows more",
  });

const memoryError = (doing: string, bytes: number) =>
  new WeirError("memory", `${doing} took more than ${Math.round(bytes / 1e6)} MB and was ended`, {
    hint: "model_memory_limit, or the property 'memory_limit' of CREATE MODEL, allows more",
  });

/** Frames from the pieces in which a pipe gives them; each frame's columns in memory of their own. */
class AnswerReader {
  readonly #onAnswer: (answer: ReceivedAnswer) => void;
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headFilled = 0;
  #note = 0;
  #noteRoom = 0;
  #body: Uint8Array<ArrayBuffer> | undefined;
  #bodyFilled = 0;

  constructor(onAnswer: (answer: ReceivedAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#body === undefined) {
        const part = chunk.subarray(at, at + HEAD_BYTES - this.#headFilled);
        this.#head.set(part, this.#headFilled);
        this.#headFilled += part.length;
        at += part.length;
        if (this.#headFilled < HEAD_BYTES) return;
        const { note, noteRoom, payload } = readHead(this.#head);
        this.#note = note;
        this.#noteRoom = noteRoom;
        // Not zeroed: every byte of it is written before it is read.
        const body = Buffer.allocUnsafeSlow(noteRoom + payload);
        this.#body = new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length);
        this.#bodyFilled = 0;
      }
      const part = chunk.subarray(at, at + this.#body.length - this.#bodyFilled);
      this.#body.set(part, this.#bodyFilled);
      this.#bodyFilled += part.length;
      at += part.length;
      if (this.#bodyFilled < this.#body.length) return;
      const body = this.#body;
      this.#body = undefined;
      this.#headFilled = 0;
      const note = JSON.parse(Buffer.from(body.buffer, 0, this.#note).toString()) as Answer;
      this.#onAnswer({ note, buffer: body.buffer, start: this.#noteRoom });
    }
  }
}
