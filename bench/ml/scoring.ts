import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Session, type Table, valueAt } from "../../src/index.ts";
import { readModel } from "../../src/ml/onnx-graph.ts";
import type { OnnxModel } from "../../src/ml/onnx-model.ts";
import { pruneModel } from "../../src/ml/prune-graph.ts";
import { median } from "../measure.ts";

export type Figures = Readonly<Record<string, string | number | boolean>>;

export interface ScoringCase {
  readonly name: string;
  readonly model: string;
  readonly bar: number;
  /** In the order of the model's inputs. */
  readonly columns: readonly string[];
  readonly peer: string;
  readonly folder: string;
  readonly rows: number;
  readonly runs: number;
}

const BATCH = 16_384;
const WARMUPS = 10;

/** Columns from the row's number, without a source of randomness: the same on every machine. */
const number = (step: number, span: number) => `((i * ${step}) % 10007) / 10007.0 * ${span}`;
const choice = (step: number, ...texts: readonly string[]) =>
  `[${texts.map((text) => `'${text}'`).join(", ")}][((i * ${step}) % 9973) % ${texts.length} + 1]`;
const EXPRESSIONS: Readonly<Record<string, string>> = {
  a: number(7919, 8),
  b: number(104_729, 5),
  c: number(1299, 7),
  d: number(613, 3),
  pclass: choice(31, "1", "2", "3"),
  sex: choice(47, "male", "female"),
  age: number(379, 80),
  fare: number(541, 200),
  embarked: choice(71, "S", "C", "Q"),
};

/** One case: answers compared, then both sides in turn. */
export async function scoring({ name, model, bar, columns, peer, folder, rows, runs }: ScoringCase): Promise<Figures> {
  const session = new Session({ threads: 1, timeZone: "UTC" });
  const python = new Peer(peer);
  const prunedPython = new Peer(peer);
  try {
    await session.run(`CREATE TABLE t AS SELECT ${columns.map((column) => `(${EXPRESSIONS[column]})::${typeOf(column)} AS ${column}`).join(", ")}
      FROM range(${rows}) r(i)`);
    await session.run(`CREATE MODEL m WITH ('path' = '${model}')`);
    const rewritten = join(folder, `${name}.onnx`);
    const { bytes, info } = readModel(readFileSync(model), refuseOtherFiles);
    writeFileSync(rewritten, bytes);
    const files = await exportColumns(session, columns, folder);
    await python.ask({ do: "load", path: rewritten, rows, batch: BATCH, columns: files });
    const [label, probabilities] = info.outputs;
    const agree = await sameAnswers(session, python, columns, folder, label.name, probabilities.name);
    const sql = `SELECT predict('m', ${columns.join(", ")}) AS label FROM t`;
    const pruned = pruneModel(bytes, [label.name]);
    if (pruned !== undefined) {
      const shorter = join(folder, `${name}-label.onnx`);
      writeFileSync(shorter, pruned);
      await prunedPython.ask({ do: "load", path: shorter, rows, batch: BATCH, columns: files });
    }
    const ours: number[] = [];
    const theirs: number[] = [];
    const theirsPruned: number[] = [];
    const cpu = { engine: [] as number[], model: [] as number[], python: [] as number[] };
    for (let i = 0; i < WARMUPS + runs; i++) {
      const before = cpuTimes(session);
      const started = performance.now();
      await session.query(sql);
      const ms = performance.now() - started;
      const after = cpuTimes(session);
      const request = { do: "run", outputs: [label.name] };
      const answer = await python.ask(request);
      const other = pruned === undefined ? answer : await prunedPython.ask(request);
      if (i < WARMUPS) continue;
      ours.push(ms);
      theirs.push(answer.ms as number);
      cpu.engine.push(after.engine - before.engine);
      cpu.model.push(after.model - before.model);
      cpu.python.push(answer.cpu_ms as number);
      theirsPruned.push(other.ms as number);
    }
    const [weirMs, pythonMs, prunedMs] = [ours, theirs, theirsPruned].map(median);
    return {
      case: name,
      rows,
      agree,
      weir_ms: round(weirMs),
      weir_best_ms: round(Math.min(...ours)),
      python_ms: round(pythonMs),
      python_best_ms: round(Math.min(...theirs)),
      ratio: round(pythonMs / weirMs),
      best_ratio: round(Math.min(...theirs) / Math.min(...ours)),
      ...(pruned !== undefined && { pruned_python_ms: round(prunedMs), pruned_ratio: round(prunedMs / weirMs) }),
      engine_cpu_ms: round(median(cpu.engine)),
      model_cpu_ms: round(median(cpu.model)),
      python_cpu_ms: round(median(cpu.python)),
      bar,
    };
  } finally {
    prunedPython.close();
    python.close();
    await session.close();
  }
}

/** Processor time so far, milliseconds: of the engine's process with all of its threads, and of the processes of the model (on Linux). */
function cpuTimes(session: Session): { engine: number; model: number } {
  const { user, system } = process.cpuUsage();
  const pids = (session.models.get("m") as OnnxModel).pids;
  const tasks =
    process.platform === "linux" ? pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`)) : [];
  const nanos = tasks.map((task) => Number(readFileSync(`${task}/schedstat`, "latin1").split(" ")[0]));
  return { engine: (user + system) / 1000, model: nanos.reduce((sum, own) => sum + own, 0) / 1e6 };
}

const typeOf = (column: string) => (["pclass", "sex", "embarked"].includes(column) ? "VARCHAR" : "DOUBLE");

const refuseOtherFiles = (location: string): never => {
  throw new Error(`weights in the file "${location}" are not followed here`);
};

async function sameAnswers(
  session: Session,
  python: Peer,
  columns: readonly string[],
  folder: string,
  label: string,
  probabilities: string,
): Promise<boolean> {
  const files = ["labels", "probabilities"].map((name) => join(folder, name));
  await python.ask({ do: "answers", outputs: [label, probabilities], files });
  const labels = new BigInt64Array(bytesOf(files[0]));
  const theirs = new Float32Array(bytesOf(files[1]));
  const table = await session.query(
    `SELECT predict('m', ${columns.join(", ")}) AS label, map_values(predict_proba('m', ${columns.join(", ")})) AS p FROM t`,
  );
  let row = 0;
  let agree = table.rowCount === labels.length;
  for (const { columns: vectors, length } of table.batches) {
    for (let i = 0; i < length; i++, row++) {
      const p = valueAt(vectors[1], i) as readonly number[];
      if (valueAt(vectors[0], i) !== labels[row]) agree = false;
      for (const [c, value] of p.entries()) if (Math.abs(value - theirs[row * p.length + c]) > 1e-6) agree = false;
    }
  }
  return agree;
}

/** Writes each column where Python reads it: doubles as they are, texts as codes. */
async function exportColumns(session: Session, columns: readonly string[], folder: string) {
  const files: { file: string; kind: string; texts?: string[] }[] = [];
  for (const column of columns) {
    const table = await session.query(`SELECT ${column} FROM t`);
    const file = join(folder, column);
    if (typeOf(column) === "DOUBLE") {
      writeFileSync(file, Float64Array.from(valuesOf(table) as number[]));
      files.push({ file, kind: "float64" });
    } else {
      const values = valuesOf(table) as string[];
      const texts = [...new Set(values)];
      writeFileSync(
        file,
        Int32Array.from(values, (value) => texts.indexOf(value)),
      );
      files.push({ file, kind: "texts", texts });
    }
  }
  return files;
}

const valuesOf = (table: Table) =>
  table.batches.flatMap(({ columns: [vector], length }) => Array.from({ length }, (_, row) => valueAt(vector, row)));

function bytesOf(file: string): ArrayBuffer {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** The Python process: one line asked, one answered. */
class Peer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string) {
    const env = { ...process.env, OMP_NUM_THREADS: "1" };
    this.#process = spawn(process.env.WEIR_BENCH_PYTHON ?? "python3", [script], { stdio: ["pipe", "pipe", "inherit"], env });
    if (this.#process.stdout === null) throw new Error("the Python side has no output");
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(request: object): Promise<Record<string, unknown>> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the Python side ended");
    return JSON.parse(value) as Record<string, unknown>;
  }

  close(): void {
    this.#process.kill();
  }
}
