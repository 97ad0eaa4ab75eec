import { spawn } from "@lydell/node-pty";

/** A real program on a real terminal of its own. */
export interface TerminalRun {
  /** Everything that was written to the terminal so far. */
  readonly output: () => string;
  /** Resolves when the terminal has shown this; fails when the program ends without it. */
  readonly shows: (what: string | RegExp) => Promise<void>;
  /** Types, as keys would. */
  readonly type: (keys: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly exitCode: Promise<number>;
}

/** Starts a Node program from the sources on a terminal, with only the environment that is given. */
export function startOnTerminal(
  [file, ...argv]: readonly [file: string, ...argv: string[]],
  env: Readonly<Record<string, string>>,
  { columns = 80, rows = 24 }: { readonly columns?: number; readonly rows?: number } = {},
): TerminalRun {
  const terminal = spawn(process.execPath, ["--conditions=@aod/source", file, ...argv], {
    cols: columns,
    rows,
    env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", ...env },
  });
  let output = "";
  let ended = false;
  const looks: (() => void)[] = [];
  const look = (): void => {
    for (const each of looks.splice(0)) each();
  };
  terminal.onData((text) => {
    output += text;
    look();
  });
  const { promise: exitCode, resolve: exit } = Promise.withResolvers<number>();
  terminal.onExit((code) => {
    ended = true;
    exit(code.exitCode);
    look();
  });
  const isShown = (what: string | RegExp): boolean =>
    typeof what === "string" ? output.includes(what) : what.test(output);
  return {
    output: () => output,
    shows: async (what) => {
      while (!isShown(what)) {
        if (ended) throw new Error(`The program ended without showing ${String(what)}:\n${output}`);
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
