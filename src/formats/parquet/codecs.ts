import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompressLz4, decompressLz4Raw, decompressSnappy, decompressZstd as decompressZstdScript } from "hyparquet-compressors";
import { ZSTDDecoder } from "zstddec";
import { ioError } from "../files.ts";

/** The one place that decompresses with code from elsewhere. zlib covers gzip and brotli. */

const decoder = new ZSTDDecoder();
let isReady = false;
// Compiling WebAssembly is asynchronous; whatever is read before it is done takes the decoder in JavaScript
decoder.init().then(
  () => {
    isReady = true;
  },
  () => {
    isReady = false;
  },
);

/** Decodes a Zstandard frame; `size` is the decoded length, 0 when unknown. */
export function decompressZstd(bytes: Uint8Array, size = 0): Uint8Array {
  if (!isReady) return decompressZstdScript(bytes);
  const decoded = decoder.decode(bytes, size);
  if (size > 0 && decoded.length !== size) throw ioError("the zstd data is broken");
  return decoded;
}

/** Parquet's compression codecs by their number in the file. */
export const CODECS = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const;

/** Decompresses one page. */
export function decompressPage(codec: number, bytes: Uint8Array, size: number): Uint8Array {
  if (size === 0) return new Uint8Array(0);
  let decoded: Uint8Array;
  try {
    decoded = decompress(codec, bytes, size);
  } catch (cause) {
    throw ioError(`a page compressed with ${CODECS[codec] ?? codec} is broken`, undefined, cause);
  }
  if (decoded.length !== size) throw ioError(`a page compressed with ${CODECS[codec]} has ${decoded.length} bytes, not ${size}`);
  return decoded;
}

function decompress(codec: number, bytes: Uint8Array, size: number): Uint8Array {
  switch (CODECS[codec]) {
    case "UNCOMPRESSED":
      return bytes;
    case "SNAPPY":
      return decompressSnappy(bytes, size);
    case "GZIP":
      return gunzipSync(bytes, { maxOutputLength: size });
    case "BROTLI":
      return brotliDecompressSync(bytes, { maxOutputLength: size });
    case "LZ4":
      return decompressLz4(bytes, size);
    case "LZ4_RAW":
      return decompressLz4Raw(bytes, size);
    case "ZSTD":
      return decompressZstd(bytes, size);
    default:
      throw ioError(`compression ${CODECS[codec] ?? codec} is not read`);
  }
}
