import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { type Message, makeHeader } from "../../kernel/message.ts";
import { Wire, type WireError } from "../../kernel/wire.ts";

const message = (content: Record<string, unknown> = { code: "SELECT 'ä😀'" }): Message => ({
  identities: [Buffer.from([0, 1, 2])],
  header: makeHeader("s", "execute_request"),
  parent: {},
  metadata: {},
  content,
  buffers: [Buffer.from([9, 8])],
});

const fault = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as WireError).fault;
  }
  return "none";
};

test("a message survives the wire, identities and buffers included", () => {
  const sent = message();
  expect(new Wire("key").decode(new Wire("key").encode(sent))).toEqual(sent);
});

test("the signature is HMAC-SHA256 over the four JSON frames", () => {
  const frames = new Wire("key").encode(message());
  const hmac = createHmac("sha256", "key");
  for (const frame of frames.slice(3, 7)) hmac.update(frame);
  expect(frames[1].toString()).toBe("<IDS|MSG>");
  expect(frames[2].toString()).toBe(hmac.digest("hex"));
});

test("the signature covers the bytes as they travel, not what they mean", () => {
  const frames = new Wire("key").encode(message());
  const respelled = [...frames];
  respelled[6] = Buffer.from(frames[6].toString().replace(":", ": "));
  expect(fault(() => new Wire("key").decode(respelled))).toBe("bad signature");
});

test("a wrong key, a short signature and no signature are refused", () => {
  const frames = new Wire("key").encode(message());
  expect(fault(() => new Wire("other").decode(frames))).toBe("bad signature");
  expect(fault(() => new Wire("key").decode(frames.with(2, frames[2].subarray(1))))).toBe("bad signature");
  expect(fault(() => new Wire("key").decode(frames.with(2, Buffer.alloc(0))))).toBe("bad signature");
});

test("a message that comes a second time is refused", () => {
  const wire = new Wire("key");
  const frames = wire.encode(message());
  wire.decode(frames);
  expect(fault(() => wire.decode(frames))).toBe("replayed message");
});

test("without a key there is no signature, and none is asked for", () => {
  const wire = new Wire("");
  const frames = wire.encode(message());
  expect(frames[2].length).toBe(0);
  expect(wire.decode(frames).content).toEqual({ code: "SELECT 'ä😀'" });
  expect(wire.decode(frames).content).toEqual({ code: "SELECT 'ä😀'" });
});

test("frames that are no message are refused", () => {
  const wire = new Wire("");
  const frames = wire.encode(message());
  expect(fault(() => wire.decode([Buffer.from("x")]))).toBe("no delimiter");
  expect(fault(() => wire.decode(frames.slice(0, 5)))).toBe("too few frames");
  expect(fault(() => wire.decode(frames.with(6, Buffer.from("{"))))).toBe("malformed json");
  expect(fault(() => wire.decode(frames.with(6, Buffer.from("[]"))))).toBe("malformed json");
  expect(fault(() => wire.decode(frames.with(3, Buffer.from("{}"))))).toBe("malformed header");
});
