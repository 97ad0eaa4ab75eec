import type { AgentEvent } from "@aod/core";
import { createDecoder } from "./decoder.ts";
import { createEventPrinter } from "./event-printer.ts";
import type { AnyRuntime } from "./runtimes/runtime.ts";
import type { Theme } from "./theme.ts";
import type { DecoderOptions, OutputStream, ProgramEnd } from "./types.ts";

/** Whose output is printed, and how. */
export interface PrinterOptions extends DecoderOptions {
  /** One of `runtimes`. Of any other, also a misspelt one, the lines are printed as they are. */
  readonly runtime: AnyRuntime;
  /** What is left out has the default of `createTheme`. */
  readonly theme?: Partial<Theme>;
}

/** Prints the raw output of one turn. */
export interface Printer {
  /** Takes a piece of output, as bytes or text, and returns what to print. */
  write(chunk: Uint8Array | string, stream?: OutputStream): string;
  /** The program has ended: returns the rest, with the result of the turn. Call it once. */
  end(end: ProgramEnd): string;
}

/**
 * The raw output of one turn, in pieces, to text for a terminal: whole lines, but for messages that the runtime itself
 * prints in pieces. The text is safe to print whatever the agent wrote. For several turns, make one for each.
 *
 * @example
 * const printer = createPrinter({ runtime: "claude", theme: { color: true, width: process.stdout.columns } });
 * for await (const chunk of child.stdout) process.stdout.write(printer.write(chunk));
 * process.stdout.write(printer.end({ exitCode: child.exitCode }));
 */
export function createPrinter({ runtime, theme, ...options }: PrinterOptions): Printer {
  const decoder = createDecoder(runtime, options);
  const printer = createEventPrinter(theme, { runtime });
  const print = (events: readonly AgentEvent[]) => events.map((event) => printer.write(event)).join("");
  return {
    write: (chunk, stream) => print(decoder.write(chunk, stream)),
    end: (end) => print(decoder.end(end)) + printer.end(),
  };
}
