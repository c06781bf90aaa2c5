import { describe, expect, test } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import { Settings } from "../../src/catalog/settings.ts";
import { INTEGER } from "../../src/core/types.ts";
import { bind, parseQuery, testCatalog, testContext } from "./support.ts";

const table = (name: string, rowCount = 0) => {
  const schema = [{ name: "x", type: INTEGER }];
  return {
    kind: "table" as const,
    name,
    schema,
    source: { kind: "memory" as const, schema, batches: [], rowCount },
    notNull: [false],
    defaults: [undefined],
  };
};
const view = (name: string, sql: string, columns: readonly string[] = []) => ({
  kind: "view" as const,
  name,
  sql,
  query: parseQuery(sql),
  columns,
});

describe("catalog", () => {
  test("names do not regard case, and a second table of a name is refused unless it replaces", () => {
    const catalog = new Catalog();
    catalog.create(table("Prices"));
    expect(catalog.lookup("PRICES")?.name).toBe("Prices");
    expect(() => catalog.create(table("prices"))).toThrow('table "Prices" exists already');
    catalog.create(table("prices", 7), { replace: true });
    expect(catalog.getTable("PRICES").source.rowCount).toBe(7);
    expect(() => catalog.create(view("prices", "SELECT 1"), { replace: true })).toThrow("is a table");
  });

  test("results stand behind tables, and dropping says whether there was one", () => {
    const catalog = new Catalog();
    catalog.setResult(table("_", 3));
    catalog.setResult(table("_1", 4));
    catalog.setResult(table("_", 5));
    expect(catalog.results().map((result) => result.name)).toEqual(["_1", "_"]);
    expect(catalog.getTable("_").source.rowCount).toBe(5);
    catalog.create(table("_", 9));
    expect(catalog.getTable("_").source.rowCount).toBe(9);
    expect(catalog.drop("_", "table")).toBe(true);
    expect(catalog.getTable("_").source.rowCount).toBe(5);
    expect(catalog.drop("nothing", "table")).toBe(false);
  });

  test("a missing table suggests the nearest name", () => {
    const catalog = new Catalog();
    catalog.create(table("flights"));
    expect(() => catalog.get("fligths")).toThrow(expect.objectContaining({ hint: 'did you mean "flights"?' }));
  });

  test("the snapshot is plain data with types, row counts and kinds; a broken view has no columns", () => {
    const catalog = new Catalog();
    catalog.create(table("t1", 2));
    catalog.create(view("v1", "SELECT x FROM t1"));
    catalog.create(view("v2", "SELECT x FROM gone"));
    catalog.setResult(table("_", 1));
    const snapshot = catalog.snapshot((entry) => bind(entry.sql, testContext({ catalog })).root.schema);
    expect(structuredClone(snapshot)).toEqual({
      entries: [
        { name: "t1", kind: "table", columns: [{ name: "x", type: "INTEGER" }], rowCount: 2 },
        { name: "v1", kind: "view", columns: [{ name: "x", type: "INTEGER" }], rowCount: undefined },
        { name: "v2", kind: "view", columns: [], rowCount: undefined },
        { name: "_", kind: "result", columns: [{ name: "x", type: "INTEGER" }], rowCount: 1 },
      ],
    });
  });
});

describe("views", () => {
  test("a view is bound where it is used, under its own column names", () => {
    const catalog = testCatalog();
    catalog.create(view("v", "SELECT a, n + 1 FROM u", ["p", "q"]));
    const { root } = bind("SELECT q, v.p FROM v", testContext({ catalog }));
    expect(root.schema.map((field) => field.name)).toEqual(["q", "p"]);
  });

  test("a view does not see the CTEs of the statement, and cannot read itself", () => {
    const catalog = testCatalog();
    catalog.create(view("v", "SELECT a FROM u"));
    catalog.create(view("w", "SELECT * FROM w"));
    const context = testContext({ catalog });
    expect(bind("WITH u AS (SELECT 'x' AS a) SELECT * FROM v", context).root.schema[0].type).toEqual(INTEGER);
    expect(() => bind("SELECT * FROM w", context)).toThrow('in view "w": view "w" reads itself');
  });
});

describe("settings", () => {
  test("names and aliases do not regard case; values are checked", () => {
    const settings = new Settings();
    settings.set("timezone", "europe/berlin");
    expect(settings.get("TIME_ZONE")).toBe("Europe/Berlin");
    settings.set("MEMORY_LIMIT", "512MB");
    expect(settings.memoryLimitBytes()).toBe(512e6);
    settings.set("threads", 4n);
    expect(settings.get("threads")).toBe(4);
    settings.reset("threads");
    expect(settings.get("threads")).toBe(2);
  });

  test.each([
    ["thread", 1, 'unknown setting "thread"', 'did you mean "threads"?'],
    ["threads", 0, "threads cannot be 0", "a whole number from 1 to 64"],
    ["threads", "many", "threads cannot be 'many'", "it takes a BIGINT"],
    ["memory_limit", "lots", "memory_limit cannot be 'lots'", "a size such as '512MB' or '4GB'"],
    ["TimeZone", "Europe/Berlim", "unknown time zone 'Europe/Berlim'", "did you mean 'Europe/Berlin'?"],
    ["progress", "maybe", "progress cannot be 'maybe'", "it takes a BOOLEAN"],
    ["errors", "ful", "errors cannot be 'ful'", "did you mean 'full'?"],
  ])("SET %s = %s is refused", (name, value, message, hint) => {
    expect(() => new Settings().set(name, value)).toThrow(expect.objectContaining({ message, hint }));
  });
});
