import { ioError } from "../files.ts";

const MAGIC = 0x184d2204;

/**
 * Decodes an LZ4 frame (LZ4 Frame Format 1.6.3). Blocks may refer to earlier ones, so all are decoded into one buffer. Checksums are not
 * checked; a broken block fails on its lengths.
 */
export function decodeLz4Frame(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 7 || view.getUint32(0, true) !== MAGIC) throw ioError("the LZ4 data does not start with a frame");
  const flags = bytes[4];
  const hasContentSize = (flags & 0x08) !== 0;
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
  const hasDictionary = (flags & 0x01) !== 0;
  const blockMax = 1 << (8 + 2 * ((bytes[5] >> 4) & 7));
  let at = 6;
  let out = new Uint8Array(hasContentSize ? Number(view.getBigUint64(at, true)) : Math.max(blockMax, bytes.length * 4));
  if (hasContentSize) at += 8;
  if (hasDictionary) throw ioError("the LZ4 frame needs a dictionary");
  at += 1;
  let length = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw ioError("the LZ4 frame is cut off");
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) return out.subarray(0, length);
    const size = header & 0x7fffffff;
    if (at + size > bytes.length) throw ioError("the LZ4 frame is cut off");
    if (length + blockMax > out.length && !hasContentSize) {
      const grown = new Uint8Array(Math.max(out.length * 2, length + blockMax));
      grown.set(out.subarray(0, length));
      out = grown;
    }
    if (header >>> 31 === 1) {
      out.set(bytes.subarray(at, at + size), length);
      length += size;
    } else length = decodeBlock(bytes, at, at + size, out, length);
    at += size + blockChecksum;
  }
}

/** One block into `out` from `to`; returns the new length. */
function decodeBlock(bytes: Uint8Array, from: number, end: number, out: Uint8Array, to: number): number {
  let at = from;
  const extended = (length: number): number => {
    let more: number;
    do {
      more = bytes[at++];
      length += more;
    } while (more === 255);
    return length;
  };
  while (at < end) {
    const token = bytes[at++];
    const literals = token >> 4 === 15 ? extended(15) : token >> 4;
    if (at + literals > end || to + literals > out.length) throw ioError("the LZ4 block is broken");
    out.set(bytes.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= end) break;
    const distance = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    const match = ((token & 15) === 15 ? extended(15) : token & 15) + 4;
    if (distance === 0 || distance > to || to + match > out.length) throw ioError("the LZ4 block is broken");
    // A match may overlap what it writes, so bytes are copied one by one.
    for (let i = 0; i < match; i++, to++) out[to] = out[to - distance];
  }
  return to;
}
