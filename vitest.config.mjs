import { defineConfig } from "vitest/config";

// Tests run as compiled: worker threads and the kernel process need the files that ship.
export default defineConfig({
  test: {
    include: ["dist/test/**/*.test.js"],
    exclude: ["**/node_modules/**", "dist/test/clients/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { external: [/\/dist\/(src|kernel|cli)\//] } },
  },
});
