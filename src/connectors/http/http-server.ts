import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WeirError } from "../../core/errors.ts";
import type { Connector, SourceContext } from "../connector.ts";
import type { CheckedProperties } from "../properties.ts";
import { OVERFLOW_OPTIONS } from "../push/overflow.ts";
import { PushSource, unwrapArray } from "../push/push-source.ts";

const DEFAULT_BODY = 16_000_000;

/** An endpoint of our own that takes posts of records. */
export const httpServerConnector: Connector = {
  name: "http_server",
  doc: "An endpoint that takes posts of NDJSON (or a JSON array) with a token: 202 when they were taken, 429 when there is no room for them now.",
  source: {
    options: [
      { name: "port", type: "integer", min: 0, max: 65_535, default: "0, any that is free", doc: "Port to listen at." },
      { name: "host", type: "text", default: "127.0.0.1", doc: "Address to listen at; other machines reach it only where this says so." },
      {
        name: "token",
        type: "text",
        secret: true,
        default: "made up, and shown",
        doc: "What posts must bring: `Authorization: Bearer …`.",
      },
      { name: "max_body", type: "bytes", min: 1, max: 1 << 30, default: "16MB", doc: "Largest post; a larger one is answered 413." },
      ...OVERFLOW_OPTIONS,
    ],
    formats: ["json", "raw"],
    delivery: "at-most-once",
    live: true,
    replayable: false,
    eager: true,
    isEndless: () => true,
    defaultStart: () => "latest",
    open: (properties, context) => new HttpServerSource(properties, context),
  },
};

class HttpServerSource extends PushSource {
  readonly #server: Server;
  readonly #token: string;
  readonly #isMadeUp: boolean;
  readonly #isJson: boolean;
  readonly #maxBody: number;
  readonly #listening: Promise<void>;

  constructor(properties: CheckedProperties, { stream, format }: SourceContext) {
    super(properties, `http_server ${stream}`);
    const given = properties.text("token");
    this.#isMadeUp = given === undefined;
    this.#token = given ?? randomBytes(24).toString("base64url");
    this.#isJson = format === "json";
    this.#maxBody = properties.number("max_body") ?? DEFAULT_BODY;
    this.#server = createServer((request, response) => this.#answer(request, response));
    const port = properties.number("port") ?? 0;
    const host = properties.text("host") ?? "127.0.0.1";
    this.#listening = new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => reject(new WeirError("io", `cannot listen at ${host}:${port}: ${cause.message}`, { cause })));
      this.#server.listen(port, host, resolve);
    });
    // Whoever awaits `ready` hears of it
    this.#listening.catch(() => {});
    this.#server.unref();
  }

  async ready(): Promise<void> {
    await this.#listening;
  }

  notice(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    const host = family === "IPv6" ? `[${address}]` : address;
    const token = this.#isMadeUp ? `Authorization: Bearer ${this.#token}` : "Authorization: Bearer and its token";
    return `post NDJSON to http://${host}:${port}/ with the header "${token}"`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: number, error: string, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "content-type": "application/json", connection: "close", ...headers });
      response.end(`${JSON.stringify({ error })}\n`);
      request.resume();
    };
    if (!this.#isAllowed(request.headers.authorization)) {
      refuse(401, "the token is missing or wrong", { "www-authenticate": "Bearer" });
      return;
    }
    if (request.method !== "POST") {
      refuse(405, "only POST is understood", { allow: "POST" });
      return;
    }
    if (this.isFull) {
      refuse(429, "no room at the moment", { "retry-after": "1" });
      return;
    }
    const pieces: Buffer[] = [];
    let length = 0;
    request.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length <= this.#maxBody) pieces.push(piece);
      else if (!response.headersSent) refuse(413, `the body is larger than max_body, ${this.#maxBody} bytes`);
    });
    request.on("end", () => {
      if (response.headersSent) return;
      if (this.isFull) {
        refuse(429, "no room at the moment", { "retry-after": "1" });
        return;
      }
      const body = Buffer.concat(pieces);
      if (body.length > 0) this.push(this.#isJson ? unwrapArray(body) : body);
      response.writeHead(202, { "content-type": "application/json" });
      response.end('{"accepted":true}\n');
    });
  }

  #isAllowed(authorization: string | undefined): boolean {
    const given = Buffer.from(authorization ?? "");
    const wanted = Buffer.from(`Bearer ${this.#token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  override close(): void {
    super.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
