import type { CatalogModel } from "../catalog/models.ts";
import { bindError, nearestName } from "../core/errors.ts";
import { type DataType, isFloating, isInteger, type Schema, typeName, typesEqual } from "../core/types.ts";
import { type DeclaredColumn, nestedList, tensorFact } from "./model-inputs.ts";
import { elementName, elementType } from "./model-types.ts";
import type { TensorInfo } from "./onnx-graph.ts";
import { type DecodedOutput, outputType } from "./tensor-decode.ts";

export interface ModelOutputs {
  readonly columns: readonly DecodedOutput[];
  readonly schema: Schema;
  readonly probabilities: CatalogModel["probabilities"];
  /** True where OUTPUT names columns that the graph does not know, one for each of its outputs. */
  readonly byPosition: boolean;
}

/** The columns that a model gives. Throws bind errors, at the columns of the OUTPUT clause where they are to blame. */
export function bindOutputs(
  label: string,
  infos: readonly TensorInfo[],
  declared: readonly DeclaredColumn[],
  probabilities: "map" | "columns",
): ModelOutputs {
  const known = infos.flatMap((info) => columnsOf(info, probabilities));
  if (known.length === 0) throw bindError(`${label} gives no outputs`);
  const { columns, byPosition } =
    declared.length === 0 ? { columns: known, byPosition: false } : chooseDeclared(label, infos, known, declared);
  for (const column of columns) {
    if ("refused" in column) throw bindError(`output "${column.name}" of ${label} ${column.refused}`, column.span, column.hint);
  }
  const taken = columns as readonly DecodedOutput[];
  return { columns: taken, schema: taken.map(({ name, type }) => ({ name, type })), probabilities: probabilitiesOf(taken), byPosition };
}

/** An output that no column can be made of, unless OUTPUT says how or leaves it out. */
interface Refused {
  readonly name: string;
  readonly tensor: string;
  readonly refused: string;
  readonly hint?: string;
  readonly span?: DeclaredColumn["span"];
  readonly info: TensorInfo;
}

function columnsOf(info: TensorInfo, probabilities: "map" | "columns"): (DecodedOutput | Refused)[] {
  const { name, dims, classes } = info;
  const element = elementType(info.elemType);
  const refuse = (refused: string, hint?: string): Refused[] => [{ name, tensor: name, refused, hint, info }];
  if (info.refused !== undefined) return refuse(info.refused, "OUTPUT (…) may leave it out");
  if (element === undefined)
    return refuse(`is of type ${elementName(info.elemType)}, which no SQL type stands for`, "OUTPUT (…) may leave it out");
  if (dims === undefined) {
    const { sql } = element;
    return refuse(
      "has no shape in the graph",
      `OUTPUT (${name} ${typeName(sql)}) says that it is one value a row, OUTPUT (${name} ${typeName(sql)}[]) a list`,
    );
  }
  if (dims.length === 0) return refuse("is one value for a whole batch, not one a row", "OUTPUT (…) may leave it out");
  const base = { name, tensor: name, element, depth: dims.length - 1, at: 0 };
  if (classes !== undefined && probabilities === "columns") {
    return classes.labels.map((label, at) => ({ ...base, name: `${name}_${label}`, form: "class", at, classes, type: element.sql }));
  }
  const form = classes !== undefined ? "map" : dims.length === 1 || (dims.length === 2 && dims[1] === 1) ? "value" : "list";
  const output = { ...base, form, classes } as const;
  return [{ ...output, type: outputType(output) }];
}

/** Outputs in the order of the OUTPUT clause: by name, or by position where no name fits and there are as many. */
function chooseDeclared(
  label: string,
  infos: readonly TensorInfo[],
  known: readonly (DecodedOutput | Refused)[],
  declared: readonly DeclaredColumn[],
): { columns: (DecodedOutput | Refused)[]; byPosition: boolean } {
  const named = declared.map(({ name }) => known.find((output) => output.name.toLowerCase() === name.toLowerCase()));
  const byPosition = named.every((output) => output === undefined) && declared.length === known.length;
  const columns = declared.map((column, i) => {
    const output = byPosition ? known[i] : named[i];
    if (output === undefined) {
      const near = nearestName(
        column.name,
        known.map(({ name }) => name),
      );
      throw bindError(
        `${label} has no output "${column.name}"`,
        column.span,
        near === undefined ? `its outputs are ${infos.map(tensorFact).join(", ")}` : `did you mean "${near}"?`,
      );
    }
    return asDeclared(label, output, column, infos);
  });
  return { columns, byPosition };
}

function asDeclared(
  label: string,
  output: DecodedOutput | Refused,
  { name, type, span }: DeclaredColumn,
  infos: readonly TensorInfo[],
): DecodedOutput | Refused {
  const info = infos.find((candidate) => candidate.name === output.tensor) as TensorInfo;
  for (const candidate of formsOf(output, info)) {
    const own = outputType(candidate);
    if (typesEqual(own, type) || widens(own, type)) return { ...candidate, name, type };
  }
  if ("refused" in output) return { ...output, span };
  throw bindError(
    `column "${name}" is ${typeName(type)}, but output ${tensorFact(info)} of ${label} gives ${typeName(output.type)}`,
    span,
    `${name} ${typeName(output.type)}`,
  );
}

/** What an output may be declared as: as it is, its probabilities as a LIST, and one of open shape as a value or a list. */
function formsOf(output: DecodedOutput | Refused, info: TensorInfo): DecodedOutput[] {
  if (!("refused" in output)) {
    const forms = [output];
    if (output.form === "map") forms.push({ ...output, form: "list", depth: 1 });
    if (output.form === "list" && output.depth === 1 && typeof info.dims?.[1] !== "number") forms.push({ ...output, form: "value" });
    return forms;
  }
  const element = elementType(info.elemType);
  if (element === undefined || info.dims !== undefined) return [];
  const { name, tensor } = output;
  return [0, 1, 2, 3].map((depth) => ({
    name,
    tensor,
    element,
    depth,
    at: 0,
    form: depth === 0 ? "value" : "list",
    type: nestedList(element.sql, depth),
  }));
}

/** Whether numbers of one type can be given as the other: FLOAT as DOUBLE, whole numbers as BIGINT; in lists and maps too. */
function widens(from: DataType, to: DataType): boolean {
  if (from.kind === "list" && to.kind === "list") return typesEqual(from.element, to.element) || widens(from.element, to.element);
  if (from.kind === "map" && to.kind === "map") return typesEqual(from.key, to.key) && widens(from.value, to.value);
  if (isFloating(from)) return to.kind === "double";
  return isInteger(from) && from.kind !== "ubigint" && to.kind === "bigint";
}

function probabilitiesOf(columns: readonly DecodedOutput[]): CatalogModel["probabilities"] {
  const labelled = columns.find((output) => output.classes !== undefined);
  if (labelled?.classes !== undefined) {
    const { kind, labels } = labelled.classes;
    const outputs = columns.flatMap((output, i) => (output.tensor === labelled.tensor ? [i] : []));
    return { outputs, classes: kind === "int64" ? labels.map(BigInt) : labels };
  }
  // A list of floats beside a label is what classifiers without a ZipMap give.
  const label = columns.some(({ form, element }) => form === "value" && !isFloating(element.sql));
  const at = columns.findIndex(({ form, depth, element }) => form === "list" && depth === 1 && isFloating(element.sql));
  return label && at >= 0 ? { outputs: [at] } : undefined;
}
