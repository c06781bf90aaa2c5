#!/usr/bin/env node
import { Command, Option } from "commander";
import { VERSION } from "../kernel/version.ts";

/** The `weir` command. A subcommand's code is loaded when it is called, so that none waits for another's. */
const program = new Command("weir")
  .description("SQL on files, tables and results: in a terminal, in notebooks, and as a Jupyter kernel.")
  .version(VERSION, "-V, --version")
  .showHelpAfterError("(--help shows what there is)");

const parameterOption = (text: string): Option =>
  new Option("-p, --param <name=value>", text).argParser((value: string, earlier: string[]) => [...earlier, value]).default([], "none");

program
  .command("sql")
  .description("run SQL statements and print the last result")
  .argument("[statements]", "SQL; without it and -f, standard input is read")
  .option("-f, --file <file>", "read the statements from a file")
  .addOption(new Option("--format <format>", "of the result").choices(["table", "json", "ndjson", "csv", "arrow"]).default("table"))
  .addOption(parameterOption("value of $name; may be repeated"))
  .action(async (statements, options) => {
    process.exitCode = await (await import("./sql.ts")).runSql(statements, options);
  });

program
  .command("run")
  .description(
    "run a notebook through the kernel without a front end, or a file of SQL; jobs run until they end or Ctrl-C stops them at a checkpoint",
  )
  .argument("<file>", "an .ipynb or .sql file")
  .addOption(parameterOption("value of $name, put behind the cell tagged `parameters`; may be repeated"))
  .option("-o, --output <file>", "write the executed notebook here")
  .option("--html <file>", "write it as one HTML page here")
  .option("--timeout <seconds>", "interrupt a cell that takes longer")
  .option("--allow-errors", "go on behind a cell that fails")
  .action(async (file, options) => {
    process.exitCode = await (await import("./run.ts")).runCommand(file, options);
  });

const udf = program.command("udf").description("write, test and install packs of functions");

udf
  .command("new")
  .description("make a pack that passes its own tests")
  .argument("<name>", "the word before the point in name.function")
  .option("--dir <folder>", "make it here; default: a folder of its name")
  .action(async (name, options) => {
    process.exitCode = (await import("./udf-new.ts")).newPack(name, options);
  });
udf
  .command("test")
  .description("check a pack's manifest, types and examples, and run its SQL tests")
  .argument("[folder]", "the pack", ".")
  .option("--update", "write the manifest's functions from the modules, and the results of the examples")
  .action(async (folder, options) => {
    process.exitCode = await (await import("./udf-test.ts")).testPack(folder, options);
  });
udf
  .command("install")
  .description("copy a pack into Weir's own folder, from a folder or from npm (whose scripts are off)")
  .argument("<source>", "a folder (./mine), or the name of an npm package (weir-pack-x, weir-pack-x@1.2)")
  .option("-y, --yes", "install from npm without asking")
  .action(async (source, options) => {
    process.exitCode = await (await import("./udf.ts")).installCommand(source, options);
  });
udf
  .command("remove")
  .description("take an installed pack out again")
  .argument("<name>")
  .action(async (name) => {
    process.exitCode = (await import("./udf.ts")).removePack(name);
  });
udf
  .command("list")
  .description("list the packs there are")
  .action(async () => {
    process.exitCode = (await import("./udf.ts")).listPacks();
  });

const kernel = program.command("kernel").description("install, examine and start the Jupyter kernel");

const withTarget = (command: Command): Command =>
  command
    .option("--user", "in the user's folder (the default)")
    .option("--sys-prefix", "in the Python environment that is active")
    .option("--prefix <dir>", "in DIR/share/jupyter/kernels")
    .option("--name <name>", "name of the kernel", "weir");

withTarget(kernel.command("install").description("tell Jupyter front ends about this kernel")).action(async (options) =>
  (await import("./kernel.ts")).installCommand(options),
);
withTarget(kernel.command("uninstall").description("take the kernel out again")).action(async (options) =>
  (await import("./kernel.ts")).uninstallCommand(options),
);
kernel
  .command("doctor")
  .description("say why a front end would not find or start the kernel")
  .option("--name <name>", "name of the kernel", "weir")
  .action(async (options) => (await import("./kernel.ts")).doctorCommand(options));
kernel
  .command("start")
  .description("run a kernel on the sockets of a connection file; front ends call this")
  .requiredOption("-f, --connection-file <file>", "JSON with the ports and the key")
  .action(async (options) => (await import("../kernel/server.ts")).serveKernel(options.connectionFile));

try {
  // SQL may begin with a comment, which is no option
  await program.parseAsync(process.argv.map((word) => (/^--\s/.test(word) ? ` ${word}` : word)));
} catch (error) {
  const { message, hint } = error as Error & { readonly hint?: string };
  process.stderr.write(`weir: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
  process.exitCode = 1;
}
