import { bindError, nearestName, type Span } from "../core/errors.ts";
import { type DataType, type Schema, typeName } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { SnapshotModel } from "./catalog.ts";
import type { ColumnFunction } from "./function-types.ts";

/** One version of a model that is ready to score. */
export interface CatalogModel {
  readonly name: string;
  /** From 1, in the order of CREATE MODEL. */
  readonly version: number;
  /** SQL types that the inputs take, in the order in which they are given by position. */
  readonly inputs: Schema;
  /**
   * The inputs for arguments of these types, given by position: what each is to be cast to before it comes to `open(…).call`. Numbers are taken as
   * they are where the model's own type holds them, so that nothing is cast twice; a tensor of several columns is taken as one LIST too, and one of
   * open width takes as many columns as there are. A bind error (`spans`: of the arguments, `span`: of the call) where number or types do not fit.
   */
  inputsFor(types: readonly DataType[], span?: Span, spans?: readonly (Span | undefined)[]): Schema;
  /** SQL types of what it gives. The first is the answer of `predict`. */
  readonly outputs: Schema;
  /** Positions in `outputs` that hold class probabilities (one MAP or LIST, or a column a class), and the classes where they are known. */
  readonly probabilities?: { readonly outputs: readonly number[]; readonly classes?: readonly Value[] };
  /** For DESCRIBE MODEL: property and value, in order. */
  readonly facts: readonly (readonly [string, string])[];
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  /** Statement that made it, for jobs. */
  readonly sql: string;
  /** A running use: columns of the types that `inputsFor` gave, to columns of the outputs wanted (positions in `outputs`). */
  open(wanted: readonly number[]): ColumnFunction;
  /** It was dropped: its process ends with the last use that is open. */
  retire(): void;
  /** Ends its process. Uses that are still open fail. */
  close(): void;
}

/** All models by lower-case name, each with its versions. */
export class ModelRegistry {
  readonly #byName = new Map<string, CatalogModel[]>();

  /** The version that the next model of this name gets. */
  nextVersion(name: string): number {
    return (this.#byName.get(name.toLowerCase())?.at(-1)?.version ?? 0) + 1;
  }

  add(model: CatalogModel): void {
    const key = model.name.toLowerCase();
    const versions = this.#byName.get(key);
    if (versions === undefined) this.#byName.set(key, [model]);
    else versions.push(model);
  }

  /** `version` undefined: the latest. */
  lookup(name: string, version?: number): CatalogModel | undefined {
    const versions = this.#byName.get(name.toLowerCase());
    return version === undefined ? versions?.at(-1) : versions?.find((model) => model.version === version);
  }

  /** The model of a name as it is written (`m`, `m@2`), or an error that suggests the nearest one. */
  get(written: string, span?: Span): CatalogModel {
    const at = written.lastIndexOf("@");
    const version = at < 0 ? undefined : Number(written.slice(at + 1));
    const name = at < 0 ? written : written.slice(0, at);
    const model = this.lookup(name, version);
    if (model !== undefined) return model;
    const versions = this.#byName.get(name.toLowerCase());
    if (versions !== undefined) {
      const known = versions.map((other) => other.version).join(", ");
      throw bindError(`model "${name}" has no version ${written.slice(at + 1)}`, span, `it has ${known}`);
    }
    const near = nearestName(name, this.names());
    throw bindError(
      `model "${name}" does not exist`,
      span,
      near === undefined ? "CREATE MODEL makes one of an .onnx file" : `did you mean "${near}"?`,
    );
  }

  /** Takes out one version, or all; gives what was taken out. */
  remove(name: string, version?: number): readonly CatalogModel[] {
    const key = name.toLowerCase();
    const versions = this.#byName.get(key) ?? [];
    const removed = versions.filter((model) => version === undefined || model.version === version);
    const left = versions.filter((model) => !removed.includes(model));
    if (left.length === 0) this.#byName.delete(key);
    else this.#byName.set(key, left);
    return removed;
  }

  /** Names as they were written, latest version each, in alphabetical order. */
  names(): string[] {
    return this.all()
      .map((model) => model.name)
      .filter((name, i, names) => names.indexOf(name) === i);
  }

  /** Each model with its versions and the columns of its latest, for completion. */
  snapshot(): SnapshotModel[] {
    const columns = (schema: Schema) => schema.map(({ name, type }) => ({ name, type: typeName(type) }));
    return [...this.#byName.keys()].sort().map((key) => {
      const versions = this.#byName.get(key) ?? [];
      const { name, inputs, outputs } = versions[versions.length - 1];
      return { name, versions: versions.map(({ version }) => version), inputs: columns(inputs), outputs: columns(outputs) };
    });
  }

  /** Every version, by name and then version. */
  all(): CatalogModel[] {
    return [...this.#byName.keys()].sort().flatMap((key) => this.#byName.get(key) ?? []);
  }
}
