/** What the process answers with: 0 done, 1 failed, 2 misused, 130 interrupted (as shells count SIGINT). */
export const exitCodes = { done: 0, failed: 1, misused: 2, interrupted: 130 } as const;

/** An expected failure of the command line itself: one line of what, and the next step. */
export class CliError extends Error {
  readonly exitCode: number;
  /** What to do next; printed on its own line. */
  readonly hint: string | undefined;

  constructor(message: string, options: { exitCode?: number; hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.hint = options.hint;
  }
}

/** The command was used wrongly: exit code 2. */
export function misuse(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: exitCodes.misused, hint });
}
