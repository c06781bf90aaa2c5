// Imports go down the list of docs/architecture.md, never up. Circles are looked for in .dependency-cruiser.cycles.cjs.
const LAYERS = [
  ["cli", "^cli/"],
  ["kernel", "^kernel/"],
  ["public API", "^src/(index|session|results|all-functions)\\.ts$|^src/(engine|assist|statements)/"],
  ["verify", "^src/verify/"],
  ["jobs", "^src/jobs/"],
  ["streams", "^src/streams/"],
  ["exec", "^src/exec/"],
  ["connectors", "^src/connectors/"],
  ["formats", "^src/formats/"],
  ["charts", "^src/(charts|ml)/"],
  ["udf", "^src/udf/"],
  ["compile and plan", "^src/(compile|plan)/"],
  ["functions", "^src/functions/"],
  ["timeseries", "^src/timeseries/"],
  ["catalog and sql", "^src/(catalog|sql)/"],
  ["core", "^src/core/"],
];

const layerRules = LAYERS.slice(1).map(([name, path], i) => ({
  name: `${name.replaceAll(" ", "-")}-imports-only-down`,
  severity: "error",
  from: { path },
  to: { path: LAYERS.slice(0, i + 1).map(([, above]) => above).join("|") },
}));

// Each third-party runtime dependency stands behind one file.
const ADAPTERS = {
  "apache-arrow": "^src/core/arrow\\.ts$",
  zeromq: "^kernel/sockets\\.ts$",
  "@duckdb/node-api": "^src/verify/duckdb-worker\\.ts$",
  ws: "^src/connectors/websocket-adapter\\.ts$",
  "onnxruntime-node": "^src/ml/onnx-runtime\\.ts$",
  "@bufbuild/protobuf": "^src/ml/onnx-graph\\.ts$",
  "oxc-parser": "^src/udf/typescript\\.ts$",
  "oxc-transform": "^src/udf/typescript\\.ts$",
  re2js: "^src/functions/regex-engine\\.ts$",
};
const adapterRules = Object.entries(ADAPTERS).map(([pkg, file]) => ({
  name: `${pkg.replace(/\W+/g, "-")}-behind-one-file`,
  severity: "error",
  from: { path: "^(src|kernel|cli)/", pathNot: file },
  to: { path: `node_modules/${pkg}/` },
}));

module.exports = {
  forbidden: [
    { name: "kernel-uses-the-public-api", severity: "error", from: { path: "^kernel/" }, to: { path: "^src/", pathNot: "^src/(index|engine/index)\\.ts$" } },
    { name: "product-does-not-import-tests", severity: "error", from: { path: "^(src|kernel|cli)/" }, to: { path: "^(test|bench)/" } },
    {
      name: "packs-import-only-weir-sql-udf",
      comment: "A pack's modules import weir-sql/udf, which is src/udf/api.ts, and files of their own pack.",
      severity: "error",
      from: { path: "^udfs/([^/]+)/" },
      to: { pathNot: "^(udfs/$1/|(dist/)?src/udf/api\\.|weir-sql/udf$)" },
    },
    ...layerRules,
    ...adapterRules,
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"], extensions: [".ts", ".js"] },
  },
};
