import { BIGINT, type DataType, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { BATCH_ROWS, type BytesVector, type Dictionary, makeDictionary, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";

/**
 * The events of Nexmark after its specification (Tucker et al., "NEXMark: a benchmark for queries over data streams", and the generator of Apache Beam): of 50
 * events one is a person, three are auctions and 46 are bids; half of the bids go to the hot auction, three quarters come from the hot bidder, three quarters of the
 * auctions are of the hot seller. Deterministic from a seed, straight into columns; texts are codes into dictionaries. Each kind of event is a stream of its own.
 */

const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
const EVENTS_OF_A_ROUND = 50;
const AUCTIONS_OF_A_ROUND = 3;
/** Of so many ids one is hot at a time. */
const HOT_STEP = 100;
const HOT_AUCTION_RATIO = 2;
const HOT_BIDDER_RATIO = 4;
const HOT_SELLER_RATIO = 4;
const ACTIVE_PEOPLE = 1000;
const OPEN_AUCTIONS = 100;
/** How far behind the latest event watermarks stay. */
export const DELAY = 4_000_000;
const START = Date.UTC(2024, 0, 1) * 1000;
const EVENTS_A_SECOND = 100_000;

export interface NexmarkStream {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
}

export interface Nexmark {
  readonly person: NexmarkStream;
  readonly auction: NexmarkStream;
  readonly bid: NexmarkStream;
}

const field = (name: string, type: DataType) => ({ name, type });

const PERSON: Schema = [
  field("id", BIGINT),
  field("name", VARCHAR),
  field("emailAddress", VARCHAR),
  field("creditCard", VARCHAR),
  field("city", VARCHAR),
  field("state", VARCHAR),
  field("dateTime", TIMESTAMP),
  field("extra", VARCHAR),
];

const AUCTION: Schema = [
  field("id", BIGINT),
  field("itemName", VARCHAR),
  field("description", VARCHAR),
  field("initialBid", BIGINT),
  field("reserve", BIGINT),
  field("dateTime", TIMESTAMP),
  field("expires", TIMESTAMP),
  field("seller", BIGINT),
  field("category", BIGINT),
  field("extra", VARCHAR),
];

const BID: Schema = [
  field("auction", BIGINT),
  field("bidder", BIGINT),
  field("price", BIGINT),
  field("channel", VARCHAR),
  field("url", VARCHAR),
  field("dateTime", TIMESTAMP),
  field("extra", VARCHAR),
];

const FIRST_NAMES = "Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter".split(" ");
const LAST_NAMES = "Shultz Abrams Spencer White Bartels Walton Smith Jones Noris".split(" ");
const CITIES = "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne".split(",");
const STATES = "az ca id or wa wy".split(" ");
const HOT_CHANNELS = ["Google", "Facebook", "Baidu", "Apple"];
const COLD_CHANNELS = 10_000;

type Random = (below: number) => number;

/** Whole numbers below a bound, by a xorshift generator of 32 bits (Marsaglia 2003). */
function randomOf(seed: number): Random {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 4294967296) * below);
  };
}

function dictionaryOf(texts: readonly string[]): Dictionary {
  return makeDictionary(vectorFromValues(VARCHAR, texts) as BytesVector);
}

function textOf(random: Random, length: number): string {
  let text = "";
  while (text.length < length) text += random(13) === 0 ? " " : String.fromCharCode(97 + random(26));
  return text;
}

/** The hot channels' addresses, then those of the others; a channel and its address have the same code. */
function addresses(random: Random): { channels: string[]; urls: string[] } {
  const channels: string[] = [...HOT_CHANNELS];
  for (let i = 0; i < COLD_CHANNELS; i++) channels.push(`channel-${i}`);
  const urls = channels.map((_, i) => {
    const path = Array.from({ length: 3 }, () => textOf(random, 5).replaceAll(" ", "_")).join("/");
    const id = i >= HOT_CHANNELS.length && random(10) < 9 ? `&channel_id=${Math.abs((i * 2_654_435_761) | 0)}` : "";
    return `https://www.nexmark.com/${path}/item.htm?query=1${id}`;
  });
  return { channels, urls };
}

/** Collects rows of one stream into batches: numbers as doubles, texts as codes. */
class Columns {
  readonly #schema: Schema;
  readonly #dictionaries: readonly (Dictionary | undefined)[];
  readonly #batches: RecordBatch[] = [];
  #words: Int32Array[] = [];
  #length = 0;

  constructor(schema: Schema, dictionaries: Readonly<Record<string, Dictionary>>) {
    this.#schema = schema;
    this.#dictionaries = schema.map(({ name, type }) => (type === VARCHAR ? dictionaries[name] : undefined));
    this.#open();
  }

  /** Values in the order of the schema: codes, and whole numbers. */
  add(...row: readonly number[]): void {
    const at = this.#length++;
    for (let c = 0; c < row.length; c++) {
      const words = this.#words[c];
      if (this.#dictionaries[c] !== undefined) words[at] = row[c];
      else {
        words[2 * at] = row[c] % 4294967296;
        words[2 * at + 1] = Math.floor(row[c] / 4294967296);
      }
    }
    if (this.#length === BATCH_ROWS) this.#close();
  }

  finish(): NexmarkStream {
    if (this.#length > 0) this.#close();
    return { schema: this.#schema, batches: this.#batches };
  }

  #open(): void {
    this.#length = 0;
    this.#words = this.#dictionaries.map((dictionary) => new Int32Array(dictionary === undefined ? 2 * BATCH_ROWS : BATCH_ROWS));
  }

  #close(): void {
    const length = this.#length;
    const columns = this.#schema.map(({ type }, c): Vector => {
      const dictionary = this.#dictionaries[c];
      const words = this.#words[c];
      if (dictionary !== undefined)
        return { layout: "dictionary", type, length, validity: null, codes: words.subarray(0, length), dictionary };
      return { layout: "flat", type, length, validity: null, data: new BigInt64Array(words.buffer, 0, length) };
    });
    this.#batches.push({ columns, length });
    this.#open();
  }
}

/** `events` events in the order of their times, 10 microseconds apart. */
export function generateNexmark(events: number, seed = 1): Nexmark {
  const random = randomOf(seed);
  const texts = (count: number, length: number) => dictionaryOf([...new Set(Array.from({ length: count }, () => textOf(random, length)))]);
  const names = FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`));
  const emails = [...new Set(Array.from({ length: 2000 }, () => `${textOf(random, 7)}@${textOf(random, 5)}.com`.replaceAll(" ", "")))];
  const cards = [
    ...new Set(Array.from({ length: 2000 }, () => Array.from({ length: 4 }, () => String(random(10_000)).padStart(4, "0")).join(" "))),
  ];
  const { channels, urls } = addresses(random);
  const items = texts(2000, 20);
  const descriptions = texts(2000, 100);
  const extras = { person: texts(1000, 80), auction: texts(1000, 300), bid: texts(1000, 50) };
  const people = new Columns(PERSON, {
    name: dictionaryOf(names),
    emailAddress: dictionaryOf(emails),
    creditCard: dictionaryOf(cards),
    city: dictionaryOf(CITIES),
    state: dictionaryOf(STATES),
    extra: extras.person,
  });
  const auctions = new Columns(AUCTION, { itemName: items, description: descriptions, extra: extras.auction });
  const bids = new Columns(BID, {
    channel: dictionaryOf([...new Set(channels)]),
    url: dictionaryOf([...new Set(urls)]),
    extra: extras.bid,
  });
  if (new Set(urls).size !== urls.length) throw new Error("two channels have one address");

  const price = () => Math.round(10 ** ((random(1_000_000) / 1_000_000) * 6) * 100);
  for (let n = 0; n < events; n++) {
    const time = START + Math.floor((n * 1_000_000) / EVENTS_A_SECOND);
    const round = Math.floor(n / EVENTS_OF_A_ROUND);
    const place = n % EVENTS_OF_A_ROUND;
    // Numbers of the latest person and auction, from 0.
    const lastPerson = round;
    const lastAuction = round * AUCTIONS_OF_A_ROUND + Math.min(Math.max(place - 1, 0), AUCTIONS_OF_A_ROUND - 1);
    const somePerson = () => Math.max(0, lastPerson - random(Math.min(lastPerson + 1, ACTIVE_PEOPLE)));
    if (place === 0) {
      people.add(
        FIRST_ID + lastPerson,
        random(names.length),
        random(emails.length),
        random(cards.length),
        random(CITIES.length),
        random(STATES.length),
        time,
        random(extras.person.values.length),
      );
    } else if (place <= AUCTIONS_OF_A_ROUND) {
      const initial = price();
      const seller = random(HOT_SELLER_RATIO) > 0 ? Math.floor(lastPerson / HOT_STEP) * HOT_STEP : somePerson();
      // Open for about as long as it takes for OPEN_AUCTIONS others to come.
      const horizon = Math.floor((OPEN_AUCTIONS * EVENTS_OF_A_ROUND * 1000) / (AUCTIONS_OF_A_ROUND * EVENTS_A_SECOND));
      const expires = time + (1 + random(Math.max(1, 2 * horizon))) * 1000;
      auctions.add(
        FIRST_ID + lastAuction,
        random(items.values.length),
        random(descriptions.values.length),
        initial,
        initial + price(),
        time,
        expires,
        FIRST_ID + seller,
        FIRST_CATEGORY + random(CATEGORIES),
        random(extras.auction.values.length),
      );
    } else {
      const auction =
        random(HOT_AUCTION_RATIO) > 0
          ? Math.floor(lastAuction / HOT_STEP) * HOT_STEP
          : Math.max(0, lastAuction - random(Math.min(lastAuction + 1, OPEN_AUCTIONS)));
      const bidder = random(HOT_BIDDER_RATIO) > 0 ? Math.min(lastPerson, Math.floor(lastPerson / HOT_STEP) * HOT_STEP + 1) : somePerson();
      const channel = random(2) > 0 ? random(HOT_CHANNELS.length) : HOT_CHANNELS.length + random(COLD_CHANNELS);
      bids.add(FIRST_ID + auction, FIRST_ID + bidder, price(), channel, channel, time, random(extras.bid.values.length));
    }
  }
  return { person: people.finish(), auction: auctions.finish(), bid: bids.finish() };
}
