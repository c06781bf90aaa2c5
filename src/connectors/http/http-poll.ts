import type { SourceContext } from "../connector.ts";
import type { CheckedProperties } from "../properties.ts";
import { PushSource, unwrapArray } from "../push/push-source.ts";
import { findValue, parseJsonPath } from "./json-path.ts";

const DEFAULT_INTERVAL = 10_000_000;
const DEFAULT_TIMEOUT = 30_000_000;

/** What an endpoint said of its state, to be said back to it. */
interface Seen {
  readonly etag?: string;
  readonly modified?: string;
  readonly since?: string;
}

interface Answer {
  readonly records?: Uint8Array;
  readonly seen?: Seen;
  readonly failure?: string;
}

/** Asks once. No records: nothing has changed. Failures are told, not thrown. */
export async function request(properties: CheckedProperties, seen: Seen, signal: AbortSignal | undefined): Promise<Answer> {
  const url = new URL(properties.text("url") as string);
  const sinceParam = properties.text("since_param");
  if (sinceParam !== undefined && seen.since !== undefined) url.searchParams.set(sinceParam, seen.since);
  const headers = new Headers(properties.record("headers") ?? {});
  if (!headers.has("accept")) headers.set("accept", "application/json");
  if (seen.etag !== undefined) headers.set("if-none-match", seen.etag);
  if (seen.modified !== undefined) headers.set("if-modified-since", seen.modified);
  const timeout = AbortSignal.timeout(Math.ceil((properties.number("timeout") ?? DEFAULT_TIMEOUT) / 1000));
  try {
    const response = await fetch(url, { headers, signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]) });
    if (response.status === 304) return {};
    const body = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) return { failure: `the answer was ${response.status} ${response.statusText}`.trimEnd() };
    return read(properties, body, seen, response.headers);
  } catch (error) {
    const cause = (error as Error).cause;
    return { failure: properties.redact(cause instanceof Error ? cause.message : (error as Error).message) };
  }
}

function read(properties: CheckedProperties, body: Uint8Array, seen: Seen, headers: Headers): Answer {
  const path = parseJsonPath(properties.text("json_path") ?? "$");
  const place = path.length === 0 ? { start: 0, end: body.length } : findValue(body, path);
  if (place === undefined) return { failure: `there is nothing at json_path ${properties.text("json_path")} of the answer` };
  const sincePath = properties.text("since_path");
  const since = sincePath === undefined ? undefined : findValue(body, parseJsonPath(sincePath));
  return {
    records: unwrapArray(body.slice(place.start, place.end)),
    seen: {
      etag: headers.get("etag") ?? undefined,
      modified: headers.get("last-modified") ?? undefined,
      since: since === undefined ? seen.since : textOf(body.subarray(since.start, since.end)),
    },
  };
}

const textOf = (value: Uint8Array): string => String(JSON.parse(Buffer.from(value).toString("utf8")));

/** Polls an endpoint. It asks again only when what it was answered before has been taken. */
export class HttpPoll extends PushSource {
  readonly #properties: CheckedProperties;
  readonly #context: SourceContext;
  readonly #abort = new AbortController();
  readonly #name: string;
  #seen: Seen = {};
  #cancel: (() => void) | undefined;
  #failed = false;

  constructor(properties: CheckedProperties, context: SourceContext) {
    const name = properties.redact(properties.text("url") as string);
    super(properties, name);
    this.#properties = properties;
    this.#context = context;
    this.#name = name;
    void this.#poll();
  }

  async #poll(): Promise<void> {
    const { clock, warn } = this.#context;
    const due = clock.now() + (this.#properties.number("interval") ?? DEFAULT_INTERVAL);
    const { records, seen, failure } = await request(this.#properties, this.#seen, this.#abort.signal);
    if (this.#abort.signal.aborted) return;
    if (failure !== undefined && !this.#failed) warn(`${this.#name}: ${failure}; asking again every interval`);
    this.#failed = failure !== undefined;
    if (seen !== undefined) this.#seen = seen;
    const goOn = () => {
      this.#cancel = clock.at(due, () => void this.#poll());
    };
    this.onRoom = goOn;
    if (records === undefined || records.length === 0 || this.push(records)) goOn();
  }

  override close(): void {
    super.close();
    this.#abort.abort();
    this.#cancel?.();
  }
}
