import { describe, expect, test } from "vitest";
import { type Node, parseOne, print, rewrite, walk } from "../../src/sql/index.ts";
import { CORPUS } from "./corpus.ts";

/** Every node in a tree, found without the child table. */
function everyNode(value: unknown, found: Node[] = []): Node[] {
  if (Array.isArray(value)) for (const item of value) everyNode(item, found);
  else if (typeof value === "object" && value !== null) {
    if ("kind" in value) found.push(value as Node);
    for (const item of Object.values(value)) everyNode(item, found);
  }
  return found;
}

describe("walk", () => {
  test("the child table names every child", () => {
    for (const text of Object.values(CORPUS).flat()) {
      const statement = parseOne(text);
      const visited = new Set<Node>();
      walk(statement, (node) => visited.add(node));
      const missed = everyNode(statement).filter((node) => !visited.has(node));
      expect(missed, text).toEqual([]);
    }
  });

  test("children of a node that gives false are left out", () => {
    const seen: string[] = [];
    walk(parseOne("SELECT a FROM (SELECT b) t WHERE c"), (node) => {
      if (node.kind === "column") seen.push(node.parts[0].name);
      return node.kind !== "subqueryRef";
    });
    expect(seen).toEqual(["a", "c"]);
  });
});

describe("rewrite", () => {
  test("replaces nodes and shares what stays", () => {
    const before = parseOne("SELECT a + 1, f(b) FROM t WHERE a IN (VALUES (a))");
    const after = rewrite(before, (node) =>
      node.kind === "column" && node.parts[0].name === "a" ? { kind: "null", span: node.span } : node,
    );
    expect(print(after)).toBe("SELECT NULL + 1, f(b) FROM t WHERE NULL IN (VALUES (NULL))");
    expect(print(before)).toBe("SELECT a + 1, f(b) FROM t WHERE a IN (VALUES (a))");
    const item = (node: Node, index: number) => node.kind === "query" && node.body.kind === "select" && node.body.items[index];
    expect(item(after, 1)).toBe(item(before, 1));
    expect(item(after, 0)).not.toBe(item(before, 0));
  });
});
