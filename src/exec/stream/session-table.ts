import { SessionList } from "./session-list.ts";

/** Sessions as plain data. */
export interface SessionTableState {
  readonly key: Int32Array;
  readonly start: Float64Array;
  readonly last: Float64Array;
  /** Numbers in use. */
  readonly open: Int32Array;
}

const NONE = -1;
/** Sessions of a key that are looked through one by one; of more there is a list to search in. */
const NEAR = 8;

/**
 * Open sessions of keys: spans of time, numbered. A row opens a session, or extends the one it is near enough to, which may then meet another of its
 * key and take it in. Numbers of sessions that are gone are given out again.
 */
export class SessionTable {
  readonly #gap: number;
  /** By session: its key, first and last time, and the key's session before it in time. */
  key = new Int32Array(64);
  start = new Float64Array(64);
  last = new Float64Array(64);
  #next = new Int32Array(64);
  /** The latest session of each key. */
  #head = new Int32Array(64).fill(NONE);
  /** The sessions of keys that have many. Starts of one key's sessions differ. */
  readonly #lists: (SessionList | undefined)[] = [];
  #listed = 0;
  readonly #free: number[] = [];
  #size = 0;
  #open = 0;
  /** Sessions by when they may close: those of one bucket close within a width of time of each other. A session may since have been extended. */
  readonly #buckets = new Map<number, number[]>();
  readonly #width: number;
  /** Sessions that another took in while the latest rows were added: into, from, in turn. */
  readonly merges: number[] = [];

  constructor(gap: number) {
    this.#gap = gap;
    this.#width = Math.max(1, gap / 4);
  }

  /** Numbers given out, gone ones included. */
  get size(): number {
    return this.#size;
  }

  /** Sessions that are there. */
  get open(): number {
    return this.#open;
  }

  /**
   * The session of a row: one of its key that is near enough and still open at `met` (the watermark the row met), or a new one. NONE where that would be
   * closed already. `joins` is told of a session that the row, or another session, joins, before it changes.
   */
  place(key: number, time: number, met: number, joins: (session: number) => void): number {
    if (key >= this.#head.length) this.#growKeys(key + 1);
    const gap = this.#gap;
    const next = this.#next;
    let later = NONE;
    let session = this.#head[key];
    let list = this.#listed === 0 ? undefined : this.#lists[key];
    let steps = 0;
    while (session !== NONE && this.start[session] > time + gap) {
      if (list !== undefined || ++steps === NEAR) {
        list ??= this.#listOf(key);
        const at = list.before(time + gap);
        later = list.at(at + 1);
        session = list.at(at);
        break;
      }
      later = session;
      session = next[session];
    }
    const end = session === NONE ? 0 : this.last[session] + gap;
    if (session === NONE || time > end || end < met) return time + gap < met ? NONE : this.#create(key, time, later, session);
    joins(session);
    if (time > this.last[session]) this.last[session] = time;
    if (time >= this.start[session]) return session;
    // It reaches further back now, and may meet the one before.
    let first = time;
    const before = this.start[session];
    for (let other = next[session]; other !== NONE; other = next[session]) {
      const otherEnd = this.last[other] + gap;
      if (otherEnd < time || otherEnd < met) break;
      joins(other);
      next[session] = next[other];
      this.#unlist(key, other);
      first = Math.min(first, this.start[other]);
      this.last[session] = Math.max(this.last[session], this.last[other]);
      this.key[other] = NONE;
      this.#open--;
      this.merges.push(session, other);
    }
    this.start[session] = first;
    list?.move(before, first);
    return session;
  }

  /** A number that a session had which is gone, and whose state has been cleared. */
  release(session: number): void {
    this.#free.push(session);
  }

  /** Sessions whose end lies before `watermark`, by end; they stay until they are removed. Costs no more than was put in, besides. */
  due(watermark: number): number[] {
    const limit = Math.floor(watermark / this.#width);
    const due: number[] = [];
    const numbers = [...this.#buckets.keys()].filter((bucket) => bucket <= limit);
    for (const number of numbers) {
      const sessions = this.#buckets.get(number)!;
      this.#buckets.delete(number);
      for (const session of sessions) {
        if (this.key[session] === NONE) continue;
        if (this.last[session] + this.#gap < watermark) due.push(session);
        else this.schedule(session);
      }
    }
    const unique = due.length < 2 ? due : [...new Set(due)];
    return unique.sort(this.#byEnd);
  }

  /** The first `limit` sessions to end, by end, of those that are there and pass `test`. Looks at every session. */
  first(limit: number, test: (session: number) => boolean): number[] {
    let found: number[] = [];
    let beyond = Number.POSITIVE_INFINITY;
    const cut = (): void => {
      found = found.sort(this.#byEnd).slice(0, limit);
      if (found.length === limit) beyond = this.last[found[limit - 1]];
    };
    for (let session = 0; session < this.#size; session++) {
      if (this.last[session] > beyond || this.key[session] === NONE || !test(session)) continue;
      found.push(session);
      if (found.length >= 1024 + 4 * limit) cut();
    }
    cut();
    return found;
  }

  readonly #byEnd = (a: number, b: number): number =>
    this.last[a] - this.last[b] || this.start[a] - this.start[b] || this.key[a] - this.key[b];

  /** A session comes up again in `due`, `later` microseconds behind its end. */
  schedule(session: number, later = 0): void {
    const bucket = Math.floor((this.last[session] + this.#gap + later) / this.#width);
    const sessions = this.#buckets.get(bucket);
    if (sessions === undefined) this.#buckets.set(bucket, [session]);
    else sessions.push(session);
  }

  /** Takes a session out. Its number is free once it is released. */
  remove(session: number): void {
    const key = this.key[session];
    const list = this.#listed === 0 ? undefined : this.#lists[key];
    let before = NONE;
    if (list === undefined) for (let other = this.#head[key]; other !== session; other = this.#next[other]) before = other;
    else {
      before = list.at(list.before(this.start[session]) + 1);
      this.#unlist(key, session);
    }
    if (before === NONE) this.#head[key] = this.#next[session];
    else this.#next[before] = this.#next[session];
    this.key[session] = NONE;
    this.#open--;
  }

  /** Keys that have sessions, in ascending order, and gives every session its key's place among them. */
  renumberKeys(): Int32Array {
    const keys: number[] = [];
    const places = new Map<number, number>();
    for (let key = 0; key < this.#head.length; key++) {
      if (this.#head[key] === NONE) continue;
      places.set(key, keys.length);
      keys.push(key);
    }
    const head = new Int32Array(Math.max(64, keys.length)).fill(NONE);
    keys.forEach((key, place) => {
      head[place] = this.#head[key];
      for (let session = head[place]; session !== NONE; session = this.#next[session]) this.key[session] = place;
    });
    this.#head = head;
    this.#lists.length = 0;
    this.#listed = 0;
    return Int32Array.from(keys);
  }

  state(): SessionTableState {
    const size = this.#size;
    const open: number[] = [];
    for (let session = 0; session < size; session++) if (this.key[session] !== NONE) open.push(session);
    return {
      key: this.key.slice(0, size),
      start: this.start.slice(0, size),
      last: this.last.slice(0, size),
      open: Int32Array.from(open),
    };
  }

  restore({ key, start, last, open }: SessionTableState): void {
    this.#grow(key.length);
    this.key.set(key);
    this.start.set(start);
    this.last.set(last);
    this.#size = key.length;
    this.#open = open.length;
    const isOpen = new Set(open);
    for (let session = 0; session < key.length; session++) if (!isOpen.has(session)) this.#free.push(session);
    for (const session of [...open].sort((a, b) => start[a] - start[b])) {
      this.#growKeys(key[session] + 1);
      this.#next[session] = this.#head[key[session]];
      this.#head[key[session]] = session;
      this.schedule(session);
    }
  }

  bytes(): number {
    return this.key.byteLength * 2 + this.start.byteLength * 2 + this.#head.byteLength + this.#open * 16;
  }

  #listOf(key: number): SessionList {
    const list = new SessionList();
    for (let session = this.#head[key]; session !== NONE; session = this.#next[session]) list.insert(session, this.start[session]);
    while (this.#lists.length <= key) this.#lists.push(undefined);
    this.#lists[key] = list;
    this.#listed++;
    return list;
  }

  /** Takes a session out of its key's list, if there is one: before its start changes. */
  #unlist(key: number, session: number): void {
    const list = this.#listed === 0 ? undefined : this.#lists[key];
    if (list === undefined) return;
    list.remove(this.start[session]);
    if (list.length >= NEAR / 2) return;
    this.#lists[key] = undefined;
    this.#listed--;
  }

  /** Between its neighbours in time. */
  #create(key: number, time: number, later: number, earlier: number): number {
    const session = this.#free.pop() ?? this.#size++;
    this.#grow(this.#size);
    this.key[session] = key;
    this.start[session] = time;
    this.last[session] = time;
    this.#next[session] = earlier;
    if (later === NONE) this.#head[key] = session;
    else this.#next[later] = session;
    if (this.#listed > 0) this.#lists[key]?.insert(session, time);
    this.#open++;
    this.schedule(session);
    return session;
  }

  #grow(size: number): void {
    if (size <= this.key.length) return;
    const length = Math.max(size, this.key.length * 2);
    const grown = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.key = grown(this.key, new Int32Array(length));
    this.start = grown(this.start, new Float64Array(length));
    this.last = grown(this.last, new Float64Array(length));
    this.#next = grown(this.#next, new Int32Array(length));
  }

  #growKeys(keys: number): void {
    if (keys <= this.#head.length) return;
    const head = new Int32Array(Math.max(keys, this.#head.length * 2)).fill(NONE);
    head.set(this.#head);
    this.#head = head;
  }
}
