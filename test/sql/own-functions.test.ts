import { describe, expect, test } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import {
  type CreateFunction,
  type CreateFunctions,
  type CreateModel,
  parse,
  parseExpression,
  parseOne,
  print,
  type Query,
  type Select,
} from "../../src/sql/index.ts";

const selectOf = (text: string): Select => (parseOne(text) as Query).body as Select;
const argsOf = (text: string) => {
  const [table] = selectOf(`SELECT * FROM ${text}`).from;
  if (table.kind !== "tableFunction") throw new Error(`no function: ${text}`);
  return table.args;
};

function errorOf(text: string): WeirError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

describe("bodies", () => {
  test.each(["$$ return x * 2 $$", "$ts$\n  return '$$'\n$ts$", "$$$$", "'return x'", "e'return x'"])(
    "of %s stand where they are said to",
    (quoted) => {
      const text = `CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS ${quoted}`;
      const { body, bodySpan, span } = parseOne(text) as CreateFunction;
      expect(text.slice(bodySpan.start, bodySpan.end)).toBe(body);
      expect(span).toEqual({ start: 0, end: text.length });
    },
  );

  test("a module's too, and nothing in it ends a statement", () => {
    const source = "\nexport function f(x: number): number { return x; } // $$ ;\n";
    const text = `SELECT 1; CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $m$${source}$m$; SELECT 2`;
    const statement = parse(text)[1] as CreateFunctions;
    expect(statement.source).toBe(source);
    expect(text.slice(statement.sourceSpan.start, statement.sourceSpan.end)).toBe(source);
    expect(parse(text)).toHaveLength(3);
  });

  test.each(["a$", "a$$", "$body$ $$", "$$ $body$ $body2$", "$", "", "$body"])(
    "%j is printed between dollars that it does not have",
    (body) => {
      const statement = parseOne("CREATE FUNCTION f() RETURNS INT LANGUAGE typescript AS ''") as CreateFunction;
      expect((parseOne(print({ ...statement, body })) as CreateFunction).body).toBe(body);
    },
  );
});

describe("CREATE FUNCTION", () => {
  test("its clauses in any order", () => {
    const text = "CREATE FUNCTION f(x INT) AS '' VOLATILE WITH (a = 1) LANGUAGE TypeScript CALLED ON NULL INPUT RETURNS INT[] WITH (b = 2)";
    expect(parseOne(text)).toMatchObject({
      ...{ kind: "createFunction", language: { name: "TypeScript" }, nulls: "called", volatility: "volatile" },
      returns: { kind: "arrayType" },
      properties: [{ key: "a" }, { key: "b" }],
    });
  });

  test("RETURNS NULL ON NULL INPUT is no type", () => {
    expect(parseOne("CREATE FUNCTION f() RETURNS NULL ON NULL INPUT RETURNS INT LANGUAGE typescript AS ''")).toMatchObject({
      nulls: "strict",
      returns: { kind: "namedType" },
    });
  });

  test("RETURNS TABLE", () => {
    const statement = parseOne("CREATE FUNCTION f() RETURNS TABLE (a INT, b VARCHAR) LANGUAGE typescript AS ''") as CreateFunction;
    expect(statement.returns).toBeUndefined();
    expect(statement.returnsTable?.map(({ name }) => name.name)).toEqual(["a", "b"]);
  });
});

describe("CREATE MODEL", () => {
  test("BigQuery's options are the properties that they mean", () => {
    const statement = parseOne("CREATE MODEL m OPTIONS(MODEL_TYPE = 'ONNX', model_path = 'a.onnx', nulls = 'nan')") as CreateModel;
    expect(statement.properties.map(({ key, value }) => [key, value.kind === "string" && value.value])).toEqual([
      ["provider", "onnx"],
      ["path", "a.onnx"],
      ["nulls", "nan"],
    ]);
  });

  test("keys in quotes and without are the same", () => {
    const keys = (text: string) => (parseOne(text) as CreateModel).properties.map(({ key }) => key);
    expect(keys("CREATE MODEL m WITH ('provider' = 'onnx', 'task.name' = 'x')")).toEqual(
      keys("CREATE MODEL m WITH (provider = 'onnx', task.name = 'x')"),
    );
  });
});

describe("models as arguments", () => {
  test.each([
    ["ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a, b))", "m"],
    ["ml_predict(input => TABLE t, model => MODEL m@2, args => DESCRIPTOR(a))", "m@2"],
    ['ML.PREDICT(MODEL "my model"@12, TABLE t)', "my model@12"],
    ["ML.PREDICT(MODEL m, TABLE t)", "m"],
  ])("%s", (text, name) => {
    expect(
      argsOf(text)
        .map(({ value }) => value)
        .filter(({ kind }) => kind === "modelArg"),
    ).toMatchObject([{ name: { name } }]);
  });

  test("a query beside a model is a table", () => {
    expect(argsOf("ML.PREDICT(MODEL m, (SELECT a FROM t))")[1].value).toMatchObject({ kind: "tableArg", source: { kind: "query" } });
    expect(argsOf("range((SELECT 3))")[0].value.kind).toBe("subquery");
  });

  test("a column called model stays one", () => {
    const [item] = selectOf("SELECT f(model, model + 1, model IS NULL, model BETWEEN 1 AND 2, model.a)").items;
    const kinds = item.expr.kind === "call" ? item.expr.args.map(({ value }) => value.kind) : [];
    expect(kinds).toEqual(["column", "binary", "isTest", "between", "column"]);
  });

  test("arguments with names, and lambdas beside them", () => {
    const call = parseExpression("predict('m', age => a, fare := b + 1, list_transform(l, x -> x + 1))");
    if (call.kind !== "call") throw new Error(call.kind);
    expect(call.args.map(({ name, value }) => [name?.name, value.kind])).toEqual([
      [undefined, "string"],
      ["age", "column"],
      ["fare", "binary"],
      [undefined, "call"],
    ]);
  });
});

test("the words of these statements are names elsewhere", () => {
  for (const word of [
    "model",
    "models",
    "function",
    "functions",
    "pack",
    "packs",
    "language",
    "input",
    "output",
    "install",
    "load",
    "strict",
    "options",
  ]) {
    const text = `SELECT ${word}, t.${word}, ${word} + 1 AS ${word} FROM ${word} AS t WHERE ${word} = 1 ORDER BY ${word}`;
    expect(print(parseOne(text)), word).toBe(text);
    expect(parseOne(`CREATE TABLE ${word} (${word} INT)`).kind, word).toBe("createTable");
    expect(parseOne(`SELECT ${word}(${word}) FROM ${word}`).kind, word).toBe("query");
  }
});

describe("what is wrong is told where it is", () => {
  const F = "CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE typescript";
  test.each([
    ["CREATE FUNCTION f", "", "expected the parameters in parentheses, as (x DOUBLE)"],
    ["CREATE FUNCTION f(x) RETURNS INT", ")", 'expected the type of the parameter "x", as x DOUBLE'],
    ["CREATE FUNCTION f(x INT) LANGUAGE typescript AS ''", "", "expected RETURNS and the type of the result"],
    ["CREATE FUNCTION f(x INT) RETURNS INT AS ''", "", "expected LANGUAGE typescript"],
    [F, "", "expected AS and the body of the function, as AS $$ return x * 2 $$"],
    [`${F} AS x + 1`, "x", "expected the body of the function as a string, best between $$ and $$"],
    ["CREATE FUNCTION f(x INT) RETRUNS INT LANGUAGE typescript AS ''", "RETRUNS", "did you mean RETURNS?"],
    ["CREATE FUNCTON f() RETURNS INT LANGUAGE typescript AS ''", "FUNCTON", "did you mean FUNCTION?"],
    ["CREATE MODLE m WITH (path = 'a')", "MODLE", "did you mean MODEL?"],
    ["CREATE MODEL m", "", "expected WITH and where the model is, as WITH ('provider' = 'onnx', 'path' = 'model.onnx')"],
    ["CREATE MODEL m INPUT a INT", "a", "expected columns in parentheses, as (a DOUBLE, b VARCHAR)"],
    ["DROP MODEL m@x", "x", "expected the number of a version, as m@2"],
    ["DROP MODEL m@0", "0", "expected the number of a version, as m@2"],
    ["SELECT * FROM ML_PREDICT(TABLE t, MODEL 'm', DESCRIPTOR(a))", "'m'", "a model is named without quotes, as MODEL m"],
    ["INSTALL PAK 'a'", "PAK", "did you mean PACK?"],
    ["INSTALL PACK a", "a", "expected a folder or the name of an npm package in single quotes"],
    ["LOAD 1", "1", "expected a pack"],
    ["SHOW MODLES x", "MODLES", "did you mean MODELS?"],
  ])("%s", (text, at, hint) => {
    const error = errorOf(text);
    expect(text.slice(error.span!.start, error.span!.end)).toBe(at);
    expect(error.message).toBe(at === "" ? "syntax error at end of input" : `syntax error at or near "${at}"`);
    expect(error.hint).toBe(hint);
  });

  test.each([
    [`${F} AS '' LANGUAGE typescript`, "LANGUAGE stands twice", "LANGUAGE"],
    [`${F} STRICT CALLED ON NULL INPUT AS ''`, "what NULL as an argument does stands twice", "CALLED ON NULL INPUT"],
    ["CREATE FUNCTION f(x INT, X INT) RETURNS INT", 'the parameter "X" stands twice', "X"],
    ["CREATE MODEL m INPUT (a) WITH (b = 1)", 'column "a" needs a type', "a"],
    ["CREATE MODEL m INPUT (a INT NOT NULL) WITH (b = 1)", "an input of a model is a name and a type", " NOT NULL"],
    ["CREATE MODEL m INPUT (a INT) INPUT (b INT) WITH (c = 1)", "INPUT stands twice", "INPUT"],
    ["CREATE MODEL m WITH (path = 'a') OPTIONS (model_path = 'b')", 'property "path" stands twice', "model_path"],
    ["CREATE FUNCTIONS LANGUAGE typescript AS $a$ export $b$", "this string is not closed", "$a$"],
  ])("%s", (text, message, at) => {
    const error = errorOf(text);
    expect(error.message).toBe(message);
    expect(text.slice(error.span!.start, error.span!.end)).toBe(at);
  });
});
