import { bindError, runtimeError } from "../../core/errors.ts";
import type { Connector } from "../connector.ts";
import type { CheckedProperties, PropertySpec } from "../properties.ts";
import { HttpPoll, request } from "./http-poll.ts";
import { HttpSink } from "./http-sink.ts";
import { parseJsonPath } from "./json-path.ts";

const OPTIONS: readonly PropertySpec[] = [
  { name: "url", type: "text", required: true, default: "", doc: "Address, http:// or https://." },
  { name: "headers", type: "headers", secret: true, default: "none", doc: "Headers of every request: {'Authorization': env('TOKEN')}." },
  { name: "timeout", type: "duration", min: 1_000, default: "30 seconds", doc: "How long a request may take." },
];

/** HTTP client: polls an endpoint, or posts rows to one. */
export const httpConnector: Connector = {
  name: "http",
  doc: "Polls a JSON endpoint: each answer is a record, an array of records, or lines of them. As a sink it posts rows as NDJSON, and tries again when that fails.",
  source: {
    options: [
      ...OPTIONS,
      { name: "interval", type: "duration", min: 10_000, default: "10 seconds", doc: "Time between two requests." },
      { name: "json_path", type: "text", default: "$", doc: "Where in the answer the records are: '$.data.items'." },
      {
        name: "since_param",
        type: "text",
        default: "none",
        doc: "Query parameter that gets the value of `since_path` of the answer before.",
      },
      { name: "since_path", type: "text", default: "none", doc: "Where in an answer the value for `since_param` is: '$.next_cursor'." },
    ],
    formats: ["json"],
    delivery: "at-most-once",
    live: true,
    replayable: false,
    isEndless: () => true,
    defaultStart: () => "latest",
    check: checkSource,
    async sample(properties, _context, declared) {
      checkSource(properties);
      if (declared) return undefined;
      const answer = await request(properties, {}, undefined);
      if (answer.failure !== undefined)
        throw runtimeError(`cannot read ${properties.redact(properties.text("url") as string)}: ${answer.failure}`);
      return answer.records === undefined ? undefined : { bytes: answer.records };
    },
    open: (properties, context) => new HttpPoll(properties, context),
  },
  sink: {
    options: [
      ...OPTIONS,
      { name: "batch_rows", type: "integer", min: 1, max: 1_000_000, default: "1000", doc: "Rows of a request at most." },
      {
        name: "retries",
        type: "integer",
        min: 0,
        max: 1000,
        default: "10",
        doc: "How often a request that failed is tried again, with growing pauses, before the query fails.",
      },
    ],
    formats: ["json"],
    delivery: "at-least-once",
    acceptsChangelog: false,
    open(properties, context) {
      checkUrl(properties);
      return new HttpSink(properties, context);
    },
  },
};

function checkSource(properties: CheckedProperties): void {
  checkUrl(properties);
  parseJsonPath(properties.text("json_path") ?? "$");
  parseJsonPath(properties.text("since_path") ?? "$");
  if (properties.has("since_param") !== properties.has("since_path")) {
    throw bindError(`properties "since_param" and "since_path" go together, but only one is given`);
  }
}

function checkUrl(properties: CheckedProperties): void {
  const url = properties.text("url") as string;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw bindError(`property "url" must be an http:// or https:// address, not "${url}"`);
}
