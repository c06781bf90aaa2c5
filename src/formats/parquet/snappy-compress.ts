/** Bytes that are compressed on their own, so that a copy reaches back less than 64 KB. */
const BLOCK = 1 << 16;
const HASH_BITS = 14;

/**
 * Compresses in the Snappy format (format_description.txt of google/snappy): greedy matches of four bytes and more, found by a hash of
 * the next four bytes.
 */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 + bytes.length + Math.ceil(bytes.length / 6));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = new Int32Array(1 << HASH_BITS);
  let to = 0;
  for (let length = bytes.length; ; length >>>= 7) {
    if (length < 128) {
      out[to++] = length;
      break;
    }
    out[to++] = (length & 127) | 128;
  }

  const literal = (from: number, end: number): void => {
    const count = end - from;
    if (count === 0) return;
    const n = count - 1;
    if (n < 60) out[to++] = n << 2;
    else if (n < 256) {
      out[to++] = 60 << 2;
      out[to++] = n;
    } else {
      out[to++] = 61 << 2;
      out[to++] = n & 255;
      out[to++] = n >> 8;
    }
    out.set(bytes.subarray(from, end), to);
    to += count;
  };
  const copy = (distance: number, length: number): void => {
    while (length > 0) {
      // Of 65 to 67 bytes, 60 are taken first: what is left must not be shorter than four
      const part = length > 67 ? 64 : length > 64 ? 60 : length;
      out[to++] = ((part - 1) << 2) | 2;
      out[to++] = distance & 255;
      out[to++] = distance >> 8;
      length -= part;
    }
  };

  for (let block = 0; block < bytes.length; block += BLOCK) {
    const end = Math.min(bytes.length, block + BLOCK);
    table.fill(-1);
    let pending = block;
    let at = block;
    let misses = 32;
    while (at + 4 <= end) {
      const word = view.getInt32(at, true);
      const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
      const candidate = table[hash];
      table[hash] = at;
      if (candidate < 0 || view.getInt32(candidate, true) !== word) {
        // The longer nothing matches, the larger the steps
        at += misses++ >> 5;
        continue;
      }
      misses = 32;
      literal(pending, at);
      let length = 4;
      while (at + length < end && bytes[candidate + length] === bytes[at + length]) length++;
      copy(at - candidate, length);
      at += length;
      pending = at;
    }
    literal(pending, end);
  }
  return out.subarray(0, to);
}
