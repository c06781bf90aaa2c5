/** What the Nexmark specification fixes about its events: shares, id ranges and how hot the hot ones are. */

/** Of 50 events one is a person, the next three are auctions, the rest bids. */
export const PERSON_SHARE = 1;
export const AUCTION_SHARE = 3;
export const BID_SHARE = 46;
export const EVENT_CYCLE = PERSON_SHARE + AUCTION_SHARE + BID_SHARE;

export const FIRST_PERSON_ID = 1000;
export const FIRST_AUCTION_ID = 1000;
export const FIRST_CATEGORY_ID = 10;
export const CATEGORIES = 5;

/** One bid in so many goes to an auction other than the hot one; likewise bidders and sellers. */
export const HOT_AUCTION_RATIO = 2;
export const HOT_BIDDER_RATIO = 4;
export const HOT_SELLER_RATIO = 4;
export const HOT_CHANNEL_RATIO = 2;
/** The hot one changes with every so many ids. */
export const HOT_GROUP = 100;

/** Auctions that are open at a time, and people who are active. */
export const IN_FLIGHT_AUCTIONS = 100;
export const ACTIVE_PEOPLE = 1000;
/** Ids that bids and auctions refer to a little before they exist. */
export const ID_LEAD = 10;

export const CHANNELS = 10_000;
export const HOT_CHANNELS = ["Google", "Facebook", "Baidu", "Apple"] as const;

/** Average sizes in bytes, which the column `extra` fills up to. */
export const PERSON_BYTES = 200;
export const AUCTION_BYTES = 500;
export const BID_BYTES = 100;

export const EVENTS_PER_SECOND = 100_000;
export const WATERMARK_DELAY_MICROS = 4_000_000;
/** 2015-07-15 00:00:00 UTC. */
export const START_MICROS = 1_436_918_400_000_000;
