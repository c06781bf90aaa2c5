import { BIGINT, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";

/** The three streams as the SQL of the Nexmark project declares them. */
export const PERSON: Schema = [
  { name: "id", type: BIGINT },
  { name: "name", type: VARCHAR },
  { name: "emailAddress", type: VARCHAR },
  { name: "creditCard", type: VARCHAR },
  { name: "city", type: VARCHAR },
  { name: "state", type: VARCHAR },
  { name: "dateTime", type: TIMESTAMP },
  { name: "extra", type: VARCHAR },
];

export const AUCTION: Schema = [
  { name: "id", type: BIGINT },
  { name: "itemName", type: VARCHAR },
  { name: "description", type: VARCHAR },
  { name: "initialBid", type: BIGINT },
  { name: "reserve", type: BIGINT },
  { name: "dateTime", type: TIMESTAMP },
  { name: "expires", type: TIMESTAMP },
  { name: "seller", type: BIGINT },
  { name: "category", type: BIGINT },
  { name: "extra", type: VARCHAR },
];

export const BID: Schema = [
  { name: "auction", type: BIGINT },
  { name: "bidder", type: BIGINT },
  { name: "price", type: BIGINT },
  { name: "channel", type: VARCHAR },
  { name: "url", type: VARCHAR },
  { name: "dateTime", type: TIMESTAMP },
  { name: "extra", type: VARCHAR },
];

/** What the bounded side of the side-input join holds. */
export const SIDE_INPUT: Schema = [
  { name: "key", type: BIGINT },
  { name: "value", type: VARCHAR },
];
