#!/usr/bin/env node
import { Command } from "commander";
import { VERSION } from "../kernel/version.ts";

/** The `weir` command. Each subcommand loads its own code when it is called, so that none pays for another. */
const program = new Command("weir").description("SQL on files, tables and results, in a notebook or a terminal").version(VERSION);
program
  .command("kernel-start")
  .requiredOption("--connection-file <file>")
  .action(async ({ connectionFile }) => {
    const { serveKernel } = await import("../kernel/server.ts");
    await serveKernel(connectionFile);
  });
await program.parseAsync();
