import { TIMESTAMP } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { codedText, dictionaryOf, Longs, Texts } from "./columns.ts";
import * as nexmark from "./proportions.ts";
import { letterPool, Random } from "./random.ts";

export interface GeneratorOptions {
  readonly events: number;
  readonly seed?: number;
  /** Of event time. */
  readonly eventsPerSecond?: number;
  readonly startMicros?: number;
  /** Events of all three kinds that make one batch of each stream. */
  readonly batchEvents?: number;
  /** Events change places within groups of so many; 1 leaves them in the order of their time. */
  readonly disorder?: number;
}

/** The three streams, each in batches that hold its share of the same events. */
export interface NexmarkData {
  readonly events: number;
  readonly person: readonly RecordBatch[];
  readonly auction: readonly RecordBatch[];
  readonly bid: readonly RecordBatch[];
}

const FIRST_NAMES = ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
const LAST_NAMES = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
const NAMES = FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`));
const CITIES = ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"];
const STATES = ["AZ", "CA", "ID", "OR", "WA", "WY"];

const POOL_BYTES = 1 << 20;
/** Room at the end of a pool, so that any text may start anywhere before it. */
const POOL_MARGIN = 1024;
const SHORTEST_TEXT = 3;
const MULTIPLIER = 953;

/** Numbers of the last person and auction that exist when an event comes. */
const lastPerson = (event: number): number => Math.floor(event / nexmark.EVENT_CYCLE);
function lastAuction(event: number): number {
  const cycle = Math.floor(event / nexmark.EVENT_CYCLE);
  const offset = event % nexmark.EVENT_CYCLE;
  if (offset < nexmark.PERSON_SHARE) return cycle * nexmark.AUCTION_SHARE - 1;
  return cycle * nexmark.AUCTION_SHARE + Math.min(offset - nexmark.PERSON_SHARE, nexmark.AUCTION_SHARE - 1);
}

/** Makes all events; the same ones for the same options. */
export function generate(options: GeneratorOptions): NexmarkData {
  const { events, batchEvents = 16_384, seed = 1 } = options;
  const generator = new Generator(options, new Random(seed));
  const person: RecordBatch[] = [];
  const auction: RecordBatch[] = [];
  const bid: RecordBatch[] = [];
  for (let from = 0; from < events; from += batchEvents) {
    const batches = generator.batches(from, Math.min(events, from + batchEvents));
    if (batches.person.length > 0) person.push(batches.person);
    if (batches.auction.length > 0) auction.push(batches.auction);
    if (batches.bid.length > 0) bid.push(batches.bid);
  }
  return { events, person, auction, bid };
}

class Generator {
  readonly #random: Random;
  readonly #letters: Uint8Array;
  readonly #words: Uint8Array;
  readonly #rate: number;
  readonly #start: number;
  readonly #disorder: number;
  readonly #names = dictionaryOf(NAMES);
  readonly #cities = dictionaryOf(CITIES);
  readonly #states = dictionaryOf(STATES);
  readonly #channels: ReturnType<typeof dictionaryOf>;
  readonly #urls: ReturnType<typeof dictionaryOf>;

  constructor({ eventsPerSecond, startMicros, disorder }: GeneratorOptions, random: Random) {
    this.#random = random;
    this.#rate = eventsPerSecond ?? nexmark.EVENTS_PER_SECOND;
    this.#start = startMicros ?? nexmark.START_MICROS;
    this.#disorder = disorder ?? 1;
    this.#letters = letterPool(random, POOL_BYTES);
    this.#words = letterPool(random, POOL_BYTES, 13);
    const names: string[] = [...nexmark.HOT_CHANNELS];
    for (let i = 0; i < nexmark.CHANNELS; i++) names.push(`channel-${i}`);
    this.#channels = dictionaryOf(names);
    this.#urls = dictionaryOf(this.#addresses(names.length));
  }

  /** One address a channel; nine in ten of the cold ones carry a number of the channel. */
  #addresses(count: number): string[] {
    const all = new Set<string>();
    const part = () => {
      const start = this.#random.below(POOL_BYTES - POOL_MARGIN);
      return String.fromCharCode(...this.#letters.subarray(start, start + 5));
    };
    while (all.size < count) {
      const cold = all.size - nexmark.HOT_CHANNELS.length;
      const channel = cold >= 0 && this.#random.below(10) > 0 ? `&channel_id=${Math.imul(cold, 0x9e3779b1) >>> 1}` : "";
      all.add(`https://www.nexmark.com/${part()}/${part()}/${part()}/item.htm?query=1${channel}`);
    }
    return [...all];
  }

  /** The events numbered `from` up to `to` as a batch of each stream. */
  batches(from: number, to: number): { person: RecordBatch; auction: RecordBatch; bid: RecordBatch } {
    const cycles = Math.ceil((to - from) / nexmark.EVENT_CYCLE) + 1 + 2 * this.#disorder;
    const people = new People(Math.min(to - from, cycles * nexmark.PERSON_SHARE));
    const auctions = new Auctions(Math.min(to - from, cycles * nexmark.AUCTION_SHARE));
    const bids = new Bids(to - from);
    for (let i = from; i < to; i++) {
      const event = this.#reordered(i);
      const offset = event % nexmark.EVENT_CYCLE;
      if (offset < nexmark.PERSON_SHARE) this.#person(event, people);
      else if (offset < nexmark.PERSON_SHARE + nexmark.AUCTION_SHARE) this.#auction(event, auctions);
      else this.#bid(event, bids);
    }
    return {
      person: {
        length: people.rows,
        columns: [
          people.id.vector(people.rows),
          codedText(people.name, people.rows, this.#names),
          people.email.vector(),
          people.card.vector(),
          codedText(people.city, people.rows, this.#cities),
          codedText(people.state, people.rows, this.#states),
          people.time.vector(people.rows, TIMESTAMP),
          people.extra.vector(),
        ],
      },
      auction: {
        length: auctions.rows,
        columns: [
          auctions.id.vector(auctions.rows),
          auctions.item.vector(),
          auctions.description.vector(),
          auctions.initialBid.vector(auctions.rows),
          auctions.reserve.vector(auctions.rows),
          auctions.time.vector(auctions.rows, TIMESTAMP),
          auctions.expires.vector(auctions.rows, TIMESTAMP),
          auctions.seller.vector(auctions.rows),
          auctions.category.vector(auctions.rows),
          auctions.extra.vector(),
        ],
      },
      bid: {
        length: bids.rows,
        columns: [
          bids.auction.vector(bids.rows),
          bids.bidder.vector(bids.rows),
          bids.price.vector(bids.rows),
          codedText(bids.channel, bids.rows, this.#channels),
          codedText(bids.channel, bids.rows, this.#urls),
          bids.time.vector(bids.rows, TIMESTAMP),
          bids.extra.vector(),
        ],
      },
    };
  }

  #reordered(event: number): number {
    const group = this.#disorder;
    if (group <= 1) return event;
    return Math.floor(event / group) * group + ((event * MULTIPLIER) % group);
  }

  /** Microseconds, whole milliseconds. */
  #time(event: number): number {
    return this.#start + Math.floor((event * 1000) / this.#rate) * 1000;
  }

  #person(event: number, to: People): void {
    const random = this.#random;
    const row = to.rows++;
    to.id.set(row, nexmark.FIRST_PERSON_ID + lastPerson(event));
    to.name[row] = random.below(NAMES.length);
    this.#text(to.email, this.#letters, 7);
    to.email.append(AT, 0, AT.length);
    this.#text(to.email, this.#letters, 5);
    to.email.append(DOT_COM, 0, DOT_COM.length);
    to.email.endRow();
    for (let group = 0; group < 4; group++) {
      let digits = random.below(10_000);
      for (let i = 3; i >= 0; i--) {
        CARD[group * 5 + i] = 0x30 + (digits % 10);
        digits = Math.floor(digits / 10);
      }
    }
    to.card.append(CARD, 0, CARD.length);
    to.card.endRow();
    to.city[row] = random.below(CITIES.length);
    to.state[row] = random.below(STATES.length);
    to.time.set(row, this.#time(event));
    this.#extra(to.extra, nexmark.PERSON_BYTES - 70);
  }

  #auction(event: number, to: Auctions): void {
    const random = this.#random;
    const row = to.rows++;
    const price = random.price();
    const time = this.#time(event);
    to.id.set(row, nexmark.FIRST_AUCTION_ID + lastAuction(event));
    this.#text(to.item, this.#words, 20);
    to.item.endRow();
    this.#text(to.description, this.#words, 100);
    to.description.endRow();
    to.initialBid.set(row, price);
    to.reserve.set(row, price + random.price());
    to.time.set(row, time);
    to.expires.set(row, time + this.#auctionMicros(event, time));
    const seller =
      random.below(nexmark.HOT_SELLER_RATIO) > 0
        ? Math.floor(lastPerson(event) / nexmark.HOT_GROUP) * nexmark.HOT_GROUP
        : this.#activePerson(event);
    to.seller.set(row, nexmark.FIRST_PERSON_ID + seller);
    to.category.set(row, nexmark.FIRST_CATEGORY_ID + random.below(nexmark.CATEGORIES));
    this.#extra(to.extra, nexmark.AUCTION_BYTES - 120);
  }

  #bid(event: number, to: Bids): void {
    const random = this.#random;
    const row = to.rows++;
    const auction =
      random.below(nexmark.HOT_AUCTION_RATIO) > 0
        ? Math.floor(lastAuction(event) / nexmark.HOT_GROUP) * nexmark.HOT_GROUP
        : this.#openAuction(event);
    to.auction.set(row, nexmark.FIRST_AUCTION_ID + auction);
    const bidder =
      random.below(nexmark.HOT_BIDDER_RATIO) > 0
        ? Math.floor(lastPerson(event) / nexmark.HOT_GROUP) * nexmark.HOT_GROUP + 1
        : this.#activePerson(event);
    to.bidder.set(row, nexmark.FIRST_PERSON_ID + bidder);
    to.price.set(row, random.price());
    to.channel[row] =
      random.below(nexmark.HOT_CHANNEL_RATIO) > 0
        ? random.below(nexmark.HOT_CHANNELS.length)
        : nexmark.HOT_CHANNELS.length + random.below(nexmark.CHANNELS);
    to.time.set(row, this.#time(event));
    this.#extra(to.extra, nexmark.BID_BYTES - 32);
  }

  /** An auction stays open, on average, until as many others have come as are in flight. */
  #auctionMicros(event: number, time: number): number {
    const ahead = Math.floor((nexmark.IN_FLIGHT_AUCTIONS * nexmark.EVENT_CYCLE) / nexmark.AUCTION_SHARE);
    const horizon = (this.#time(event + ahead) - time) / 1000;
    return (1 + this.#random.below(Math.max(2 * horizon, 1))) * 1000;
  }

  #openAuction(event: number): number {
    const last = Math.max(0, lastAuction(event));
    const first = Math.max(last - nexmark.IN_FLIGHT_AUCTIONS, 0);
    return first + this.#random.below(last - first + 1 + nexmark.ID_LEAD);
  }

  #activePerson(event: number): number {
    const people = lastPerson(event) + 1;
    const active = Math.min(people, nexmark.ACTIVE_PEOPLE);
    return people - active + this.#random.below(active + nexmark.ID_LEAD);
  }

  /** A text of at most so many bytes. */
  #text(to: Texts, pool: Uint8Array, most: number): void {
    const length = SHORTEST_TEXT + this.#random.below(most - SHORTEST_TEXT);
    to.append(pool, this.#random.below(POOL_BYTES - POOL_MARGIN), length);
  }

  /** A fifth more or less than `average` bytes. */
  #extra(to: Texts, average: number): void {
    const spread = Math.round(average / 5);
    const length = average - spread + this.#random.below(2 * spread);
    to.append(this.#letters, this.#random.below(POOL_BYTES - POOL_MARGIN), length);
    to.endRow();
  }
}

const AT = new TextEncoder().encode("@");
const DOT_COM = new TextEncoder().encode(".com");
const CARD = new TextEncoder().encode("0000 0000 0000 0000");

class People {
  rows = 0;
  readonly id: Longs;
  readonly name: Int32Array;
  readonly email: Texts;
  readonly card: Texts;
  readonly city: Int32Array;
  readonly state: Int32Array;
  readonly time: Longs;
  readonly extra: Texts;

  constructor(capacity: number) {
    this.id = new Longs(capacity);
    this.name = new Int32Array(capacity);
    this.email = new Texts(capacity, 16);
    this.card = new Texts(capacity, CARD.length);
    this.city = new Int32Array(capacity);
    this.state = new Int32Array(capacity);
    this.time = new Longs(capacity);
    this.extra = new Texts(capacity, nexmark.PERSON_BYTES);
  }
}

class Auctions {
  rows = 0;
  readonly id: Longs;
  readonly item: Texts;
  readonly description: Texts;
  readonly initialBid: Longs;
  readonly reserve: Longs;
  readonly time: Longs;
  readonly expires: Longs;
  readonly seller: Longs;
  readonly category: Longs;
  readonly extra: Texts;

  constructor(capacity: number) {
    this.id = new Longs(capacity);
    this.item = new Texts(capacity, 20);
    this.description = new Texts(capacity, 100);
    this.initialBid = new Longs(capacity);
    this.reserve = new Longs(capacity);
    this.time = new Longs(capacity);
    this.expires = new Longs(capacity);
    this.seller = new Longs(capacity);
    this.category = new Longs(capacity);
    this.extra = new Texts(capacity, nexmark.AUCTION_BYTES);
  }
}

class Bids {
  rows = 0;
  readonly auction: Longs;
  readonly bidder: Longs;
  readonly price: Longs;
  readonly channel: Int32Array;
  readonly time: Longs;
  readonly extra: Texts;

  constructor(capacity: number) {
    this.auction = new Longs(capacity);
    this.bidder = new Longs(capacity);
    this.price = new Longs(capacity);
    this.channel = new Int32Array(capacity);
    this.time = new Longs(capacity);
    this.extra = new Texts(capacity, nexmark.BID_BYTES);
  }
}
