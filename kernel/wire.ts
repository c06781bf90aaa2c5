import { createHmac, timingSafeEqual } from "node:crypto";
import type { Header, JsonObject, Message } from "./message.ts";

/**
 * Messages to frames and back: `[identities…, "<IDS|MSG>", signature, header, parent, metadata, content, buffers…]`.
 * The signature is HMAC-SHA256, in hexadecimal, over the four JSON frames as they travel. An empty key means unsigned.
 */

const DELIMITER = Buffer.from("<IDS|MSG>");
/** As many signatures as jupyter_client remembers. */
const REPLAY_MEMORY = 2 ** 16;

export type WireFault = "no delimiter" | "too few frames" | "bad signature" | "replayed message" | "malformed json" | "malformed header";

/** A message that must be dropped, and why. */
export class WireError extends Error {
  readonly fault: WireFault;
  constructor(fault: WireFault) {
    super(`message dropped: ${fault}`);
    this.name = "WireError";
    this.fault = fault;
  }
}

export class Wire {
  readonly #key: string;
  readonly #seen = new Set<string>();

  constructor(key: string) {
    this.#key = key;
  }

  encode(message: Message): Buffer[] {
    const parts = [message.header, message.parent, message.metadata, message.content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...message.identities, DELIMITER, Buffer.from(this.#sign(parts)), ...parts, ...message.buffers];
  }

  /** Checks the signature over the raw bytes before anything is parsed. A signature that was seen before is refused. */
  decode(frames: readonly Buffer[]): Message {
    const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (delimiter === -1) throw new WireError("no delimiter");
    if (frames.length < delimiter + 6) throw new WireError("too few frames");
    const parts = frames.slice(delimiter + 2, delimiter + 6);
    this.#verify(frames[delimiter + 1], parts);
    const [header, parent, metadata, content] = parts.map(parseObject);
    if (!isHeader(header)) throw new WireError("malformed header");
    return {
      identities: frames.slice(0, delimiter),
      header,
      parent: isHeader(parent) ? parent : {},
      metadata,
      content,
      buffers: frames.slice(delimiter + 6),
    };
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #verify(signature: Buffer, parts: readonly Buffer[]): void {
    if (this.#key === "") return;
    const expected = Buffer.from(this.#sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) throw new WireError("bad signature");
    const digest = expected.toString("latin1");
    if (this.#seen.has(digest)) throw new WireError("replayed message");
    this.#seen.add(digest);
    if (this.#seen.size > REPLAY_MEMORY) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
  }
}

function parseObject(part: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(part.toString("utf8"));
  } catch {
    throw new WireError("malformed json");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WireError("malformed json");
  return value as JsonObject;
}

function isHeader(value: unknown): value is Header {
  const header = value as Partial<Header>;
  return typeof header.msg_id === "string" && typeof header.msg_type === "string" && typeof header.session === "string";
}
