import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Figures, scoring } from "./scoring.ts";
import { streaming } from "./streaming.ts";

/**
 * Models in SQL against onnxruntime in Python, and models on a stream.
 *
 *     node dist/bench/ml/run.js [case …] [--rows 1000000] [--runs 9] [--seconds 30]
 *
 * Cases: logreg, forest, titanic, stream; all without one. One JSON line each. Of the scoring cases: answers are compared first (labels exactly,
 * probabilities to 1e-6), then both sides run in turn, one thread each, batches of 16,384 rows; medians and the best runs, and `ratio`, the share of
 * Python's speed that SQL has. Python runs the graph as it is rewritten for all outputs, and fetches the label; SQL leaves out of it what a label does not
 * need by itself. `pruned_ratio` is against Python with that shorter graph handed to it. The processor times beside them say what a busy machine hides:
 * engine and model run side by side where two cores are free. WEIR_BENCH_PYTHON is the interpreter with onnxruntime and numpy; python3 where it is not
 * set. `--seconds 600` runs the stream for ten minutes.
 */

const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};

const CASES = {
  logreg: { file: "logreg_iris.onnx", bar: 0.9, columns: ["a", "b"] },
  forest: { file: "rf_iris.onnx", bar: 0.9, columns: ["a", "b", "c", "d"] },
  titanic: { file: "pipeline_titanic.onnx", bar: 0.6, columns: ["pclass", "sex", "age", "fare", "embarked"] },
} as const;

const asked = process.argv.slice(2).filter((word, i, words) => !word.startsWith("--") && !words[i - 1]?.startsWith("--"));
const wanted = asked.length === 0 ? [...Object.keys(CASES), "stream"] : asked;
const folder = mkdtempSync(join(tmpdir(), "weir-bench-ml-"));
// The models and the Python side lie beside the sources, which the compiled files stand under.
const root = findRoot();

function findRoot(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    try {
      readFileSync(join(at, "bench/ml/peer.py"));
      return at;
    } catch {
      // Not here: one folder up.
    }
  }
  return process.cwd();
}

const print = (figures: Figures) => process.stdout.write(`${JSON.stringify(figures)}\n`);

try {
  for (const name of wanted) {
    if (name === "stream") {
      print(await streaming(join(root, "test/ml/models/logreg_iris.onnx"), argument("seconds", 30)));
      continue;
    }
    const one = CASES[name as keyof typeof CASES];
    if (one === undefined) throw new Error(`there is no case ${name}: ${Object.keys(CASES).join(", ")}, stream`);
    const model = join(root, "test/ml/models", one.file);
    const peer = join(root, "bench/ml/peer.py");
    const figures = await scoring({ ...one, name, model, peer, folder, rows: argument("rows", 1_000_000), runs: argument("runs", 9) });
    print(figures);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
