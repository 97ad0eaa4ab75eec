import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { CliError } from "../../cli-error.ts";
import type { CommandContext } from "../../context.ts";
import { resolveServer } from "./resolve-server.ts";
import type { ServerProgram } from "./resolve-server.ts";

/** Options of `aod serve`; each is handed on to the server as it is. */
export interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly dataDir?: string;
  readonly driver?: string;
  readonly role?: string;
  readonly json?: boolean;
}

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Becomes the server: where the platform can, this process is replaced by it, so that signals, terminal and exit code
 * need no go-between and killing `aod serve` kills the server. Elsewhere (Windows, other runtimes) the server is a
 * child, and signals are handed on.
 *
 * @returns the server's exit code, or 128 + the number of the signal that ended it, where it was a child.
 * @throws CliError when the server is not installed or cannot be started.
 */
export function serve(
  options: ServeOptions,
  context: Pick<CommandContext, "env">,
  program: ServerProgram = resolveServer(),
): Promise<number> {
  const args = [...program.nodeArgs, program.entry, ...serverFlags(options)];
  if (process.platform !== "win32" && process.execve) {
    process.execve(process.execPath, [process.execPath, ...args], { ...context.env });
  }
  return serveAsChild(args, context.env);
}

/** The way for platforms that cannot replace a process. */
export async function serveAsChild(args: readonly string[], env: CommandContext["env"]): Promise<number> {
  const forward = (signal: NodeJS.Signals): void => {
    // Ctrl-C on a terminal reaches the whole foreground group by itself; a second SIGINT would look like impatience.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  // Before there is a child: a signal in between would end this process and leave the server alone.
  for (const signal of forwarded) process.on(signal, forward);
  const child = spawn(process.execPath, args, { stdio: "inherit", env });
  try {
    return await exitOf(child);
  } finally {
    for (const signal of forwarded) process.off(signal, forward);
  }
}

function serverFlags(options: ServeOptions): string[] {
  const values = {
    port: options.port,
    host: options.host,
    "data-dir": options.dataDir,
    driver: options.driver,
    role: options.role,
  };
  const flags = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  return options.json ? [...flags, "--json"] : flags;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      reject(new CliError(`The server could not be started: ${cause.message}`, { cause }));
    });
    child.once("exit", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
