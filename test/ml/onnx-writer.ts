import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Small models as bytes, right ones and wrong ones. */

export type Dimension = number | string;

export interface ValueSpec {
  readonly name: string;
  /** TensorProto.DataType; 0 leaves the type out. */
  readonly type: number;
  /** Undefined: no shape. */
  readonly dims?: readonly Dimension[];
}

export type AttributeValue =
  | number
  | bigint
  | string
  | readonly bigint[]
  | readonly number[]
  | readonly string[]
  | { readonly graph: Uint8Array }
  | { readonly tensor: Uint8Array };

export interface NodeSpec {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface TensorSpec {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly (number | bigint)[];
  readonly raw?: Uint8Array;
  /** Entries of external_data. */
  readonly external?: Readonly<Record<string, string>>;
}

export interface GraphSpec {
  readonly nodes: readonly NodeSpec[];
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly (ValueSpec | Uint8Array)[];
  readonly initializers?: readonly TensorSpec[];
}

export interface ModelSpec extends GraphSpec {
  readonly opsets?: Readonly<Record<string, number>>;
  readonly functions?: readonly { readonly domain: string; readonly name: string; readonly nodes: readonly NodeSpec[] }[];
  readonly producer?: string;
}

export const FLOAT = 1;
export const INT64 = 7;
export const STRING = 8;
export const BOOL = 9;

const message = (no: number, content: Uint8Array): Uint8Array =>
  new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(content).finish();
const text = (no: number, content: string): Uint8Array => new BinaryWriter().tag(no, WireType.LengthDelimited).string(content).finish();
const integer = (no: number, content: number | bigint): Uint8Array =>
  new BinaryWriter().tag(no, WireType.Varint).int64(BigInt(content)).finish();
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

export function valueInfo({ name, type, dims }: ValueSpec): Uint8Array {
  const dim = (length: Dimension) =>
    message(1, typeof length === "number" ? integer(1, length) : length === "" ? new Uint8Array(0) : text(2, length));
  const shape = dims === undefined ? new Uint8Array(0) : message(2, join(...dims.map(dim)));
  return join(text(1, name), type === 0 ? new Uint8Array(0) : message(2, message(1, join(integer(1, type), shape))));
}

/** A value that is a list of maps from int64 to float, as ZipMap makes it. */
export const mapsInfo = (name: string): Uint8Array => {
  const float = message(1, integer(1, FLOAT));
  const map = message(5, join(integer(1, INT64), message(2, float)));
  return join(text(1, name), message(2, message(4, message(1, map))));
};

/** A value that is a list of tensors of floats. */
export const sequenceInfo = (name: string): Uint8Array =>
  join(text(1, name), message(2, message(4, message(1, message(1, integer(1, FLOAT))))));

export function tensor({ name, type, dims, raw, external }: TensorSpec): Uint8Array {
  const entries = Object.entries(external ?? {}).map(([key, value]) => message(13, join(text(1, key), text(2, value))));
  return join(
    ...dims.map((dim) => integer(1, dim)),
    integer(2, type),
    text(8, name),
    ...(raw === undefined ? [] : [message(9, raw)]),
    ...entries,
    ...(external === undefined ? [] : [integer(14, 1)]),
  );
}

function attribute(name: string, value: AttributeValue): Uint8Array {
  const float = (no: number, number: number) => new BinaryWriter().tag(no, WireType.Bit32).float(number).finish();
  if (typeof value === "bigint") return join(text(1, name), integer(3, value), integer(20, 2));
  if (typeof value === "number") return join(text(1, name), float(2, value), integer(20, 1));
  if (typeof value === "string") return join(text(1, name), text(4, value), integer(20, 3));
  if (Array.isArray(value)) {
    const items = value as readonly (bigint | number | string)[];
    const kind = typeof items[0] === "bigint" ? 7 : typeof items[0] === "number" ? 6 : 8;
    const parts = items.map((item) =>
      typeof item === "bigint" ? integer(8, item) : typeof item === "number" ? float(7, item) : text(9, item),
    );
    return join(text(1, name), ...parts, integer(20, kind));
  }
  const part = value as { graph: Uint8Array } | { tensor: Uint8Array };
  if ("graph" in part) return join(text(1, name), message(6, part.graph), integer(20, 5));
  return join(text(1, name), message(5, part.tensor), integer(20, 4));
}

function node({ op, domain, inputs, outputs, attributes }: NodeSpec): Uint8Array {
  return join(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes ?? {}).map(([name, value]) => message(5, attribute(name, value))),
    ...(domain === undefined ? [] : [text(7, domain)]),
  );
}

export function graph({ nodes, inputs, outputs, initializers }: GraphSpec): Uint8Array {
  return join(
    ...nodes.map((spec) => message(1, node(spec))),
    text(2, "graph"),
    ...(initializers ?? []).map((spec) => message(5, tensor(spec))),
    ...inputs.map((spec) => message(11, valueInfo(spec))),
    ...outputs.map((spec) => message(12, spec instanceof Uint8Array ? spec : valueInfo(spec))),
  );
}

export function model(spec: ModelSpec): Uint8Array {
  const opsets = Object.entries({ "": 13, ...spec.opsets });
  const functions = (spec.functions ?? []).map(({ domain, name, nodes }) =>
    message(
      25,
      join(
        text(1, name),
        text(4, "x"),
        text(5, "y"),
        ...nodes.map((own) => message(7, node(own))),
        ...opsets.map(([other, version]) => message(9, join(text(1, other), integer(2, version)))),
        text(10, domain),
      ),
    ),
  );
  return join(
    integer(1, 8),
    text(2, spec.producer ?? "test"),
    message(7, graph(spec)),
    ...opsets.map(([domain, version]) => message(8, join(text(1, domain), integer(2, version)))),
    ...functions,
  );
}

/** `y = x`, of shape [?]. */
export const IDENTITY: ModelSpec = {
  nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
  inputs: [{ name: "x", type: FLOAT, dims: ["n"] }],
  outputs: [{ name: "y", type: FLOAT, dims: ["n"] }],
};

/** `y = x` doubled so many times over, one after another: a loop that ends when the trips do. */
export const endlessLoop = (trips: bigint): ModelSpec => ({
  ...IDENTITY,
  initializers: [
    { name: "trips", type: INT64, dims: [], raw: new Uint8Array(BigInt64Array.of(trips).buffer) },
    { name: "go", type: BOOL, dims: [], raw: Uint8Array.of(1) },
  ],
  nodes: [
    {
      op: "Loop",
      inputs: ["trips", "go", "x"],
      outputs: ["y"],
      attributes: {
        body: {
          graph: graph({
            nodes: [
              { op: "Identity", inputs: ["cond"], outputs: ["again"] },
              { op: "Add", inputs: ["v", "v"], outputs: ["w"] },
            ],
            inputs: [
              { name: "i", type: INT64, dims: [] },
              { name: "cond", type: BOOL, dims: [] },
              { name: "v", type: FLOAT },
            ],
            outputs: [
              { name: "again", type: BOOL, dims: [] },
              { name: "w", type: FLOAT },
            ],
          }),
        },
      },
    },
  ],
});
