import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { repositoryRoot } from "../architecture/workspace.ts";

const bin = join(repositoryRoot, "apps", "cli", "src", "bin.ts");

/** `aod` on a terminal of its own. */
export interface Terminal {
  /** The command line, and what stands on the terminal below it. */
  readonly screen: () => string;
  /** Resolves when the text was shown. */
  readonly shows: (text: string) => Promise<void>;
  readonly press: (keys: string) => void;
  readonly ended: Promise<void>;
}

export function openTerminal(args: readonly string[], env: Readonly<Record<string, string>>): Terminal {
  const terminal = spawn(process.execPath, ["--conditions=@aod/source", bin, ...args], {
    ...{ cols: 100, rows: 40 },
    env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", ...env },
  });
  let output = "";
  let exitCode: number | undefined;
  const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
  const looks: (() => void)[] = [];
  const look = (): void => {
    for (const each of looks.splice(0)) each();
  };
  terminal.onData((text) => {
    output += text;
    look();
  });
  terminal.onExit((exit) => {
    exitCode = exit.exitCode;
    end(undefined);
    look();
  });
  const command = ["aod", ...args.map((word) => (/^[\w./:@=-]+$/.test(word) ? word : `'${word}'`))].join(" ");
  return {
    screen: () => `$ ${command}\n${linesOf(output).trimEnd()}\n[exit code ${exitCode ?? "?"}]`,
    shows: async (text) => {
      while (!output.includes(text)) {
        if (exitCode !== undefined) throw new Error(`It ended without showing ${text}:\n${output}`);
        await new Promise<void>((resolve) => looks.push(resolve));
      }
    },
    press: (keys) => terminal.write(keys),
    ended,
  };
}

/** What is left of lines that were drawn over, without colours. Understands what our own program writes. */
function linesOf(output: string): string {
  return output
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.slice(line.lastIndexOf("\r\u001b[K") + 1).replace(/\u001b\[[\d;]*[A-Za-z]|\r/g, ""))
    .join("\n");
}
