import type { BatchReader, MorselSource, ScanRequest } from "../../catalog/source-spec.ts";
import { BLOB, typesEqual, VARCHAR } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceVector, type Vector } from "../../core/vector.ts";
import { filenameOption } from "../csv/format.ts";
import type { FileFormat, FileSpec } from "../format.ts";
import { openRandom, type RandomInput } from "../input.ts";
import { bindFiles, type FilePart, openFiles } from "../multi-file.ts";
import { assemble, type LeafLevels } from "./assemble.ts";
import { LeafReader } from "./leaf-reader.ts";
import { type ParquetMetadata, type RowGroup, readMetadata } from "./metadata.ts";
import { canSkip } from "./prune.ts";
import { type Leaf, leavesOf, type Node, readSchema } from "./schema.ts";
import { ColumnDictionaries, toVector } from "./to-vector.ts";
import { parquetWriter } from "./writer.ts";

/** With fewer row groups than this, large ones are cut, so that threads share them. */
const ENOUGH_GROUPS = 8;
const PIECE_ROWS = 131_072;

/** Apache Parquet. Row groups are morsels; those whose statistics exclude every row are skipped. */
export const parquetFormat: FileFormat = {
  name: "parquet",
  extensions: [".parquet", ".pq", ".parq"],
  options: [
    { name: "filename", type: "text or flag", default: "false", doc: 'true adds a column "filename"; a text names it.' },
    { name: "union_by_name", type: "boolean", default: "false", doc: "Matches the columns of several files by name instead of position." },
    { name: "binary_as_string", type: "boolean", default: "false", doc: "Reads columns of bytes without a declared type as VARCHAR." },
  ],
  bind(files, options) {
    const binaryAsString = options.boolean("binary_as_string") ?? false;
    const parts = files.map((file) => bindPart(file, binaryAsString));
    return bindFiles("parquet", files, parts, {
      unionByName: options.boolean("union_by_name") ?? false,
      filename: filenameOption(options),
      unite: (a, b) => (typesEqual(a, b) ? a : undefined),
    });
  },
  open: (spec: FileSpec, request: ScanRequest) => openFiles(spec, request, openPart),
  write: parquetWriter,
};

interface ParquetPart {
  readonly binaryAsString: boolean;
}

/** Some rows of a row group. */
interface Piece {
  readonly group: RowGroup;
  readonly from: number;
  readonly rows: number;
}

function bindPart(file: string, binaryAsString: boolean): FilePart {
  const input = openRandom(file);
  try {
    const metadata = readMetadata(input, file);
    const schema = columnsOf(metadata, binaryAsString).map(({ name, type }) => ({ name, type }));
    const settled: ParquetPart = { binaryAsString };
    return { schema, settled, morsels: piecesOf(metadata).length, rowCount: metadata.rowCount };
  } finally {
    input.close();
  }
}

function columnsOf(metadata: ParquetMetadata, binaryAsString: boolean): Node[] {
  const columns = readSchema(metadata.schema);
  if (!binaryAsString) return columns;
  return columns.map((node) => (node.kind === "leaf" && node.type === BLOB && node.typeLength === 0 ? { ...node, type: VARCHAR } : node));
}

function piecesOf(metadata: ParquetMetadata): Piece[] {
  const cut = metadata.rowGroups.length < ENOUGH_GROUPS;
  return metadata.rowGroups.flatMap((group) => {
    const count = cut ? Math.max(1, Math.round(group.rows / PIECE_ROWS)) : 1;
    // Cuts fall on whole batches
    const size = Math.ceil(group.rows / count / BATCH_ROWS) * BATCH_ROWS;
    const pieces: Piece[] = [];
    for (let from = 0; from < group.rows; from += size) pieces.push({ group, from, rows: Math.min(size, group.rows - from) });
    return pieces;
  });
}

function openPart(path: string, part: FilePart, request: ScanRequest): MorselSource {
  const input = openRandom(path);
  const metadata = readMetadata(input, path);
  const columns = columnsOf(metadata, (part.settled as ParquetPart).binaryAsString);
  const pieces = piecesOf(metadata);
  const wanted = request.columns.map((column) => columns[column]);
  const dictionaries = new Map<Leaf, ColumnDictionaries>();
  for (const node of wanted) for (const leaf of leavesOf(node)) dictionaries.set(leaf, new ColumnDictionaries());
  return {
    morselCount: pieces.length,
    open(morsel) {
      const piece = pieces[morsel];
      if (canSkip(piece.group, columns, request.predicates)) return { next: () => null };
      return openPiece(input, piece, wanted, dictionaries);
    },
    close: () => input.close(),
  };
}

function openPiece(
  input: RandomInput,
  piece: Piece,
  wanted: readonly Node[],
  dictionaries: ReadonlyMap<Leaf, ColumnDictionaries>,
): BatchReader {
  const readers = wanted.map((node) => openColumn(input, piece, node, dictionaries));
  let done = 0;
  return {
    next(): RecordBatch | null {
      const length = Math.min(BATCH_ROWS, piece.rows - done);
      if (length <= 0) return null;
      done += length;
      return { columns: readers.map((read) => read(length)), length };
    },
  };
}

/** Gives the column's next rows, batch by batch. */
function openColumn(
  input: RandomInput,
  piece: Piece,
  node: Node,
  dictionaries: ReadonlyMap<Leaf, ColumnDictionaries>,
): (rows: number) => Vector {
  if (node.kind === "leaf") {
    const reader = new LeafReader(input, piece.group.columns[node.index], node);
    if (piece.from > 0) reader.skip(piece.from);
    return (rows) => toVector(node, reader.readFlat(rows), dictionaries.get(node)!);
  }
  // A nested column is put together for the whole row group at once
  let all: Vector | undefined;
  let at = piece.from;
  return (rows) => {
    all ??= assemble(node, levelsReader(input, piece.group, dictionaries));
    at += rows;
    return sliceVector(all, at - rows, at);
  };
}

function levelsReader(
  input: RandomInput,
  group: RowGroup,
  dictionaries: ReadonlyMap<Leaf, ColumnDictionaries>,
): (leaf: Leaf) => LeafLevels {
  const read = new Map<Leaf, LeafLevels>();
  return (leaf) => {
    let levels = read.get(leaf);
    if (levels === undefined) {
      const slots = new LeafReader(input, group.columns[leaf.index], leaf).readAll();
      levels = { slots, vector: toVector(leaf, slots, dictionaries.get(leaf)!) };
      read.set(leaf, levels);
    }
    return levels;
  };
}
