import type { Client } from "@aod/sdk";
import type { ConnectionOptions } from "./config.ts";
import type { CtrlC } from "./ctrl-c.ts";
import type { Theme } from "./output/theme.ts";
import type { Writer } from "./output/writer.ts";

/** Options that every command talking to a server takes. */
export interface CommonOptions extends ConnectionOptions {
  /** Print the wire's own JSON instead of text. */
  readonly json?: boolean;
}

/** What a command may touch of the world; tests hand in their own. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Styles for standard output. */
  readonly theme: Theme;
  /** Standard input, or null when it is a terminal and nothing was piped in. */
  readonly readStdin: () => Promise<string> | null;
  /** Asks on the terminal without showing what is typed; null when there is no terminal. */
  readonly readSecret: (question: string) => Promise<string> | null;
  /** Ctrl-C, for commands that have a better use for it than to stop. */
  readonly ctrlC: CtrlC;
  /** Aborted by Ctrl-C that nobody took, and when the reader of the output is gone. */
  readonly signal: AbortSignal;
  /** The client for the server that the options, the environment or the saved credentials name. */
  readonly connect: (options: ConnectionOptions) => Promise<Client>;
  /** The clock, for ages in tables. */
  readonly now: () => Date;
}

/** What a command came to: data for `--json`, text for people, and the exit code when it is not 0. */
export interface Outcome {
  readonly json?: unknown;
  readonly text?: (theme: Theme, width: number) => string;
  readonly exitCode?: number;
}

/** One use of the command line: which command, with which options, and the code to load for it. */
export interface Invocation<Options = unknown> {
  readonly command: string;
  readonly options: Options;
  readonly run: (context: CommandContext) => Promise<Outcome>;
}

/** Takes the parsed command: runs it, or in tests writes it down. */
export type Invoke = (invocation: Invocation) => Promise<void>;

/** A command: options in, outcome out. */
export type CommandFunction<Options> = (context: CommandContext, options: Options) => Promise<Outcome>;

/**
 * Ties a declared command to its function without loading the function's file before it is needed.
 *
 * @param load Imports the file of the command.
 */
export function lazily<Module>(invoke: Invoke, load: () => Promise<Module>) {
  return <Options>(command: string, pick: (module: Module) => CommandFunction<Options>) =>
    (options: Options): Promise<void> =>
      invoke({ command, options, run: async (context) => pick(await load())(context, options) });
}
