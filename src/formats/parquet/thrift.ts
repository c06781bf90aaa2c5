import { ioError } from "../files.ts";

/** A decoded Thrift struct: values by field id. Integers are numbers (exact to 2^53), binaries are views, lists arrays, structs these. */
export type ThriftValue = number | boolean | bigint | Uint8Array | ThriftValue[] | ThriftStruct;
export interface ThriftStruct {
  readonly [id: number]: ThriftValue;
}

/** Nested deeper than this, a file is broken or hostile. */
const DEPTH_LIMIT = 64;

/** Reads Thrift's compact protocol, which Parquet's footer and page headers are written in. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  at: number;
  #depth = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(): ThriftStruct {
    if (++this.#depth > DEPTH_LIMIT) throw ioError("the metadata is nested too deeply");
    const result: Record<number, ThriftValue> = {};
    let id = 0;
    for (;;) {
      const head = this.#byte();
      if (head === 0) break;
      const type = head & 15;
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4);
      result[id] = type === 1 ? true : type === 2 ? false : this.#value(type);
    }
    this.#depth--;
    return result;
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw ioError("the metadata ends too early");
    return this.#bytes[this.at++];
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return this.#byte() === 1;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7: {
        this.at += 8;
        return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.at - 8, 8).getFloat64(0, true);
      }
      case 8: {
        const length = this.#varint();
        if (this.at + length > this.#bytes.length) throw ioError("the metadata ends too early");
        this.at += length;
        return this.#bytes.subarray(this.at - length, this.at);
      }
      case 9:
      case 10: {
        const head = this.#byte();
        const count = head >> 4 === 15 ? this.#varint() : head >> 4;
        if (count > this.#bytes.length) throw ioError("the metadata is broken: a list is too long");
        return Array.from({ length: count }, () => this.#value(head & 15));
      }
      case 12:
        return this.struct();
      default:
        throw ioError(`the metadata is broken: type ${type} is unknown`);
    }
  }
}
