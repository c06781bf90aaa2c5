/*
 * Code of the user's own may never return. Each thread that runs such code says in shared memory what it is at; the main thread, which runs none, looks
 * (engine/code-watcher.ts) and ends what takes too long. Words of the table: the limit, then a slot a thread.
 */
const LIMIT_MS = 0;
const WATCHED = 1;
const FIRST_SLOT = 2;
/** The engine's own thread, and as many pool workers as `threads` allows. */
const SLOTS = 65;

/** Number of the piece of work under way: positive where it may call functions of the user's own, negative where it cannot, 0 between two. */
const PIECE = 0;
/** Rises while the thread's event loop turns, as long as functions of the user's own may run between pieces. */
const BEAT = 1;
/** How many there are whose functions may run between pieces. */
const ASYNC_OWNERS = 2;
const THREAD = 3;
/** Why the code was ended: a place in REASONS, counted from 1. */
const ENDED = 4;
/** Nobody waits for the piece any more: it is to be ended however long it has taken. */
const GIVEN_UP = 5;
/** Of a pool worker: the parallel run that it is at. */
const RUN = 6;
const SLOT_WORDS = 7;

const REASONS = ["timeout", "interrupt"] as const;
export type EndReason = (typeof REASONS)[number];

/** What the threads of an engine share with the one that looks at them. */
export class WatchTable {
  readonly words: Int32Array;

  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer((FIRST_SLOT + SLOTS * SLOT_WORDS) * 4))) {
    this.words = words;
  }

  /** How long a piece of work may take, milliseconds; 0: for ever. */
  get limitMs(): number {
    return Atomics.load(this.words, LIMIT_MS);
  }

  set limitMs(limit: number) {
    Atomics.store(this.words, LIMIT_MS, Math.min(2 ** 31 - 1, Math.ceil(limit)));
  }

  /** Somebody looks, and ends what takes too long. */
  get isWatched(): boolean {
    return Atomics.load(this.words, WATCHED) !== 0;
  }

  watch(): void {
    Atomics.store(this.words, WATCHED, 1);
  }

  /** Slot 0 is the engine's own thread, from 1 on its pool workers. */
  slot(index: number): WatchSlot {
    return new WatchSlot(this.words, FIRST_SLOT + index * SLOT_WORDS);
  }

  slots(): WatchSlot[] {
    return Array.from({ length: SLOTS }, (_, i) => this.slot(i));
  }
}

/** One thread's words. */
export class WatchSlot {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** A thread takes the slot. */
  begin(threadId: number): void {
    for (let word = 0; word < SLOT_WORDS; word++) this.#store(word, 0);
    this.#store(THREAD, threadId);
  }

  get threadId(): number {
    return this.#load(THREAD);
  }

  get piece(): number {
    return this.#load(PIECE);
  }

  set piece(piece: number) {
    this.#store(PIECE, piece);
  }

  set asyncOwners(count: number) {
    this.#store(ASYNC_OWNERS, count);
  }

  beat(): void {
    this.#store(BEAT, (this.#load(BEAT) + 1) % 2 ** 30);
  }

  /** Stays the same as long as the thread is at the same piece of the user's code; undefined while it is at none. */
  get mark(): string | undefined {
    const piece = this.#load(PIECE);
    if (piece > 0) return `piece ${piece}`;
    return piece === 0 && this.#load(ASYNC_OWNERS) > 0 ? `beat ${this.#load(BEAT)}` : undefined;
  }

  get run(): number {
    return this.#load(RUN);
  }

  set run(run: number) {
    this.#store(RUN, run);
  }

  /** Asks whoever looks to end the thread's present piece. */
  giveUp(): void {
    this.#store(GIVEN_UP, 1);
  }

  get isGivenUp(): boolean {
    return this.#load(GIVEN_UP) !== 0;
  }

  /** To be called before the thread's code is ended. */
  ending(reason: EndReason): void {
    this.#store(ENDED, REASONS.indexOf(reason) + 1);
  }

  /** Why the thread's code was ended; undefined where it was not. */
  get endReason(): EndReason | undefined {
    return REASONS[this.#load(ENDED) - 1];
  }

  /** The thread is at nothing, and what was asked of it is done. */
  recovered(): void {
    for (const word of [PIECE, ENDED, GIVEN_UP, RUN]) this.#store(word, 0);
  }

  #load(word: number): number {
    return Atomics.load(this.#words, this.#at + word);
  }

  #store(word: number, value: number): void {
    Atomics.store(this.#words, this.#at + word, value);
  }
}
