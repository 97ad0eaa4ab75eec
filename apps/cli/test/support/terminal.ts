import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url));

/** The real program on a real terminal of its own. */
export interface TerminalRun {
  /** Everything that was written to the terminal so far. */
  readonly output: () => string;
  /** Resolves when the terminal has shown the text; fails when the program ends without it. */
  readonly shows: (text: string) => Promise<void>;
  /** Types, as keys would. */
  readonly type: (keys: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly exitCode: Promise<number>;
}

/** Starts `aod` with these arguments, and only the environment that is given, on a terminal. */
export function startOnTerminal(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  { columns = 80, rows = 24 }: { readonly columns?: number; readonly rows?: number } = {},
): TerminalRun {
  const terminal = spawn(process.execPath, ["--conditions=@aod/source", bin, ...argv], {
    cols: columns,
    rows,
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", AOD_CONFIG_DIR: "/nonexistent", ...env },
  });
  let output = "";
  let ended = false;
  let looks: (() => void)[] = [];
  const look = (): void => {
    const waiting = looks;
    looks = [];
    for (const each of waiting) each();
  };
  terminal.onData((text) => {
    output += text;
    look();
  });
  const exitCode = new Promise<number>((resolve) => {
    terminal.onExit((exit) => {
      ended = true;
      resolve(exit.exitCode);
      look();
    });
  });
  return {
    output: () => output,
    shows: async (text) => {
      while (!output.includes(text)) {
        if (ended) throw new Error(`The program ended without showing ${JSON.stringify(text)}:\n${output}`);
        await new Promise<void>((resolve) => looks.push(resolve));
      }
    },
    type: (keys) => terminal.write(keys),
    resize: (width, height) => terminal.resize(width, height),
    exitCode,
  };
}

/** What is left on the screen: lines that were drawn over or erased are gone. Understands what our own lines use. */
export function screenOf(output: string): string {
  const lines = [""];
  for (const [piece] of output.matchAll(
    /\r\n|\r\u001b\[K|\r|\u001b\[[\d;]*[A-Za-z]|\u001b\[\?\d+[hl]|[^\r\n\u001b]+|\n/g,
  )) {
    if (piece === "\r\n" || piece === "\n") lines.push("");
    else if (piece === "\r\u001b[K") lines[lines.length - 1] = "";
    else if (!piece.startsWith("\u001b") && piece !== "\r") lines.push(`${lines.pop() ?? ""}${piece}`);
  }
  return lines.join("\n");
}
