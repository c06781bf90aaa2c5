/** A field of a struct to write: its id and value, in ascending order of ids. */
export type ThriftField = readonly [id: number, value: ThriftOut];

export type ThriftOut =
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "i8" | "i16" | "i32" | "i64"; readonly value: number }
  | { readonly kind: "binary"; readonly value: Uint8Array }
  | { readonly kind: "list"; readonly of: "i32" | "binary" | "struct"; readonly items: readonly ThriftOut[] }
  | { readonly kind: "struct"; readonly fields: readonly ThriftField[] };

export const i8 = (value: number): ThriftOut => ({ kind: "i8", value });
export const i32 = (value: number): ThriftOut => ({ kind: "i32", value });
export const i64 = (value: number): ThriftOut => ({ kind: "i64", value });
export const bool = (value: boolean): ThriftOut => ({ kind: "bool", value });
export const binary = (value: Uint8Array | string): ThriftOut => ({
  kind: "binary",
  value: typeof value === "string" ? Buffer.from(value, "utf8") : value,
});
export const listOf = (of: "i32" | "binary" | "struct", items: readonly ThriftOut[]): ThriftOut => ({ kind: "list", of, items });
/** A struct; fields whose value is undefined are left out. */
export const structOf = (...fields: (readonly [number, ThriftOut | undefined])[]): ThriftOut => ({
  kind: "struct",
  fields: fields.filter((field): field is ThriftField => field[1] !== undefined),
});

const TYPES = { i8: 3, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** Writes a struct in Thrift's compact protocol. */
export function encodeThrift(value: ThriftOut): Uint8Array {
  const bytes: number[] = [];
  write(bytes, value);
  return Uint8Array.from(bytes);
}

function write(out: number[], value: ThriftOut): void {
  switch (value.kind) {
    case "bool":
      out.push(value.value ? 1 : 2);
      break;
    case "i8":
      out.push(value.value & 255);
      break;
    case "i16":
    case "i32":
    case "i64":
      varint(out, value.value >= 0 ? 2 * value.value : -2 * value.value - 1);
      break;
    case "binary":
      varint(out, value.value.length);
      for (const byte of value.value) out.push(byte);
      break;
    case "list":
      if (value.items.length < 15) out.push((value.items.length << 4) | TYPES[value.of]);
      else {
        out.push(0xf0 | TYPES[value.of]);
        varint(out, value.items.length);
      }
      for (const item of value.items) write(out, item);
      break;
    case "struct": {
      let last = 0;
      for (const [id, field] of value.fields) {
        const type = field.kind === "bool" ? (field.value ? 1 : 2) : TYPES[field.kind];
        const step = id - last;
        if (step <= 15) out.push((step << 4) | type);
        else {
          out.push(type);
          varint(out, 2 * id);
        }
        last = id;
        // A boolean's value stands in its type
        if (field.kind !== "bool") write(out, field);
      }
      out.push(0);
    }
  }
}

function varint(out: number[], value: number): void {
  while (value >= 128) {
    out.push((value % 128) | 128);
    value = Math.floor(value / 128);
  }
  out.push(value);
}
