// No import circles in what runs: checked on the compiled files, where imports of types alone are gone.
module.exports = {
  forbidden: [{ name: "no-circular", severity: "error", from: {}, to: { circular: true } }],
  options: { doNotFollow: { path: "node_modules" }, exclude: { path: "dist/(test|bench)/" } },
};
