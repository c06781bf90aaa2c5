import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { explainText, type LogicalPlan, optimize, type QueryPlan } from "../../src/plan/index.ts";
import { RULES } from "../../src/plan/optimizer/index.ts";
import { bind, constantEvaluator, functions } from "./support.ts";

/**
 * Golden plans, one file a rule: each query, the plan that the rule found, and what it made of it. `bind.txt` has plans as bound, and
 * `all.txt` plans after all rules. Lines that start with a dash are queries; the rest is written by `UPDATE_GOLDEN=1`.
 */
const folder = join(repositoryRoot(), "test/plan/golden");

/** The compiled test stands elsewhere than its data. */
function repositoryRoot(): string {
  for (const start of [process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      if (existsSync(join(at, "test/plan/golden"))) return at;
    }
  }
  throw new Error("test/plan/golden is not there");
}

const context = { functions, evaluateConstant: constantEvaluator(functions) };

interface Step {
  readonly rule: string;
  readonly before: LogicalPlan;
  readonly after: LogicalPlan;
}

function steps(plan: QueryPlan): { steps: Step[]; result: QueryPlan } {
  const taken: Step[] = [];
  let before = plan.root;
  const result = optimize(plan, context, ({ rule, plan: after }) => {
    taken.push({ rule, before, after });
    before = after;
  });
  return { steps: taken, result };
}

function describeQuery(rule: string, sql: string): string {
  try {
    const plan = bind(sql);
    if (rule === "bind") return explainText(plan);
    const { steps: taken, result } = steps(plan);
    if (rule === "all") return `${explainText(result)}\nrules: ${taken.map((step) => step.rule).join(", ")}`;
    const step = taken.find((one) => one.rule === rule);
    if (step === undefined) return `unchanged:\n${explainText(result)}`;
    const show = (root: LogicalPlan) => explainText({ root, subqueries: [] });
    return `before:\n${show(step.before)}\nafter:\n${show(step.after)}`;
  } catch (error) {
    if (error instanceof WeirError) return `error: ${error.message}`;
    throw error;
  }
}

const indented = (text: string) => text.replace(/^/gm, "  ");

const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

test("every rule has golden plans", () => {
  expect(files.map((name) => name.replace(".txt", "")).sort()).toEqual([...new Set(RULES.map((rule) => rule.name)), "bind", "all"].sort());
});

describe.each(files)("%s", (file) => {
  const path = join(folder, file);
  const rule = file.replace(".txt", "");
  const golden = readFileSync(path, "utf8");
  const blocks = golden
    .split(/^(?=- )/m)
    .filter((block) => block.startsWith("- "))
    .map((block) => ({ sql: block.slice(2, block.indexOf("\n")), block }));
  const comment = golden.split(/^- /m)[0];
  const written = blocks.map(({ sql }) => `- ${sql}\n${indented(describeQuery(rule, sql))}\n\n`);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, comment + written.join(""));

  test.each(blocks.map(({ sql, block }, i) => ({ sql, block, actual: written[i] })))("$sql", ({ block, actual }) => {
    expect(process.env.UPDATE_GOLDEN === "1" ? actual : block).toBe(actual);
  });
});
