import { bindError, nearestName, type Span } from "./errors.ts";
import { isFiniteTimestamp, MICROS_PER_DAY, type Micros } from "./time.ts";

/** Clocks of the world's time zones, from the runtime's own tables (Intl). Asked for once per period between two changes of a clock. */
export interface Zone {
  readonly name: string;
  /** Microseconds east of UTC at a moment (microseconds UTC). */
  offsetAt(utcMicros: number): number;
  /** The clock's reading at a moment. Infinite timestamps stay as they are. */
  toLocal(utcMicros: Micros): Micros;
  /** The moment of a clock's reading. A reading that a clock skips is taken by the offset before; of two, the later is meant. */
  toUtc(localMicros: Micros): Micros;
}

const zones = new Map<string, Zone>();

/** A zone by name, in any case. Throws a bind error that suggests the nearest name. */
export function findZone(name: string, span?: Span): Zone {
  const key = name.toLowerCase();
  let zone = zones.get(key);
  if (zone === undefined) {
    zone = makeZone(name, span);
    zones.set(key, zone);
  }
  return zone;
}

export const isUtc = (zone: Zone): boolean => zone.name === "UTC";

export const zoneOffsetMicros = (zone: string, utcMicros: number): number => findZone(zone).offsetAt(utcMicros);

function makeZone(name: string, span?: Span): Zone {
  if (/^(utc|etc\/utc|gmt|etc\/gmt|z|zulu)$/i.test(name) && name.length > 1) {
    return { name: "UTC", offsetAt: () => 0, toLocal: (utc) => utc, toUtc: (local) => local };
  }
  let format: Intl.DateTimeFormat;
  try {
    // Newer runtimes take "+02:00" for a zone; DuckDB does not.
    if (!/^[a-z]/i.test(name) || name.length === 1) throw new RangeError("not a zone name");
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    const nearest = nearestName(name, Intl.supportedValuesOf("timeZone"));
    throw bindError(`unknown time zone '${name}'`, span, nearest === undefined ? undefined : `did you mean '${nearest}'?`);
  }
  return new TableZone(format.resolvedOptions().timeZone, format);
}

const SECONDS_PER_BLOCK = 2 ** 25;
/** Two changes of a clock within this time that cancel out would be missed; the closest in the tables are weeks apart. */
const PROBE_SECONDS = 4 * 86_400;
/** JavaScript dates end here; beyond, a clock keeps its last offset. */
const MAX_SECONDS = 8.64e12;

/** Offsets over one block of time: `offsets[i]` holds from `starts[i]` (seconds UTC) on. */
interface Block {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

class TableZone implements Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #blocks = new Map<number, Block>();
  // The period of the moment asked for last, in microseconds.
  #from = 0;
  #to = 0;
  #offset = 0;

  constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  offsetAt(utcMicros: number): number {
    if (utcMicros >= this.#from && utcMicros < this.#to) return this.#offset;
    const seconds = Math.min(MAX_SECONDS - 1, Math.max(-MAX_SECONDS, Math.floor(utcMicros / 1_000_000)));
    const index = Math.floor(seconds / SECONDS_PER_BLOCK);
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#load(index);
      this.#blocks.set(index, block);
    }
    let i = block.starts.length - 1;
    while (i > 0 && block.starts[i] > seconds) i--;
    this.#offset = block.offsets[i] * 1_000_000;
    this.#from = block.starts[i] * 1_000_000;
    this.#to = (i + 1 < block.starts.length ? block.starts[i + 1] : (index + 1) * SECONDS_PER_BLOCK) * 1_000_000;
    return this.#offset;
  }

  toLocal(utc: Micros): Micros {
    if (!isFiniteTimestamp(utc)) return utc;
    return shift(utc, this.offsetAt(Number(utc)));
  }

  toUtc(local: Micros): Micros {
    if (!isFiniteTimestamp(local)) return local;
    const reading = Number(local);
    // No clock is more than a day from UTC, and none changes twice within two days.
    const before = this.offsetAt(reading - MICROS_PER_DAY);
    const after = this.offsetAt(reading + MICROS_PER_DAY);
    const offset = before === after || this.offsetAt(reading - after) !== after ? before : after;
    return shift(local, -offset);
  }

  #load(index: number): Block {
    const start = Math.max(-MAX_SECONDS, index * SECONDS_PER_BLOCK);
    const end = Math.min(MAX_SECONDS, (index + 1) * SECONDS_PER_BLOCK);
    const starts = [start];
    const offsets = [this.#ask(start)];
    let at = start;
    while (at < end) {
      const next = Math.min(at + PROBE_SECONDS, end);
      const offset = this.#ask(next);
      const last = offsets[offsets.length - 1];
      if (offset !== last) {
        let low = at;
        let high = next;
        while (high - low > 1) {
          const middle = Math.floor((low + high) / 2);
          if (this.#ask(middle) === last) low = middle;
          else high = middle;
        }
        starts.push(high);
        offsets.push(offset);
      }
      at = next;
    }
    return { starts, offsets };
  }

  /** Seconds east of UTC, read off "12/31/1969, GMT-04:56:02". */
  #ask(seconds: number): number {
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(this.#format.format(seconds * 1000));
    if (match === null) throw new Error(`no offset known for time zone ${this.name}`);
    const amount = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    return match[1] === "-" ? -amount : amount;
  }
}

const shift = (micros: Micros, by: number): Micros => {
  if (typeof micros === "bigint") return micros + BigInt(by);
  const sum = micros + by;
  return Math.abs(sum) <= Number.MAX_SAFE_INTEGER ? sum : BigInt(micros) + BigInt(by);
};
