import { runCli } from "../../src/run-cli.ts";
import type { CliIo } from "../../src/run-cli.ts";
import type { Writer } from "../../src/output/writer.ts";

/** What a command line did. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A writer that keeps what it is given. */
export class CapturedWriter implements Writer {
  readonly isTerminal: boolean;
  readonly width = 100;
  text = "";
  readonly #onWrite: (text: string) => void;

  constructor(isTerminal = false, onWrite: (text: string) => void = () => undefined) {
    this.isTerminal = isTerminal;
    this.#onWrite = onWrite;
  }

  write(text: string): Promise<void> {
    this.text += text;
    this.#onWrite(text);
    return Promise.resolve();
  }
}

/** Runs a command line in this process, with a captured terminal and only the environment that is given. */
export async function runCommand(
  argv: readonly string[],
  io: Partial<CliIo> & {
    readonly onStdout?: (text: string) => void;
    readonly onStderr?: (text: string) => void;
    readonly terminal?: boolean;
  } = {},
): Promise<CommandResult> {
  const { onStdout, onStderr, terminal, ...given } = io;
  const stdout = new CapturedWriter(terminal, onStdout);
  const stderr = new CapturedWriter(terminal, onStderr);
  const code = await runCli(argv, {
    env: {},
    stdout,
    stderr,
    readStdin: () => null,
    signal: new AbortController().signal,
    now: () => new Date("2026-11-23T12:00:00Z"),
    ...given,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
