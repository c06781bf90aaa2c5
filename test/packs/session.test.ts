import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userDataDir } from "../../kernel/jupyter-paths.ts";
import { Session, type Table, valueAt } from "../../src/index.ts";
import { installedFolder, weirDataFolder } from "../../src/udf/packs/folders.ts";
import { testFolder, writePack } from "./folders.ts";

const folder = testFolder();
let session: Session;
let warnings: string[];
beforeEach(() => {
  session = new Session({ timeZone: "UTC", threads: 1, cwd: folder.path });
  warnings = [];
});
afterEach(async () => {
  await session.close();
  rmSync(installedFolder(), { recursive: true, force: true });
});

const rows = ({ batches }: Table) =>
  batches.flatMap((batch) => Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => valueAt(column, row))));
const query = async (sql: string) => rows(await session.query(sql));
async function message(sql: string, confirm?: (question: string) => Promise<boolean>): Promise<string> {
  let said = "";
  await session.run(sql, {
    confirm,
    onOutput: (finished) => {
      warnings.push(...finished.warnings);
      if ("message" in finished.output) said = finished.output.message;
    },
  });
  return said;
}

const DOUBLED = { name: "mine", files: { "a.ts": "/** Twice x. */\nexport const twice = (x: number): number => 2 * x;\n" } };

describe("LOAD", () => {
  it("makes the functions of a shipped pack callable, by their bare names too", async () => {
    await expect(query("SELECT iot.dew_point(20, 100)")).rejects.toThrow(expect.objectContaining({ hint: "pack iot has it: LOAD iot" }));
    expect(await message("LOAD iot")).toBe("loaded pack iot 1.0.0: 7 functions");
    expect(await query("SELECT iot.dew_point(20, 100), dew_point(20, 100), IOT.Dew_Point(20, 100)")).toEqual([[20, 20, 20]]);
  });

  it("is what a pack's name needs where a function of the session, or of another pack, has the bare name", async () => {
    writePack(join(folder.path, "mine"), DOUBLED);
    await message("LOAD './mine'");
    await message("CREATE FUNCTION dew_point(x DOUBLE, y DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x + y $$");
    const refused = (text: string, hint: string) => expect.objectContaining({ message: `function "${text}" does not exist`, hint });
    await expect(query("SELECT iot.dew_point(20, 100)")).rejects.toThrow(refused("iot.dew_point", "pack iot has it: LOAD iot"));
    await expect(query("SELECT mien.twice(x) FROM (SELECT 1.0 AS x)")).rejects.toThrow(refused("mien.twice", 'did you mean "mine.twice"?'));
    await expect(query("SELECT x.thrice() FROM (SELECT 1.0 AS x)")).rejects.toThrow('function "x.thrice" does not exist');
    await expect(query("SELECT y.twice() FROM (SELECT 1.0 AS x)")).rejects.toThrow('column "y"');
    expect(await query("SELECT mien.twice() FROM (SELECT 1.0 AS mien)")).toEqual([[2]]);
    const caret = session.query("SELECT mien.twice(21)");
    await expect(caret).rejects.toThrow(expect.objectContaining({ span: { start: 7, end: 17 } }));
  });

  it("takes a folder, and again what it holds now", async () => {
    const path = writePack(join(folder.path, "again"), DOUBLED);
    expect(await message("LOAD './again'")).toBe("loaded pack mine 1.0.0: 1 function");
    expect(await query("SELECT mine.twice(21)")).toEqual([[42]]);
    writePack(path, { name: "mine", files: { "a.ts": "export const thrice = (x: number): number => 3 * x;\n" } });
    await message("LOAD './again'");
    expect(await query("SELECT mine.thrice(21)")).toEqual([[63]]);
    await expect(query("SELECT mine.twice(21)")).rejects.toThrow("twice");
  });

  it("leaves everything as it was where the pack is wrong", async () => {
    const path = writePack(join(folder.path, "wrong"), DOUBLED);
    await message("LOAD './wrong'");
    writeFileSync(join(path, "a.ts"), "export const twice = (x: number, y: number): number => 2 * x * y;\n");
    await expect(message("LOAD './wrong'")).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^pack mine: udf\.json and the modules differ: twice: params is \[.*"y".*\] in the module/),
        hint: "weir udf test --update writes it anew",
      }),
    );
    writeFileSync(join(path, "a.ts"), 'export const twice = (x: number): number => 2 * x;\nthrow new Error("not today");\n');
    await expect(message("LOAD './wrong'")).rejects.toThrow("not today");
    writeFileSync(join(path, "a.ts"), "export const twice = (x: number): number => 2 * ;\n");
    await expect(message("LOAD './wrong'")).rejects.toThrow(/a\.ts:1:\d+: /);
    expect(await query("SELECT mine.twice(21)")).toEqual([[42]]);
  });

  it("names the nearest pack, a missing folder, and another pack of the name", async () => {
    await expect(message("LOAD finanse")).rejects.toThrow(
      expect.objectContaining({ message: 'there is no pack "finanse"', hint: 'did you mean "finance"?' }),
    );
    await expect(message("LOAD './nowhere'")).rejects.toThrow('there is no folder "./nowhere"');
    mkdirSync(join(folder.path, "empty"), { recursive: true });
    await expect(message("LOAD './empty'")).rejects.toThrow(/"[^"]*empty" is no pack: it has no udf\.json/);
    writePack(join(folder.path, "one"), DOUBLED);
    cpSync(join(folder.path, "one"), join(folder.path, "two"), { recursive: true });
    await message("LOAD './one'");
    await expect(message("LOAD './two'")).rejects.toThrow("another pack mine is loaded");
  });

  it("evaluates what several modules import once", async () => {
    const files = {
      "lib.ts": "let n = 0;\nexport const next = (): number => ++n;\n",
      "a.ts": 'import { next } from "./lib.ts";\nconst mine = next();\nexport const a = (): number => mine;\n',
      "b.ts": 'import { next } from "./lib.ts";\nconst mine = next();\nexport const b = (): number => mine;\n',
    };
    writePack(join(folder.path, "shared"), { name: "shared", files });
    await message("LOAD './shared'");
    expect(await query("SELECT shared.a(), shared.b()")).toEqual([[1, 2]]);
  });
});

describe("SHOW PACKS, DESCRIBE PACK, DROP PACK", () => {
  it("tell what is there without running any code", async () => {
    const path = writePack(join(folder.path, "loud"), DOUBLED);
    await message("LOAD './loud'; LOAD iot");
    writeFileSync(join(path, "a.ts"), 'throw new Error("this ran");\n');
    expect(await query("SHOW PACKS")).toEqual([
      ["finance", "1.0.0", false, 10n, 0n, "shipped", expect.stringContaining("Indicators")],
      ["iot", "1.0.0", true, 7n, 0n, "shipped", expect.stringContaining("heat index")],
      ["mine", "1.0.0", true, 1n, 0n, path, "For a test."],
    ]);
    expect(await query("DESCRIBE PACK mine")).toEqual([["mine.twice", "scalar", "mine.twice(x DOUBLE)", "DOUBLE", "Twice x.", null, null]]);
    const [vwap] = await query("DESCRIBE PACK finance");
    expect(vwap.slice(0, 4)).toEqual(["finance.vwap", "aggregate", "finance.vwap(price DOUBLE, volume DOUBLE)", "DOUBLE"]);
    expect(vwap[6]).toBe("10.75");
  });

  it("unload", async () => {
    await message("LOAD iot");
    await expect(message("DROP FUNCTION iot.dew_point")).rejects.toThrow(
      expect.objectContaining({ message: "iot.dew_point is a function of pack iot", hint: "DROP PACK iot takes all of it out" }),
    );
    expect(await message("DROP PACK iot")).toBe("dropped pack iot");
    await expect(query("SELECT dew_point(20, 100)")).rejects.toThrow("dew_point");
    await expect(message("DROP PACK iot")).rejects.toThrow('pack "iot" is not loaded');
    expect(await message("DROP PACK IF EXISTS iot")).toBe("nothing to drop");
  });
});

describe("INSTALL PACK", () => {
  it("copies a folder into Weir's own, and runs nothing", async () => {
    const path = writePack(join(folder.path, "source"), DOUBLED);
    mkdirSync(join(path, "node_modules", "x"), { recursive: true });
    writeFileSync(join(path, "README.md"), "# mine\n");
    expect(await message("INSTALL PACK './source'")).toBe("installed pack mine 1.0.0; LOAD mine makes its functions callable");
    expect(weirDataFolder()).toBe(join(userDataDir(), "weir"));
    expect(readdirSync(join(weirDataFolder(), "packs"))).toEqual(["mine"]);
    expect(readdirSync(join(weirDataFolder(), "packs", "mine")).sort()).toEqual(["README.md", "a.ts", "udf.json"]);
    rmSync(path, { recursive: true });
    await message("LOAD mine");
    expect(await query("SELECT mine.twice(4)")).toEqual([[8]]);
    expect((await query("SHOW PACKS")).map(([name, , , , , where]) => [name, where])).toContainEqual(["mine", "installed"]);
    writePack(path, { ...DOUBLED, version: "1.1.0" });
    expect(await message("INSTALL PACK './source'")).toMatch(/^installed pack mine 1\.1\.0, in the place of 1\.0\.0/);
  });

  it("refuses what is no pack, what ships with Weir, and what leads out of the folder", async () => {
    await expect(message("INSTALL PACK './nowhere'")).rejects.toThrow('there is no folder "./nowhere"');
    await expect(message("INSTALL PACK 'Not A Name'")).rejects.toThrow("neither a folder nor the name of an npm package");
    writePack(join(folder.path, "fake"), { ...DOUBLED, name: "finance" });
    await expect(message("INSTALL PACK './fake'")).rejects.toThrow("pack finance ships with Weir");
    const path = writePack(join(folder.path, "linked"), DOUBLED);
    symlinkSync(folder.path, join(path, "outside"));
    await expect(message("INSTALL PACK './linked'")).rejects.toThrow(/"[^"]*outside" is a link/);
    const less = writePack(join(folder.path, "less"), DOUBLED);
    rmSync(join(less, "a.ts"));
    await expect(message("INSTALL PACK './less'")).rejects.toThrow('names "a.ts", which is not in the pack\'s folder');
    expect(existsSync(installedFolder()) ? readdirSync(installedFolder()) : []).toEqual([]);
  });

  it("does not install from npm without a yes", async () => {
    await expect(message("INSTALL PACK 'weir-pack-x@1.2'")).rejects.toThrow(
      expect.objectContaining({
        message: 'installing "weir-pack-x@1.2" from npm needs a yes, and nobody can be asked here',
        hint: "in a terminal: weir udf install --yes weir-pack-x@1.2",
      }),
    );
    writePack(join(folder.path, "mine"), DOUBLED);
    await expect(message("INSTALL PACK 'mine'")).rejects.toThrow(expect.objectContaining({ hint: "for the folder write './mine'" }));
    const questions: string[] = [];
    const no = async (question: string) => {
      questions.push(question);
      return false;
    };
    expect(await message("INSTALL PACK 'weir-pack-x'", no)).toBe("weir-pack-x was not installed");
    expect(questions).toEqual(["Install the npm package weir-pack-x as a pack? Its functions run with your rights once it is loaded."]);
  });
});
