import { CommanderError } from "commander";
import { createProgram } from "./cli.ts";
import { exitCodes } from "./cli-error.ts";
import { resolveConnection } from "./config.ts";
import type { Connection } from "./config.ts";
import { CtrlC } from "./ctrl-c.ts";
import type { CommandContext, Invoke, Outcome } from "./context.ts";
import { renderJson } from "./output/json.ts";
import { createTheme, wantsColor } from "./output/theme.ts";
import type { Writer } from "./output/writer.ts";
import { describeError } from "./describe-error.ts";
import { BrokenPipe, Interrupted } from "./stop-reasons.ts";

/** The process as the command line sees it. */
export type CliIo = Omit<CommandContext, "theme" | "connect" | "ctrlC" | "readSecret"> &
  Partial<Pick<CommandContext, "connect" | "ctrlC" | "readSecret">>;

/**
 * Runs one command line.
 *
 * @param argv Arguments after the program's name.
 * @returns the exit code; see {@link exitCodes}. Never throws: failures are written to standard error.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let connection: Connection | undefined;
  const context: CommandContext = {
    connect: async (options) => {
      const { Client } = await import("@aod/sdk");
      connection = await resolveConnection(options, io.env, (text) => void io.stderr.write(`warning: ${text}\n`));
      return new Client({ baseUrl: connection.url, token: connection.token });
    },
    ctrlC: new CtrlC(() => undefined),
    readSecret: () => null,
    ...io,
    theme: createTheme(wantsColor(io.stdout.isTerminal, io.env)),
  };
  let exitCode: number = exitCodes.done;
  const invoke: Invoke = async ({ options, run }) => {
    const outcome = await run(context);
    await print(outcome, wantsJson(options), context);
    exitCode = outcome.exitCode ?? exitCodes.done;
  };
  // Commander writes its help and its complaints without waiting; a failure to write is looked at afterwards.
  const written: Promise<unknown>[] = [];
  const outcomeOf = (writing: Promise<void>): Promise<unknown> => writing.catch((error: unknown) => error);
  const program = createProgram(invoke, {
    writeOut: (text) => written.push(outcomeOf(io.stdout.write(text))),
    writeErr: (text) => written.push(outcomeOf(io.stderr.write(text))),
    getOutHelpWidth: () => helpWidth(io.stdout),
    getErrHelpWidth: () => helpWidth(io.stderr),
  });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    exitCode = await report(error, context, connection);
  }
  const failure = (await Promise.all(written)).find((outcome) => outcome !== undefined);
  return failure === undefined ? exitCode : report(failure, context, connection);
}

function helpWidth({ isTerminal, width }: Writer): number {
  return isTerminal ? width : 80;
}

function wantsJson(options: unknown): boolean {
  return typeof options === "object" && options !== null && "json" in options && options.json === true;
}

async function print(outcome: Outcome, json: boolean, context: CommandContext): Promise<void> {
  if (json && outcome.json !== undefined) await context.stdout.write(renderJson(outcome.json));
  else if (outcome.text) await context.stdout.write(outcome.text(context.theme, context.stdout.width));
}

async function report(error: unknown, context: CommandContext, connection: Connection | undefined): Promise<number> {
  // Commander has already written its own text: help, or what is wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misused;
  const { reason } = context.signal as { reason: unknown };
  if (reason instanceof BrokenPipe) return exitCodes.done;
  if (reason instanceof Interrupted && !isCliError(error)) return exitCodes.interrupted;
  const theme = createTheme(wantsColor(context.stderr.isTerminal, context.env));
  const { text, exitCode } = await describeError(error, {
    theme,
    debug: Boolean(context.env["AOD_DEBUG"]),
    keySource: connection?.keySource,
  });
  // Where not even this can be written, the exit code is all that is left to say.
  await context.stderr.write(text).catch(() => undefined);
  return exitCode;
}

function isCliError(error: unknown): boolean {
  return error instanceof Error && error.name === "CliError";
}
