// Writes a model as the engine runs it, ZipMap nodes replaced by tensors: `node scripts/onnx-rewrite.mjs model.onnx rewritten.onnx`.
import { readFileSync, writeFileSync } from "node:fs";
import { readModel } from "../dist/src/ml/onnx-graph.js";

const [from, to] = process.argv.slice(2);
if (to === undefined) throw new Error("usage: node scripts/onnx-rewrite.mjs model.onnx rewritten.onnx");
const refuse = (location) => {
  throw new Error(`weights in the file "${location}" are not followed here`);
};
const { info, bytes } = readModel(readFileSync(from), refuse);
writeFileSync(to, bytes);
process.stdout.write(`${to}: ${info.rewritten.join(", ") || "unchanged"}\n`);
