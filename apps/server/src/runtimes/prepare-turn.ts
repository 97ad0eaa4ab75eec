import type { Sandbox, TurnSpec } from "../sandboxes/sandbox-driver.ts";
import type { Runtime } from "./runtime.ts";

/** What a worker knows when it is about to start a turn. No secrets: the program reads those from the sandbox's env file. */
export interface TurnRequest {
  readonly runtime: Runtime;
  readonly sandbox: Sandbox;
  /** `AOD_CACHE_DIR`. */
  readonly cacheDir: string;
  /** 1 is the first. */
  readonly turn: number;
  readonly prompt: string;
  /** The agent's system prompt; joined to the first prompt, ignored later. */
  readonly system: string;
  readonly model: string;
  readonly conversationId: string;
  readonly command: readonly string[] | null;
}

/** Everything of a `TurnSpec` but its id and its time limit. */
export type PreparedTurn = Pick<TurnSpec, "argv" | "cwd" | "env" | "stdin">;

/**
 * How to start the runtime for this turn. The program is started through a login shell that loads `/tmp/aod-env`
 * (wire/aod 8.2), and installed first should it be missing on this machine.
 *
 * @throws RuntimeInstallError when the program is missing and cannot be installed.
 */
export function prepareTurn(_request: TurnRequest): Promise<PreparedTurn> {
  return Promise.reject(new Error("not written yet"));
}
