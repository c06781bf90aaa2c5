import { examine } from "../kernel/doctor.ts";
import { installKernelSpec, type Target, uninstallKernelSpec } from "../kernel/kernelspec.ts";

export async function installCommand({ name, ...target }: Target & { name: string }): Promise<void> {
  const folder = await installKernelSpec(target, name);
  process.stdout.write(`installed the kernel ${name} in ${folder}\n`);
}

export async function uninstallCommand({ name, ...target }: Target & { name: string }): Promise<void> {
  const folder = await uninstallKernelSpec(target, name);
  process.stdout.write(`removed ${folder}\n`);
}

/** Prints what was found; exit status 1 where something is not right. */
export async function doctorCommand({ name }: { name: string }): Promise<void> {
  const findings = await examine(name);
  for (const { ok, text, mend } of findings) {
    process.stdout.write(`${ok ? "ok      " : "problem "}${text}\n${mend === undefined ? "" : `        mend: ${mend}\n`}`);
  }
  if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
}
