import { Session } from "../../src/session.ts";

/** An engine that scores an endless model, for a test that ends it. Arguments: the model's file, and whether its process may be at rest. */
const [path, state] = process.argv.slice(2);
const session = new Session({ threads: 1 });
await session.run(`CREATE MODEL m WITH ('path' = '${path}')`);
const model = session.models.get("m");
if (!("pids" in model)) throw new Error("the model has no process");
if (state === "busy") {
  const use = model.open([0]);
  const one = { layout: "flat", type: { kind: "float" }, length: 1, validity: null, data: Float32Array.of(1) } as const;
  void Promise.resolve(use.call([one], 1, new AbortController().signal)).catch(() => {});
}
process.send?.((model.pids as readonly number[])[0]);
if (state === "exit") process.exit(0);
// "ends": nothing is left to do, and a model at rest keeps no process alive.
if (state === "ends") process.disconnect();
