import { join } from "node:path";
import { screenOf, startOnTerminal, type TerminalRun } from "@aod/testing/terminal";
import { repositoryRoot } from "../architecture/workspace.ts";

const bin = join(repositoryRoot, "apps", "cli", "src", "bin.ts");

/** `aod` on a terminal of its own, to be shown to people. */
export interface Recording extends TerminalRun {
  /** The command line, what stands on the terminal below it, and how it ended. */
  readonly screen: () => Promise<string>;
}

export function recordAod(args: readonly string[], env: Readonly<Record<string, string>>): Recording {
  const run = startOnTerminal([bin, ...args], env, { columns: 100, rows: 40 });
  const command = ["aod", ...args.map((word) => (/^[\w./:@=-]+$/.test(word) ? word : `'${word}'`))].join(" ");
  return {
    ...run,
    screen: async () => {
      const exitCode = await run.exitCode;
      return `$ ${command}\n${screenOf(run.output()).trimEnd()}\n[exit code ${String(exitCode)}]`;
    },
  };
}
