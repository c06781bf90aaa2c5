import { afterAll, describe, expect, test } from "vitest";
import { Asked } from "./harness.ts";

/** Texts that stand oddly in what is made of them: they run as a module would, or are refused at their place, and never end what holds them. */

const asked = new Asked();
afterAll(() => asked.session.close());

const ADD = "export function f(x: number): number { return x + one }";

describe("modules that run as they would by themselves", () => {
  test.each([
    ["a hashbang", `#!/usr/bin/env node\nconst one = 1;\n${ADD}`],
    ["a comment at the end", `const one = 1; ${ADD} // }`],
    ["a directive", `"use strict";\nconst one = 1;\n${ADD}`],
    ["braces in texts", `const text = \`\${'}'} }); ({\`; const one = text.length > 0 ? 1 : 2;\n${ADD}`],
    ["braces in a regular expression", `const one = /[}\`'"(]/.test("}") ? 1 : 2;\n${ADD}`],
    ["exports before declarations", "export { g as f };\nconst one = 1;\nfunction g(x: number): number { return x + one }"],
    ["a default that is a bigint", `const { big = 1n } = {} as { big?: bigint }; const one = Number(big);\n${ADD}`],
    ["await at the top", `const one = await Promise.resolve(1);\n${ADD}`],
    ["this and new.target", `const one = this === undefined ? 1 : 2;\n${ADD}`],
    ["an export named as an object's own", `const one = 1;\nexport const constructor = one;\n${ADD}`],
  ])("%s", async (_, source) => {
    await asked.define(source);
    expect(await asked.value("SELECT f(1.0::DOUBLE)")).toBe(2);
  });
});

describe("modules that are refused at their place", () => {
  test.each([
    [`${ADD}\n} ) ; ({`, "unexpected token", "}"],
    [`${ADD}\nreturn 5`, "a 'return' statement can only be used within a function body", "return"],
    [`${ADD} /*`, "unterminated multiline comment", "/*"],
    [`const one = import.meta.url.length;\n${ADD}`, "import.meta is not available here", "import.meta"],
    [`const one = () => import("node:fs");\n${ADD}`, "import() is not available here", 'import("node:fs")'],
    [`const weir_imported_modules = 1;\n${ADD}`, "weir_imported_modules is a reserved name", "weir_imported_modules"],
    [`using held = { [Symbol.dispose]() {} };\n${ADD}`, "using is not available here", "using held = { [Symbol.dispose]() {} };"],
    [`@sealed class Held {}\n${ADD}`, "decorators are not available here", "@sealed"],
    ["function g(x: number): number { return x }\nexport { g as default }", "a default export has no name in SQL", "g as default"],
    ["function g(x: number): number { return x }\nexport { g as 'a b' }", "'a b' is no name of a SQL function", "g as 'a b'"],
    [
      "import { toString } from 'weir-sql/udf';\nexport function f(x: number): string { return toString.call(x) }",
      "module weir-sql/udf exports no toString",
      undefined,
    ],
  ])("%s", async (source, message, at) => {
    const error = await asked.error(`CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $m$${source}$m$`);
    expect(error.message).toBe(message);
    if (at !== undefined) expect(error.at).toBe(at);
  });
});

describe("bodies that end before their text, or say what no body may", () => {
  test.each([
    ["return x } export function g() {", "the body ends before its text does", "export function g() {"],
    ["return x } {", "the body ends before its text does", "{"],
    ["return import.meta.url.length", "import.meta is not available here", "import.meta"],
    ["break", "illegal break statement", "break"],
    ["import 'node:fs'", "'import statement' declaration can only be used at the top level of a module", "import 'node:fs'"],
    ["return weir_imported_modules.length", "weir_imported_modules is a reserved name", "weir_imported_modules"],
  ])("%s", async (body, message, at) => {
    const error = await asked.error(`CREATE OR REPLACE FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $m$${body}$m$`);
    expect(error).toMatchObject({ message, at });
  });

  test("a comment at the end, and a name that is none in TypeScript", async () => {
    await asked.session.run('CREATE OR REPLACE FUNCTION "f`}; {`"(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$return x + 1 // }$$');
    expect(await asked.value('SELECT "f`}; {`"(1.0::DOUBLE)')).toBe(2);
    const { message } = await asked.error('CREATE FUNCTION g("x) { } (" DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$return 1$$');
    expect(message).toBe('"x) { } (" cannot be the name of a parameter in TypeScript');
  });
});

test("names and values of a query are no part of the code that calls a function", async () => {
  await asked.define("export function same(text: string): string { return text }");
  const odd = "'); globalThis.broken = 1; (`} ] globalThis.broken = 1 [ {`\n//";
  const quoted = odd.replaceAll("'", "''");
  const column = odd.replaceAll('"', '""');
  expect(await asked.value(`SELECT same("${column}") FROM (SELECT '${quoted}' || x AS "${column}" FROM (VALUES ('!')) AS t(x))`)).toBe(
    `${odd}!`,
  );
  expect("broken" in globalThis).toBe(false);
});
