import type { Sandbox, TurnSpec } from "../sandboxes/sandbox-driver.ts";
import { installRuntime } from "./install.ts";
import type { CommandContext, Runtime } from "./runtime.ts";
import { loadEnvironment, sandboxEnvironment } from "./sandbox-environment.ts";

/** What a worker knows when it is about to start a turn. No secrets: the program reads those from the sandbox's env file. */
export interface TurnRequest extends CommandContext {
  readonly runtime: Runtime;
  readonly sandbox: Sandbox;
  /** `AOD_CACHE_DIR`. */
  readonly cacheDir: string;
  /** 1 is the first. */
  readonly turn: number;
  readonly prompt: string;
  /** The agent's system prompt, put before the prompt; empty once the conversation has it. */
  readonly system: string;
  /** Ends a running install. */
  readonly signal?: AbortSignal;
}

/** Everything of a `TurnSpec` but its id and its time limit. */
export type PreparedTurn = Pick<TurnSpec, "argv" | "cwd" | "env" | "stdin">;

/**
 * How to start the runtime for this turn. The program is started through a login shell that loads `/tmp/aod-env`,
 * and installed first should it be missing on this machine.
 *
 * @throws RuntimeInstallError when the program is missing and cannot be installed.
 */
export async function prepareTurn(request: TurnRequest): Promise<PreparedTurn> {
  const { runtime, sandbox, turn, system, prompt } = request;
  const { cacheDir, signal } = request;
  const { program, pathFolders } = await installRuntime(runtime, { cacheDir, ...(signal && { signal }) });
  const command = runtime.command(request, { number: turn, program });
  const env = { ...sandboxEnvironment(sandbox, pathFolders), ...command.env };
  return {
    argv: ["bash", "-lc", `${loadEnvironment(sandbox, env)}; exec "$@"`, "--", ...command.argv],
    cwd: sandbox.paths.workspace,
    env,
    stdin: system === "" ? prompt : `${system}\n\n${prompt}`,
  };
}
