import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { MANIFEST } from "../src/udf/packs/manifest.ts";

/** `weir udf new`: a pack of a scalar function and an aggregate, with tests that pass. Gives the exit status. */
export function newPack(name: string, options: { readonly dir?: string }): number {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new Error(`"${name}" cannot be a pack's name: lower-case letters, digits and underscores`);
  const folder = resolve(options.dir ?? name);
  if (existsSync(folder)) throw new Error(`"${folder}" is there already`);
  for (const [file, text] of Object.entries(filesOf(name))) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const shown = relative(process.cwd(), folder) || ".";
  const [test, load] = [`weir udf test --update ${shown}`, `LOAD './${shown.replaceAll("\\", "/")}'`];
  const width = Math.max(test.length, load.length);
  process.stdout.write(`${Object.keys(filesOf(name))
    .map((file) => `  ${join(shown, file)}`)
    .join("\n")}
Change ${name}.ts, then:
  ${test.padEnd(width)}  writes ${MANIFEST} from the module and runs the tests
  ${load.padEnd(width)}  in a session, makes the functions callable
`);
  return 0;
}

const filesOf = (name: string): Readonly<Record<string, string>> => ({
  [MANIFEST]: `{
  "name": "${name}",
  "version": "0.1.0",
  "description": "What the pack ${name} is for, in one sentence.",
  "license": "Apache-2.0",
  "modules": ["${name}.ts"],
  "functions": [
    {
      "name": "celsius",
      "kind": "scalar",
      "params": [{ "name": "fahrenheit", "type": "DOUBLE" }],
      "returns": "DOUBLE",
      "doc": "Degrees Celsius of degrees Fahrenheit.",
      "example": "${name}.celsius(212)",
      "result": "100.0"
    },
    {
      "name": "spread",
      "kind": "aggregate",
      "params": [{ "name": "x", "type": "DOUBLE" }],
      "returns": "DOUBLE",
      "nullable": true,
      "doc": "Distance from the least to the greatest value; NULL where there is none.",
      "example": "(SELECT ${name}.spread(x) FROM (VALUES (3), (8), (5)) AS t(x))",
      "result": "5.0"
    }
  ],
  "models": []
}
`,
  [`${name}.ts`]: `import { aggregate } from "weir-sql/udf";

/**
 * Degrees Celsius of degrees Fahrenheit.
 *
 * @example ${name}.celsius(212)
 */
export function celsius(fahrenheit: number): number {
  return ((fahrenheit - 32) * 5) / 9;
}

/**
 * Distance from the least to the greatest value; NULL where there is none.
 *
 * @example (SELECT ${name}.spread(x) FROM (VALUES (3), (8), (5)) AS t(x))
 */
export const spread = aggregate({
  init: () => ({ least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY }),
  add(state, x: number) {
    state.least = Math.min(state.least, x);
    state.greatest = Math.max(state.greatest, x);
  },
  merge(state, other) {
    state.least = Math.min(state.least, other.least);
    state.greatest = Math.max(state.greatest, other.greatest);
  },
  value(state): number | null {
    return state.least > state.greatest ? null : state.greatest - state.least;
  },
});
`,
  [`test/${name}.slt`]: `# The pack is loaded before the first statement. \`weir udf test\` runs this file.

query R
SELECT ${name}.celsius(212)
----
100.0

query R
SELECT ${name}.celsius(NULL)
----
NULL

query IR
SELECT k, ${name}.spread(x) FROM (VALUES (1, 3), (1, 8), (2, 5)) AS t(k, x) GROUP BY k ORDER BY k
----
1\t5.0
2\t0.0

query R
SELECT ${name}.spread(x) FROM (SELECT 1.0 AS x) AS t WHERE x > 1
----
NULL
`,
  "README.md": `# ${name}

A pack of functions for [Weir](https://www.npmjs.com/package/weir-sql).

\`\`\`sql
INSTALL PACK './${name}';
LOAD ${name};
SELECT ${name}.celsius(212);
\`\`\`

\`weir udf test\` runs its tests. For types in an editor: \`npm install --save-dev weir-sql typescript\`.
`,
  "tsconfig.json": `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "types": []
  },
  "include": ["*.ts"]
}
`,
});
