import { fileURLToPath } from "node:url";
import { startOnTerminal, type TerminalRun } from "@aod/testing/terminal";

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));

/** Starts `aod` with these arguments, and only the environment that is given, on a terminal. */
export function startAodOnTerminal(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  size?: { readonly columns?: number; readonly rows?: number },
): TerminalRun {
  return startOnTerminal([bin, ...argv], { AOD_CONFIG_DIR: "/nonexistent", ...env }, size);
}
